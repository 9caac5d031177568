#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mrd::shell {

// Bytes for people as Hadoop prints them: "0", "999", "1.5 K", "64 M": one decimal, none when nothing is cut off.
std::string BinarySize(std::uint64_t bytes);
// As it is, or for people.
std::string Size(std::uint64_t bytes, bool for_people);

std::string PaddedLeft(std::string_view text, std::size_t width);   // right-aligned
std::string PaddedRight(std::string_view text, std::size_t width);  // left-aligned

// Characters of UTF-8 that are no letters, digits or signs of a terminal are replaced by '?'.
std::string Printable(std::string_view text);

// Breaks at blanks; every line begins with `indent` and ends with a newline.
std::string Wrapped(std::string_view text, std::size_t columns, std::string_view indent);

// Rows of equally many cells, as wide as the widest of their column, two blanks apart. The last column is never padded
// on the right.
class TextTable {
 public:
  // `right_aligned` by column.
  explicit TextTable(std::vector<bool> right_aligned) : right_aligned_(std::move(right_aligned)) {}
  // REQUIRES: as many cells as there are columns.
  void Add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  std::string ToString() const;

 private:
  std::vector<bool> right_aligned_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace mrd::shell
