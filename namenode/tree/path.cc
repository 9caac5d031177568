#include "namenode/tree/path.h"

#include <cstdint>

#include "dfs/errors.h"

namespace mrd::namenode {
namespace {

constexpr std::size_t kPathCharactersMax = 8000;
constexpr std::size_t kPathDepthMax = 1000;

// Length of the well-formed UTF-8 sequence at the start of `text`; 0 when there is none.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // longer than needed
    if (lead == 0xED && byte(1) > 0x9F) return 0;  // half of a surrogate pair
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// UTF-16 units of text that may be anything: a byte that begins nothing counts as one.
std::size_t Utf16Length(std::string_view text) {
  std::size_t units = 0;
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    units += length == 4 ? 2 : 1;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return units;
}

}  // namespace

bool IsValidName(std::string_view path) {
  if (path.empty() || path.front() != '/') return false;
  if (path.find("//") != std::string_view::npos || !IsUtf8(path)) return false;
  Components components(path);
  std::size_t index = 0;
  bool by_inode = true;  // so far "/.reserved/.inodes/<id>"
  for (std::string_view name; components.Next(&name); ++index) {
    if (name == "." || name.find(':') != std::string_view::npos) return false;
    if (index == 0) by_inode = name == kReservedName;
    if (index == 1) by_inode = by_inode && name == kInodesName;
    if (name == ".." && !(by_inode && index >= 3)) return false;
  }
  return true;
}

Status CheckPathLength(std::string_view operation, std::string_view path) {
  std::size_t depth = 0;
  Components components(path);
  for (std::string_view name; components.Next(&name);) ++depth;
  if (depth <= kPathDepthMax && (path.size() <= kPathCharactersMax || Utf16Length(path) <= kPathCharactersMax)) return {};
  return dfs::Exception(dfs::java::kIo, std::string(operation) + ": Pathname too long.  Limit " +
                                            std::to_string(kPathCharactersMax) + " characters, " +
                                            std::to_string(kPathDepthMax) + " levels.");
}

bool Components::Next(std::string_view* name) {
  const std::size_t begin = rest_.find_first_not_of('/');
  if (begin == std::string_view::npos) return false;
  const std::size_t end = rest_.find('/', begin);
  *name = rest_.substr(begin, end == std::string_view::npos ? end : end - begin);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  return true;
}

std::string JoinPath(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (path.empty() || path.back() != '/') path += '/';
  return path.append(name);
}

}  // namespace mrd::namenode
