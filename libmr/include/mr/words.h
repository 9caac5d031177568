// Cutting text: words at white space, fields at a separator.
#pragma once

#include <cstdint>
#include <cstring>
#include <iterator>
#include <string_view>
#include <tuple>
#include <vector>

#include "text.h"

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

namespace mr {
namespace detail {

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

}  // namespace detail

// The words of a text: what white space (space \t \n \r \f \v) separates. A range of std::string_view into the text,
// which must stay.
class Words {
 public:
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = std::string_view;

    iterator() = default;
    explicit iterator(std::string_view text) : block_(text.data()), end_(text.data() + text.size()) { advance(); }

    std::string_view operator*() const { return {word_, static_cast<std::size_t>(word_end_ - word_)}; }
    iterator& operator++() {
      advance();
      return *this;
    }
    iterator operator++(int) {
      iterator old = *this;
      advance();
      return old;
    }
    friend bool operator==(const iterator& a, const iterator& b) { return a.word_ == b.word_; }
    friend bool operator!=(const iterator& a, const iterator& b) { return a.word_ != b.word_; }

   private:
    // Bits of words_ and ends_ pair up: the n-th word of the block begins at one and ends before the other.
    __attribute__((always_inline)) void advance() {
      while (detail::unlikely(ends_ == 0)) {
        if (block_ == end_) {
          word_ = nullptr;
          return;
        }
        if (!load()) return;
      }
      word_ = base_ + __builtin_ctzll(starts_);
      word_end_ = base_ + __builtin_ctzll(ends_);
      starts_ &= starts_ - 1;
      ends_ &= ends_ - 1;
    }

    // Looks at the next 64 bytes. A word that they cut is left to the next look, which begins with it; one that is
    // longer than 64 bytes is taken here, and false returned.
    __attribute__((always_inline)) bool load() {
      const std::size_t left = static_cast<std::size_t>(end_ - block_);
      const std::uint64_t word_bytes = ~detail::space_mask(block_, left);
      starts_ = word_bytes & ~(word_bytes << 1);
      ends_ = ~word_bytes & word_bytes << 1;
      base_ = block_;
      if (left < 64) {
        block_ = end_;
      } else if (word_bytes >> 63 == 0) {
        block_ += 64;
      } else if (detail::unlikely(word_bytes == ~std::uint64_t{0})) {
        starts_ = 0;
        word_ = block_;
        word_end_ = block_ = skip_word(block_, end_);
        return false;
      } else {
        block_ += 63 - __builtin_clzll(starts_);
      }
      return true;
    }

    // Does not see the iterator, which so can live in registers while its words are written somewhere.
    __attribute__((noinline)) static const char* skip_word(const char* at, const char* end) {
      while (at != end && !detail::is_space(*at)) ++at;
      return at;
    }

    const char* word_ = nullptr;
    const char* word_end_ = nullptr;
    const char* base_ = nullptr;   // where bit 0 of starts_ and ends_ lies
    const char* block_ = nullptr;  // the next bytes to look at
    const char* end_ = nullptr;
    std::uint64_t starts_ = 0;
    std::uint64_t ends_ = 0;
  };

  explicit Words(std::string_view text) : text_(text) {}
  iterator begin() const { return iterator(text_); }
  iterator end() const { return {}; }

 private:
  std::string_view text_;
};

inline Words words(std::string_view text) { return Words(text); }

// The fields of a text: what a separator stands between, empty ones too. n separators make n + 1 fields.
class FieldRange {
 public:
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = std::string_view;

    iterator() = default;
    iterator(std::string_view text, char separator) : rest_(text), separator_(separator), done_(false) { advance(); }

    std::string_view operator*() const { return field_; }
    iterator& operator++() {
      advance();
      return *this;
    }
    iterator operator++(int) {
      iterator old = *this;
      advance();
      return old;
    }
    friend bool operator==(const iterator& a, const iterator& b) {
      return a.done_ == b.done_ && (a.done_ || a.field_.data() == b.field_.data());
    }
    friend bool operator!=(const iterator& a, const iterator& b) { return !(a == b); }

   private:
    void advance() {
      if (last_) {
        done_ = true;
        return;
      }
      const std::size_t at = rest_.find(separator_);
      field_ = rest_.substr(0, at);
      last_ = at == std::string_view::npos;
      if (!last_) rest_.remove_prefix(at + 1);
    }

    std::string_view field_;
    std::string_view rest_;
    char separator_ = '\t';
    bool last_ = false;
    bool done_ = true;
  };

  FieldRange(std::string_view text, char separator) : text_(text), separator_(separator) {}
  iterator begin() const { return iterator(text_, separator_); }
  iterator end() const { return {}; }

 private:
  std::string_view text_;
  char separator_;
};

inline FieldRange split(std::string_view text, char separator = '\t') { return FieldRange(text, separator); }

// All fields at once.
inline std::vector<std::string_view> fields(std::string_view text, char separator = '\t') {
  const FieldRange all(text, separator);
  return {all.begin(), all.end()};
}

// The fields with their types, e.g. auto [movie, rating] = mr::fields<int, double>(line, ','). The last one takes all
// that is left. Throws ParseError where a field is missing or does not read as its type.
template <class A, class B, class... More>
std::tuple<A, B, More...> fields(std::string_view text, char separator = '\t') {
  return detail::parse_tuple<std::tuple<A, B, More...>>(text, separator);
}

// White space off both ends.
inline std::string_view trim(std::string_view text) {
  while (!text.empty() && detail::is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && detail::is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace mr
