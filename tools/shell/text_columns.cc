#include "tools/shell/text_columns.h"

#include <algorithm>
#include <utility>

namespace mrd::shell {
namespace {

constexpr std::string_view kPrefixes = "KMGTPE";

// Tenths of `bytes` / 2^shift, halves rounded up.
std::uint64_t Tenths(std::uint64_t bytes, unsigned shift) {
  const std::uint64_t rest = bytes & ((std::uint64_t{1} << shift) - 1);
  return (bytes >> shift) * 10 + ((rest * 10 + (std::uint64_t{1} << (shift - 1))) >> shift);
}

}  // namespace

std::string BinarySize(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes);
  std::size_t prefix = 0;
  while (prefix + 1 < kPrefixes.size() && bytes >> (10 * (prefix + 2)) != 0) ++prefix;
  unsigned shift = static_cast<unsigned>(10 * (prefix + 1));
  if ((bytes & ((std::uint64_t{1} << shift) - 1)) == 0) {
    return std::to_string(bytes >> shift) + " " + kPrefixes[prefix];
  }
  std::uint64_t tenths = Tenths(bytes, shift);
  if (tenths >= 10240 && prefix + 1 < kPrefixes.size()) {
    ++prefix;
    shift += 10;
    tenths = Tenths(bytes, shift);
  }
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + kPrefixes[prefix];
}

std::string Size(std::uint64_t bytes, bool for_people) { return for_people ? BinarySize(bytes) : std::to_string(bytes); }

std::string PaddedLeft(std::string_view text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ').append(text);
}

std::string PaddedRight(std::string_view text, std::size_t width) {
  std::string result(text);
  if (result.size() < width) result.resize(width, ' ');
  return result;
}

std::string Printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char first = byte(i);
    const std::size_t length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    bool shown = length > 0 && i + length <= text.size() && !(first < 0x20 || first == 0x7F);
    for (std::size_t k = 1; shown && k < length; ++k) shown = (byte(i + k) & 0xC0) == 0x80;
    if (shown && first == 0xC2) shown = byte(i + 1) >= 0xA0;  // C1 controls
    result.append(shown ? text.substr(i, length) : "?");
    i += shown ? length : 1;
  }
  return result;
}

std::string Wrapped(std::string_view text, std::size_t columns, std::string_view indent) {
  std::string result;
  std::string line(indent);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.size() > indent.size() && line.size() + 1 + word.size() > columns) {
      result += line + "\n";
      line = indent;
    }
    if (line.size() > indent.size()) line += ' ';
    line += word;
  }
  return result + line + "\n";
}

void TextTable::Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

std::string TextTable::ToString() const {
  std::vector<std::size_t> widths(right_aligned_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += "  ";
      if (right_aligned_[i]) {
        text += PaddedLeft(row[i], widths[i]);
      } else {
        text += i + 1 == row.size() ? row[i] : PaddedRight(row[i], widths[i]);
      }
    }
    text += '\n';
  }
  return text;
}

}  // namespace mrd::shell
