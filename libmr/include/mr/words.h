// Cutting text: words at white space, fields at a separator.
#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>
#include <tuple>
#include <vector>

#include "spaces.h"
#include "text.h"
#include "types.h"
#include "word_edges.h"

namespace mr {

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
    __attribute__((always_inline)) explicit iterator(std::string_view text, detail::WordEdges* source = nullptr)
        : block_(text.data()), end_(text.data() + text.size()) {
      if (source != nullptr) {
        edge_ = source->find(text);
        base_ = source->base();
        source_ = source;
      }
      advance();
    }

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
    __attribute__((always_inline)) void advance() {
      if (__builtin_expect(edge_ != nullptr, true)) {
        walk();
      } else {
        cut();
      }
    }

    // To the next edge that is not the one behind the word before.
    __attribute__((always_inline)) void walk() {
      for (;;) {
        word_ = block_;
        if (block_ >= end_) {
          word_ = nullptr;
          source_->leave(edge_);
          return;
        }
        word_end_ = base_ + *edge_++;
        block_ = word_end_ + 1;
        if (__builtin_expect(word_end_ != word_, true)) return;
      }
    }

    // Bits of words_ and ends_ pair up: the n-th word of the block begins at one and ends before the other.
    __attribute__((always_inline)) void cut() {
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
    const detail::WordEdges::Edge* edge_ = nullptr;  // the next one, where they are known
    detail::WordEdges* source_ = nullptr;
    const char* base_ = nullptr;   // where bit 0 of starts_ and ends_ lies, or edges count from
    const char* block_ = nullptr;  // the next bytes to look at
    const char* end_ = nullptr;
    std::uint64_t starts_ = 0;
    std::uint64_t ends_ = 0;
  };

  explicit Words(std::string_view text) : text_(text) {}
  explicit Words(const Line& line) : text_(line.text), edges_(line.edges) {}
  __attribute__((always_inline)) iterator begin() const { return iterator(text_, edges_); }
  iterator end() const { return {}; }

 private:
  std::string_view text_;
  detail::WordEdges* edges_ = nullptr;
};

inline Words words(std::string_view text) { return Words(text); }
// The same for a line that a mapper was given, where it is faster.
inline Words words(const Line& line) { return Words(line); }

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
