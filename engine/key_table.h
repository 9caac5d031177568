#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/memory_block.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mrd::engine {

// A key of up to 15 bytes as two words: the bytes, zero-padded, and their number plus one in the last byte. Equal words
// are equal keys; `high` is never 0.
struct ShortKey {
  static constexpr std::size_t kSizeMax = 15;

  std::uint64_t low;
  std::uint64_t high;

  // REQUIRES: size <= kSizeMax.
  static ShortKey From(const char* key, std::size_t size);
  // The same without reading past the key; out of line, so that the common path needs no stack.
  static ShortKey FromExactly(const char* key, std::size_t size);
  std::size_t size() const { return (high >> 56) - 1; }
  // Multiplicative hashing: the upper bits depend on every byte, and the table uses only those.
  std::uint64_t Hash() const { return (low * 0x9E3779B97F4A7C15u) ^ (high * 0xD6E8FEB86659FD93u); }
};

// An open-addressing table from key bytes to eight bytes of the user's. Keys of up to 15 bytes lie in the slot itself;
// longer ones in an arena. Probing is linear and the table, unless it is a dense one, at most half full, since a second
// probe costs a mispredicted branch. There a slot takes 32 bytes, so that it never lies in two cache lines: one in four
// of those of 24 bytes does.
//
// Memory: the table and its arena never exceed the capacity given to the constructor; when there is no room the owner
// drains and clears the table. The arena is shared with the owner, who may put the values of a key there too.
// Threads: one. Slots move when the table grows, so a slot pointer is valid until the next Find() or MakeRoom().
class KeyTable {
 public:
  struct Slot {
    std::uint64_t low;   // a short key's first word; of a long key: its hash
    std::uint64_t high;  // a short key's second word; of a long key: kLong and its place in the arena; 0 when free
    std::uint64_t value;
  };
  static_assert(sizeof(Slot) == 24);

  // Scratch that KeyOf() needs.
  static constexpr std::size_t kScratch = 16;

  // How a table begins and grows.
  struct Shape {
    std::size_t first_slots;  // a power of two
    // Many keys, each seen a few times: filled to three quarters, since pages touched for the first time then cost more
    // than a second probe, slots lie close together, and long keys in ordinary pages.
    bool dense;
    // Upper bits of every hash that are the same for all keys of this table, which is one of several.
    int skipped_bits;
  };
  static constexpr Shape kSparse = {.first_slots = 4096, .dense = false, .skipped_bits = 0};

  // REQUIRES: the capacity holds the first slots; 256 KiB do for kSparse.
  explicit KeyTable(std::size_t capacity_bytes, Shape shape = kSparse);

  // The slot of `key`; `*fresh` tells whether it was added just now (its value is then 0). nullptr: no room.
  Slot* Find(const char* key, std::size_t size, bool* fresh);

  // For batches of short keys: room for `count` new ones, then a prefetch for each, then a look-up for each.
  bool MakeRoom(std::size_t count) {
    while (used_ + count > limit_) {
      if (!Grow()) return false;
    }
    return true;
  }
  void Prefetch(std::uint64_t hash) const { __builtin_prefetch(At(hash >> shift_), 1); }
  // The slot where probing for the 16 bytes of a ShortKey begins, if the key is there; nullptr tells nothing.
  Slot* FindAtHome(const unsigned char* key, std::uint64_t hash) const {
    Slot& slot = *At(hash >> shift_);
#if defined(__SSE2__)
    const __m128i there = _mm_loadu_si128(reinterpret_cast<const __m128i*>(&slot));
    const __m128i same = _mm_cmpeq_epi8(there, _mm_loadu_si128(reinterpret_cast<const __m128i*>(key)));
    return _mm_movemask_epi8(same) == 0xFFFF ? &slot : nullptr;
#else
    return std::memcmp(&slot, key, sizeof(ShortKey)) == 0 ? &slot : nullptr;
#endif
  }
  // REQUIRES: MakeRoom() covers it. The hash is key.Hash(), shifted left by the skipped bits.
  Slot* FindShort(ShortKey key, std::uint64_t hash, bool* fresh) {
    for (std::size_t at = hash >> shift_;; at = (at + 1) & mask_) {
      Slot& slot = *At(at);
      if (((slot.low ^ key.low) | (slot.high ^ key.high)) == 0) [[likely]] {
        *fresh = false;
        return &slot;
      }
      if (slot.high == 0) {
        slot.low = key.low;
        slot.high = key.high;
        slot.value = 0;
        ++used_;
        *fresh = true;
        return &slot;
      }
    }
  }

