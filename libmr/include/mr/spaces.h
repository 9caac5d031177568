// White space, 64 bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Reading a few bytes past the end of a text, never past its page, is harmless to the machine and saves a copy. Tools
// that check every access would complain, so under them (or with MR_NO_OVERREAD, for valgrind) the tail is copied.
#if !defined(MR_NO_OVERREAD) && (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__))
#define MR_NO_OVERREAD 1
#endif
#if !defined(MR_NO_OVERREAD) && defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define MR_NO_OVERREAD 1
#endif
#endif

namespace mr::detail {

inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

#if defined(__SSE2__)

// Bit i: whether byte i is white space, that is ' ' or one of the five from \t to \r.
inline std::uint64_t space_mask(__m128i bytes) {
  const __m128i from_tab = _mm_sub_epi8(bytes, _mm_set1_epi8('\t'));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(from_tab, _mm_set1_epi8('\r' - '\t')), from_tab);
  const __m128i space = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '));
  return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, space))));
}

inline std::uint64_t space_mask_16(const char* p) {
  return space_mask(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}

inline std::uint64_t space_mask_64(const char* p) {
  return space_mask_16(p) | space_mask_16(p + 16) << 16 | space_mask_16(p + 32) << 32 | space_mask_16(p + 48) << 48;
}

// The mask of fewer than 64 bytes that must not be read beyond.
__attribute__((noinline)) inline std::uint64_t space_mask_exactly(const char* p, std::size_t size) {
  char copy[64];
  std::memset(copy, ' ', sizeof copy);
  std::memcpy(copy, p, size);
  return space_mask_64(copy);
}

// The mask of up to 64 bytes; what lies beyond the text counts as white space. Whether a line has 64 bytes is a coin's
// toss in ordinary text, so only the page decides on a branch.
__attribute__((always_inline)) inline std::uint64_t space_mask(const char* p, std::size_t size) {
#if !defined(MR_NO_OVERREAD)
  if (__builtin_expect((reinterpret_cast<std::uintptr_t>(p) & 4095) <= 4096 - 64, true)) {
    __asm__("" : "+r"(p));  // the compiler must not reason about where the text's object ends
    std::uint64_t beyond = size >= 64 ? 0 : ~std::uint64_t{0};
    __asm__("" : "+r"(beyond));  // nor turn this into a branch
    return space_mask_64(p) | beyond << (size & 63);
  }
#endif
  return size >= 64 ? space_mask_64(p) : space_mask_exactly(p, size);
}

#else

inline std::uint64_t space_mask(const char* p, std::size_t size) {
  std::uint64_t mask = size >= 64 ? 0 : ~std::uint64_t{0} << size;
  for (std::size_t i = 0; i < size && i < 64; ++i) mask |= std::uint64_t{is_space(p[i])} << i;
  return mask;
}

#endif

#if defined(__x86_64__) && defined(__GNUC__)
#define MR_SPACES_AVX2 1

// As space_mask_64(), for callers that asked the processor whether it has AVX2.
__attribute__((target("avx2"), always_inline)) inline std::uint64_t space_mask_64_avx2(const char* p) {
  typedef unsigned char Block __attribute__((vector_size(32)));
  typedef char Mask __attribute__((vector_size(32)));
  std::uint64_t mask = 0;
  for (int half = 0; half < 2; ++half) {
    Block bytes;
    std::memcpy(&bytes, p + 32 * half, sizeof bytes);
    const Block from_tab = bytes - static_cast<unsigned char>('\t');
    const Mask found = reinterpret_cast<Mask>(from_tab <= static_cast<unsigned char>('\r' - '\t')) |
                       reinterpret_cast<Mask>(bytes == static_cast<unsigned char>(' '));
    mask |= static_cast<std::uint64_t>(static_cast<unsigned>(__builtin_ia32_pmovmskb256(found))) << (32 * half);
  }
  return mask;
}
#endif

}  // namespace mr::detail
