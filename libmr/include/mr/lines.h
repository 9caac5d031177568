// Lines of a text, without cutting it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#if defined(__x86_64__) && defined(__GNUC__)
#define MR_LINES_AVX2 1
#include <immintrin.h>
#endif

namespace mr {
namespace detail {

// Whether a line ends at text[at]: at LF, or at a CR that no LF follows.
inline bool line_ends_at(std::string_view text, std::size_t at) {
  return text[at] == '\n' || (text[at] == '\r' && (at + 1 == text.size() || text[at + 1] != '\n'));
}

#if defined(__SSE2__)
// The line ends in as many bytes of the text, from its start, as whole steps take; sets `done` to that many. One byte
// more than a step must be there, since LF may follow CR. A step's result is added up bytewise, hence 255 at once.
inline std::size_t count_line_ends_sse2(std::string_view text, std::size_t* done) {
  const __m128i lf = _mm_set1_epi8('\n');
  const __m128i cr = _mm_set1_epi8('\r');
  std::size_t found = 0;
  std::size_t at = 0;
  while (at + 16 < text.size()) {
    __m128i sums = _mm_setzero_si128();
    for (int step = 0; step < 255 && at + 16 < text.size(); ++step, at += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
      const __m128i after = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at + 1));
      const __m128i alone = _mm_andnot_si128(_mm_cmpeq_epi8(after, lf), _mm_cmpeq_epi8(bytes, cr));
      sums = _mm_sub_epi8(sums, _mm_or_si128(_mm_cmpeq_epi8(bytes, lf), alone));
    }
    const __m128i halves = _mm_sad_epu8(sums, _mm_setzero_si128());
    found += static_cast<std::size_t>(_mm_extract_epi16(halves, 0)) +
             static_cast<std::size_t>(_mm_extract_epi16(halves, 4));
  }
  *done = at;
  return found;
}
#endif

#if defined(MR_LINES_AVX2)
// The same for a processor that has AVX2.
__attribute__((target("avx2"))) inline std::size_t count_line_ends_avx2(std::string_view text, std::size_t* done) {
  const __m256i lf = _mm256_set1_epi8('\n');
  const __m256i cr = _mm256_set1_epi8('\r');
  __m256i found = _mm256_setzero_si256();
  std::size_t at = 0;
  while (at + 32 < text.size()) {
    __m256i sums = _mm256_setzero_si256();
    for (int step = 0; step < 255 && at + 32 < text.size(); ++step, at += 32) {
      const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text.data() + at));
      const __m256i after = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text.data() + at + 1));
      const __m256i alone = _mm256_andnot_si256(_mm256_cmpeq_epi8(after, lf), _mm256_cmpeq_epi8(bytes, cr));
      sums = _mm256_sub_epi8(sums, _mm256_or_si256(_mm256_cmpeq_epi8(bytes, lf), alone));
    }
    found = _mm256_add_epi64(found, _mm256_sad_epu8(sums, _mm256_setzero_si256()));
  }
  *done = at;
  const __m128i halves = _mm_add_epi64(_mm256_castsi256_si128(found), _mm256_extracti128_si256(found, 1));
  return static_cast<std::size_t>(_mm_cvtsi128_si64(halves) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(halves, halves)));
}
#endif

}  // namespace detail

// How many lines mr::text would make of this: they end at LF, CR or CRLF, and what follows the last end is one, too. For
// formats that give out blocks of lines and are to say how many they hold.
inline std::int64_t count_lines(std::string_view text) {
  if (text.empty()) return 0;
  std::size_t at = 0;
  std::size_t found = 0;
#if defined(MR_LINES_AVX2)
  if (__builtin_cpu_supports("avx2")) {
    found = detail::count_line_ends_avx2(text, &at);
  } else {
    found = detail::count_line_ends_sse2(text, &at);
  }
#elif defined(__SSE2__)
  found = detail::count_line_ends_sse2(text, &at);
#endif
  for (; at < text.size(); ++at) found += detail::line_ends_at(text, at) ? 1 : 0;
  if (text.back() != '\n' && text.back() != '\r') ++found;
  return static_cast<std::int64_t>(found);
}

}  // namespace mr
