#include "tools/shell/permission.h"

#include <algorithm>

#include "tools/shell/faults.h"

namespace mrd::shell {
namespace {

constexpr std::uint32_t kSticky = 01000;
constexpr std::uint32_t kAllClasses = 0777;
constexpr std::uint32_t kExecute = 0111;
constexpr std::uint32_t kAllBits = kSticky | kAllClasses;

bool IsOctal(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
}

std::uint32_t MaskOfClass(char c) {
  switch (c) {
    case 'u':
      return 0700;
    case 'g':
      return 0070;
    case 'o':
      return 0007;
    default:
      return kAllClasses;
  }
}

}  // namespace

std::string PermissionLetters(std::uint32_t mode) {
  std::string letters = "rwxrwxrwx";
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if ((mode >> (8 - i) & 1) == 0) letters[i] = '-';
  }
  if ((mode & kSticky) != 0) letters.back() = letters.back() == 'x' ? 't' : 'T';
  return letters;
}

std::string PermissionDigits(std::uint32_t mode) {
  std::string digits;
  for (int shift = 9; shift >= 0; shift -= 3) {
    const char digit = static_cast<char>('0' + (mode >> shift & 7));
    if (digit != '0' || !digits.empty() || shift == 0) digits += digit;
  }
  return digits;
}

bool ModeChange::ParsePart(std::string_view text, std::uint32_t umask, Part& part) {
  std::size_t at = 0;
  while (at < text.size() && std::string_view("ugoa").find(text[at]) != std::string_view::npos) {
    part.mask |= MaskOfClass(text[at++]);
  }
  const bool no_class = at == 0;
  if (at >= text.size() || std::string_view("+-=").find(text[at]) == std::string_view::npos) return false;
  part.operation = text[at++];
  if (at == text.size()) return false;
  if (no_class) part.mask = kAllClasses & ~umask;
  bool sticky = false;
  for (; at < text.size(); ++at) {
    switch (text[at]) {
      case 'r':
        part.bits |= 0444;
        break;
      case 'w':
        part.bits |= 0222;
        break;
      case 'x':
        part.bits |= kExecute;
        break;
      case 'X':
        part.execute_if_sensible = true;
        break;
      case 't':
        sticky = true;
        break;
      default:
        return false;
    }
  }
  // Only the bit of all others is sticky.
  if (sticky) part.bits |= kSticky;
  if (sticky || part.operation == '=') part.mask |= no_class || (part.mask & 0007) != 0 ? kSticky : 0;
  return true;
}

Result<ModeChange> ModeChange::Parse(std::string_view text, std::uint32_t umask) {
  const Status bad = UsageFault("chmod : mode '" + std::string(text) + "' does not match the expected pattern.");
  ModeChange change;
  if (IsOctal(text)) {
    if (text.size() < 3 || text.size() > 4 || (text.size() == 4 && text[0] > '1')) return bad;
    Part part;
    for (const char c : text) part.bits = part.bits * 8 + static_cast<std::uint32_t>(c - '0');
    // Three digits leave the sticky bit as it is.
    part.mask = text.size() == 4 ? kAllBits : kAllClasses;
    change.parts_.push_back(part);
    return change;
  }
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    Part part;
    if (!ParsePart(text.substr(0, comma), umask, part)) return bad;
    change.parts_.push_back(part);
    if (comma == text.size()) return change;
    text.remove_prefix(comma + 1);
  }
}

std::uint32_t ModeChange::Apply(std::uint32_t mode, bool is_directory) const {
  for (const Part& part : parts_) {
    std::uint32_t bits = part.bits;
    if (part.execute_if_sensible && (is_directory || (mode & kExecute) != 0)) bits |= kExecute;
    bits &= part.mask;
    if (part.operation == '+') {
      mode |= bits;
    } else if (part.operation == '-') {
      mode &= ~bits;
    } else {
      mode = (mode & ~part.mask) | bits;
    }
  }
  return mode & kAllBits;
}

}  // namespace mrd::shell
