// The short way for pairs of a short text and an integer: written straight into the host's batch, without a call.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "abi.h"
#include "words.h"  // MR_NO_OVERREAD

#if !defined(__x86_64__)
#include <pthread.h>
#endif

namespace mr::detail {

// Tells threads apart, as cheaply as the machine allows: one load on x86-64.
inline std::uintptr_t this_thread() {
#if defined(__x86_64__)
  std::uintptr_t id;
  __asm__("movq %%fs:0, %0" : "=r"(id));
  return id;
#else
  return reinterpret_cast<std::uintptr_t>(reinterpret_cast<void*>(pthread_self()));
#endif
}

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
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                   _mm_or_si128(kept, _mm_load_si128(reinterpret_cast<const __m128i*>(row.size))));
}

#else

inline void write_small_key(unsigned char* to, std::string_view key) {
  std::memset(to, 0, 16);
  if (!key.empty()) std::memcpy(to, key.data(), key.size());
  to[15] = static_cast<unsigned char>(key.size() + 1);
}

#endif

}  // namespace mr::detail
