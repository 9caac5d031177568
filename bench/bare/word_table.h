// The hash table of the bare word count: one per thread, words of up to 15 bytes inside the slot.
#pragma once

#include <immintrin.h>

#include <memory>
#include <string_view>

#include "input.h"

namespace bare {

// A word of up to 15 bytes, zero-padded, its length in the last byte: equal keys are equal words,
// and the big-endian number orders like the bytes, NUL bytes included.
using Key = __m128i;

struct Slot {
  Key key() const { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)); }
  void set_key(Key k) { _mm_storeu_si128(reinterpret_cast<__m128i*>(bytes), k); }

  uint64_t bytes[2];
  uint64_t count;  // 0 in a free slot.
};
static_assert(sizeof(Slot) == 24);

// Two AES rounds spread every key byte over the result. The bits from the top choose the slot.
inline uint64_t Hash(Key key) {
  const __m128i salt = _mm_set_epi64x(0x243f6a8885a308d3, 0x13198a2e03707344);
  __m128i h = _mm_aesenc_si128(_mm_aesenc_si128(key, salt), salt);
  return static_cast<uint64_t>(_mm_cvtsi128_si64(h));
}

inline bool Same(Key a, Key b) {
  __m128i x = _mm_xor_si128(a, b);
  return _mm_testz_si128(x, x);
}

// Slots lie in the order of the hashes' top bits, so that two tables merge by two forward walks.
class WordTable {
 public:
  explicit WordTable(int bits) { Reset(bits); }
  ~WordTable() { FreePages(slots_, capacity()); }
  WordTable(const WordTable&) = delete;
  WordTable& operator=(const WordTable&) = delete;

  uint64_t capacity() const { return mask_ + 1; }
  uint64_t used() const { return used_; }
  Slot* slots() const { return slots_; }
  uint64_t Home(uint64_t hash) const { return hash >> shift_; }

  // Small tables stay half empty, since a second probe costs a branch miss. Large ones may fill to
  // three quarters: there the pages that a larger table touches for the first time cost more.
  bool NeedsRoom(uint64_t more) const {
    uint64_t limit = bits_ < 20 ? capacity() / 2 : capacity() / 4 * 3;
    return used_ + more > limit;
  }

  void Prefetch(uint64_t hash) const {
    _mm_prefetch(reinterpret_cast<const char*>(slots_ + Home(hash)), _MM_HINT_T0);
  }

  // There must be room.
  void Add(Key key, uint64_t hash, uint64_t count) {
    for (uint64_t i = Home(hash);; i = (i + 1) & mask_) {
      Slot& s = slots_[i];
      if (Same(s.key(), key)) [[likely]] {
        s.count += count;
        return;
      }
      if (s.count == 0) {
        s.set_key(key);
        s.count = count;
        ++used_;
        return;
      }
    }
  }

  // Adds only if the walk stays below `end`; another thread owns the slots from there on.
  bool AddBelow(uint64_t end, Key key, uint64_t hash, uint64_t count, uint64_t& added) {
    for (uint64_t i = Home(hash); i < end; ++i) {
      Slot& s = slots_[i];
      if (s.count == 0) {
        s.set_key(key);
        s.count = count;
        ++added;
        return true;
      }
      if (Same(s.key(), key)) {
        s.count += count;
        return true;
      }
    }
    return false;
  }

  void Grow(int by_bits) {
    Slot* old = slots_;
    uint64_t old_capacity = capacity();
    Reset(bits_ + by_bits);
    for (uint64_t i = 0; i < old_capacity; ++i) {
      if (old[i].count != 0) Add(old[i].key(), Hash(old[i].key()), old[i].count);
    }
    FreePages(old, old_capacity);
  }

  void AddUsed(uint64_t n) { used_ += n; }

  // Gives the slots' memory away, so that pages which are there already serve again.
  Slot* Release() {
    Slot* slots = slots_;
    slots_ = nullptr;
    return slots;
  }

 private:
  void Reset(int bits) {
    bits_ = bits;
    mask_ = (uint64_t{1} << bits) - 1;
    shift_ = 64 - bits;
    used_ = 0;
    slots_ = Pages<Slot>(capacity());
  }

  Slot* slots_ = nullptr;
  uint64_t mask_ = 0;
  int shift_ = 0;
  int bits_ = 0;
  uint64_t used_ = 0;
};

// Words of 16 bytes and more, which text has few of. Their bytes lie in an arena of the table.
class LongTable {
 public:
  struct Entry {
    uint64_t hash;
    const char* bytes;
    uint64_t length;
    uint64_t count;  // 0 in a free entry.
  };

  LongTable() : entries_(1024) {}

  void Add(std::string_view word, uint64_t count) {
    uint64_t hash = HashOf(word);
    Entry& e = Find(hash, word);
    if (e.count != 0) {
      e.count += count;
      return;
    }
    e = Entry{hash, Keep(word), word.size(), count};
    if (++used_ * 2 > entries_.size()) Grow();
  }

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  static uint64_t HashOf(std::string_view w) {
    const char* p = w.data();
    size_t n = w.size();
    uint64_t h = n * 0x9e3779b97f4a7c15;
    for (; n >= 8; p += 8, n -= 8) {
      uint64_t x;
      std::memcpy(&x, p, 8);
      h = Fold(h ^ x);
    }
    uint64_t x = 0;
    std::memcpy(&x, p, n);
    return Fold(h ^ x);
  }
  static uint64_t Fold(uint64_t x) {
    x *= 0xd6e8feb86659fd93;
    x ^= x >> 32;
    return x * 0xd6e8feb86659fd93;
  }

  Entry& Find(uint64_t hash, std::string_view word) {
    uint64_t mask = entries_.size() - 1;
    for (uint64_t i = hash >> 20 & mask;; i = (i + 1) & mask) {
      Entry& e = entries_[i];
      if (e.count == 0) return e;
      if (e.hash == hash && std::string_view(e.bytes, e.length) == word) return e;
    }
  }

  const char* Keep(std::string_view word) {
    if (word.size() > left_) {
      left_ = std::max<size_t>(1 << 20, word.size());
      blocks_.push_back(std::make_unique<char[]>(left_));
      next_ = blocks_.back().get();
    }
    std::memcpy(next_, word.data(), word.size());
    const char* kept = next_;
    next_ += word.size();
    left_ -= word.size();
    return kept;
  }

  void Grow() {
    std::vector<Entry> old(entries_.size() * 2);
    old.swap(entries_);
    uint64_t mask = entries_.size() - 1;
    for (const Entry& e : old) {
      if (e.count == 0) continue;
      uint64_t i = e.hash >> 20 & mask;
      while (entries_[i].count != 0) i = (i + 1) & mask;
      entries_[i] = e;
    }
  }

  std::vector<Entry> entries_;
  uint64_t used_ = 0;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  size_t left_ = 0;
};

}  // namespace bare
