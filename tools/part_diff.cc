#include "tools/part_diff.h"

#include <algorithm>
#include <cstring>

namespace mrd::tools {
namespace {

constexpr std::size_t kBlockSize = 1 << 20;

// The line that starts at `start`, without its end, cut.
Result<std::optional<std::string>> LineAt(fs::InputFile& file, std::uint64_t start) {
  std::string text(kShownLineMax + 1, '\0');
  MRD_ASSIGN_OR_RETURN(const std::size_t got, file.ReadAt(start, text.data(), text.size()));
  if (got == 0) return std::optional<std::string>();
  text.resize(got);
  if (const std::size_t end = text.find('\n'); end != std::string::npos) text.resize(end);
  return std::optional(text);
}

// Offset of the first byte after the last newline of [data, data + size), or `otherwise`.
std::uint64_t LineStart(const char* data, std::size_t size, std::uint64_t base, std::uint64_t otherwise) {
  for (std::size_t i = size; i > 0; --i) {
    if (data[i - 1] == '\n') return base + i;
  }
  return otherwise;
}

}  // namespace

Result<std::optional<FirstDifference>> CompareFiles(fs::InputFile& left, fs::InputFile& right) {
  std::string a(kBlockSize, '\0');
  std::string b(kBlockSize, '\0');
  std::uint64_t offset = 0;
  std::uint64_t line_start = 0;
  FirstDifference difference;
  while (true) {
    MRD_ASSIGN_OR_RETURN(const std::size_t left_size, left.ReadAt(offset, a.data(), a.size()));
    MRD_ASSIGN_OR_RETURN(const std::size_t right_size, right.ReadAt(offset, b.data(), b.size()));
    const std::size_t common = std::min(left_size, right_size);
    std::size_t same = common;
    if (std::memcmp(a.data(), b.data(), common) != 0) {
      same = static_cast<std::size_t>(
          std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(common), b.begin()).first - a.begin());
    }
    difference.line += static_cast<std::uint64_t>(
        std::count(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(same), '\n'));
    line_start = LineStart(a.data(), same, offset, line_start);
    offset += same;
    if (same < common || left_size != right_size) break;
    if (common == 0) return std::optional<FirstDifference>();
  }
  difference.offset = offset;
  MRD_ASSIGN_OR_RETURN(difference.left, LineAt(left, line_start));
  MRD_ASSIGN_OR_RETURN(difference.right, LineAt(right, line_start));
  return std::optional(difference);
}

}  // namespace mrd::tools
