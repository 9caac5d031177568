// The short way for pairs of a short text and an integer: written straight into the host's batch, without a call.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "abi.h"
#include "spaces.h"  // MR_NO_OVERREAD
#include "task.h"
#include "this_thread.h"

namespace mr::detail {

constexpr std::size_t kSmallKey = 15;

#if defined(__SSE2__) && !defined(MR_NO_OVERREAD)

// Row n: n bytes that keep; then what is added, n + 1 in the last byte.
struct SmallKeyRow {
  unsigned char keep[16];
  unsigned char size[16];
};
struct SmallKeyTable {
  SmallKeyRow rows[16];
};
constexpr SmallKeyTable small_key_table() {
  SmallKeyTable table{};
  for (int n = 0; n < 16; ++n) {
    for (int i = 0; i < n; ++i) table.rows[n].keep[i] = 0xFF;
    table.rows[n].size[15] = static_cast<unsigned char>(n + 1);
  }
  return table;
}
alignas(64) inline constexpr SmallKeyTable kSmallKeyTable = small_key_table();

// REQUIRES: key.size() <= kSmallKey.
inline void write_small_key(unsigned char* to, std::string_view key) {
  char copy[16];
  const char* from = key.data();
  // What follows the key's last byte on its page may be read; the next page may not be there. Counting from the byte
  // before sends an empty key that lies nowhere, or at the start of a page, the long way too.
  if (__builtin_expect(((reinterpret_cast<std::uintptr_t>(from) - 1) & 4095) > 4096 - 17, false)) {
    if (!key.empty()) std::memcpy(copy, from, key.size());
    from = copy;
  }
  __asm__("" : "+r"(from));  // the compiler must not reason about where the key's object ends
  const SmallKeyRow& row = kSmallKeyTable.rows[key.size()];
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  const __m128i kept = _mm_and_si128(bytes, _mm_load_si128(reinterpret_cast<const __m128i*>(row.keep)));
  // Not _mm_storeu_si128(), whose store may change anything: pointers and counts would be loaded again for every pair.
  typedef std::uint64_t Words __attribute__((vector_size(16), aligned(8)));
  const __m128i sized = _mm_or_si128(kept, _mm_load_si128(reinterpret_cast<const __m128i*>(row.size)));
  *reinterpret_cast<Words*>(to) = reinterpret_cast<Words>(sized);
}

#else

inline void write_small_key(unsigned char* to, std::string_view key) {
  std::memset(to, 0, 16);
  if (!key.empty()) std::memcpy(to, key.data(), key.size());
  to[15] = static_cast<unsigned char>(key.size() + 1);
}

#endif

// Writes an attempt's small pairs into the host's batch. How many they are, the host learns when it is called.
class SmallPairs {
 public:
  // No task: it takes no pairs.
  explicit SmallPairs(mr_task* task) : task_(task), owner_(this_thread()) { look(); }
  SmallPairs(const SmallPairs&) = delete;
  SmallPairs& operator=(const SmallPairs&) = delete;

  // Whether the pair was taken. Not from a foreign thread, nor while the host takes no small pairs.
  __attribute__((always_inline)) bool put(std::string_view key, std::int64_t value) {
    if (key.size() > kSmallKey || next_ == end_ || this_thread() != owner_) return false;
    write_small_key(next_->key, key);
    next_->value = value;
    if (unlikely(++next_ == end_)) flush();
    return true;
  }
  // To be called around emit() and next_batch() of the host, and the first of them at the end: the host takes the batch
  // then, and may put another in its place.
  void tell() {
    if (batch_ != nullptr) batch_->count = static_cast<std::uint32_t>(next_ - batch_->pairs);
  }
  void look() {
    batch_ = task_ == nullptr ? nullptr : task_->small;
    next_ = batch_ == nullptr ? nullptr : batch_->pairs + batch_->count;
    end_ = batch_ == nullptr ? nullptr : batch_->pairs + batch_->capacity;
  }

 private:
  __attribute__((noinline)) void flush() {
    tell();
    const std::int32_t taken = task_->flush_small(task_);
    look();
    check(taken);
  }

  mr_task* const task_;
  const std::uintptr_t owner_;
  mr_small_batch* batch_ = nullptr;
  mr_small_pair* next_ = nullptr;  // as end_ while none are taken
  mr_small_pair* end_ = nullptr;
};

}  // namespace mr::detail