  std::size_t used() const { return used_; }
  // Bytes in use: slots and arena.
  std::size_t memory_bytes() const { return slots() * slot_bytes() + arena_used_; }

  // Room in the arena, nullptr when the capacity is reached. `*offset` is a multiple of eight.
  char* Allocate(std::size_t size, std::uint64_t* offset);
  char* arena(std::uint64_t offset) const { return arena_.data() + offset; }

  // The key of a slot. Short keys are written to `scratch`, long ones are viewed in place.
  std::string_view KeyOf(const Slot& slot, char* scratch) const {
    if ((slot.high >> 56) == kLong) [[unlikely]] return LongKeyOf(slot);
    std::memcpy(scratch, &slot.low, 8);
    std::memcpy(scratch + 8, &slot.high, 8);
    return {scratch, (slot.high >> 56) - 1};
  }
  // The hash of its key, from which its place follows. REQUIRES: the slot is not free.
  static std::uint64_t HashOf(const Slot& slot) {
    return IsLong(slot) ? slot.low : ShortKey{slot.low, slot.high}.Hash();
  }
  static bool IsLong(const Slot& slot) { return (slot.high >> 56) == kLong; }
  // Slots by number, free ones among them, for walking and sorting: nearly in the order of their keys' hashes.
  std::size_t slots() const { return mask_ + 1; }
  Slot& slot(std::size_t number) const { return *At(number); }

  // Forgets everything; keeps the memory for the next task.
  void Clear();
  // Frees a slot while the table is being emptied. Keys cannot be found from then on until Clear().
  void Vacate(Slot& slot) {
    slot.high = 0;
    --used_;
  }

 private:
  static constexpr std::uint64_t kLong = 0xFF;
  static constexpr std::size_t kRoomySlot = 32;

  std::size_t slot_bytes() const { return static_cast<std::size_t>(slot_bytes_); }
  Slot* At(std::size_t number) const { return reinterpret_cast<Slot*>(slots_ + number * slot_bytes()); }

  Slot* FindLong(std::string_view key, bool* fresh);
  std::string_view LongKeyOf(const Slot& slot) const;
  bool Grow();
  bool GrowTo(std::size_t new_slots);
  void Adopt(MemoryBlock memory, std::size_t slots);

  const std::size_t capacity_bytes_;
  const Shape shape_;
  MemoryBlock slot_memory_;
  char* slots_ = nullptr;
  std::size_t mask_ = 0;
  int shift_ = 0;
  const int slot_bytes_;  // no std::size_t, which writing to a slot might change as far as the compiler knows
  std::size_t used_ = 0;
  std::size_t limit_ = 0;
  MemoryBlock arena_;  // address space of the whole capacity; touched as used
  std::size_t arena_used_ = 0;
};

#if defined(__SSE2__) && !defined(__SANITIZE_ADDRESS__)
namespace internal {
// From kMask + 16 - n on: n bytes that keep, then bytes that clear.
inline constexpr unsigned char kMask[32] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                            0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
}  // namespace internal

inline ShortKey ShortKey::From(const char* key, std::size_t size) {
  // Sixteen bytes are read at once where they cannot cross into the next page, which might not be there. Nor may a page
  // be read from its first byte on: an empty key can stand at the end of the page before, or be null.
  if (((reinterpret_cast<std::uintptr_t>(key) - 1) & 4095) > 4096 - 17) [[unlikely]] return FromExactly(key, size);
  const char* from = key;
  __asm__("" : "+r"(from));  // the compiler must not reason about where the key's object ends
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  const __m128i mask = _mm_loadu_si128(reinterpret_cast<const __m128i*>(internal::kMask + 16 - size));
  const __m128i kept = _mm_and_si128(bytes, mask);
  ShortKey k;
  k.low = static_cast<std::uint64_t>(_mm_cvtsi128_si64(kept));
  k.high = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(kept, kept)));
  k.high |= static_cast<std::uint64_t>(size + 1) << 56;
  return k;
}
#else
inline ShortKey ShortKey::From(const char* key, std::size_t size) { return FromExactly(key, size); }
#endif

}  // namespace mrd::engine
