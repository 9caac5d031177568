// The small types that jobs are written with, beside those of the standard library.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace mr {
namespace detail {
class WordEdges;
}

// One line of input, without its line end. Converts to std::string_view. The text stays valid while the map call runs.
struct Line {
  std::string_view text;
  std::int64_t offset = -1;  // of the line's first byte in its file; -1 where there is no such place
  detail::WordEdges* edges = nullptr;  // for words(); set where the library hands a line to a mapper

  operator std::string_view() const { return text; }  // NOLINT: a line is its text.
  bool empty() const { return text.empty(); }
  std::size_t size() const { return text.size(); }
  friend bool operator==(const Line& a, const Line& b) { return a.text == b.text; }
  friend bool operator==(const Line& a, std::string_view b) { return a.text == b; }
  friend bool operator==(std::string_view a, const Line& b) { return a == b.text; }
  friend bool operator!=(const Line& a, const Line& b) { return a.text != b.text; }
  friend bool operator!=(const Line& a, std::string_view b) { return a.text != b; }
  friend bool operator!=(std::string_view a, const Line& b) { return a != b.text; }
};

// "No key" or "no value". Encoded as nothing; a text output then leaves the separator out.
struct None {
  friend bool operator==(None, None) { return true; }
  friend bool operator!=(None, None) { return false; }
  friend bool operator<(None, None) { return false; }
};
inline constexpr None none{};

// A T that sorts from large to small: mr::Desc<int64_t>, or a field of a tuple that is to run downwards.
template <class T>
struct Desc {
  T value{};

  Desc() = default;
  Desc(T v) : value(std::move(v)) {}  // NOLINT: emit(count, word) should just work.
  operator const T&() const { return value; }  // NOLINT
  friend bool operator==(const Desc& a, const Desc& b) { return a.value == b.value; }
  friend bool operator!=(const Desc& a, const Desc& b) { return !(a == b); }
  friend bool operator<(const Desc& a, const Desc& b) { return b.value < a.value; }
};

// Makes a struct of one's own a key or value, as the tuple of these members in this order:
//
//   struct Visit { std::string page; int64_t seconds = 0; MR_FIELDS(page, seconds) };
//
// It defines mr_fields(), which one may write by hand just as well. The struct needs a default constructor.
#define MR_FIELDS(...)                                    \
  auto mr_fields() { return std::tie(__VA_ARGS__); }      \
  auto mr_fields() const { return std::tie(__VA_ARGS__); }

}  // namespace mr
