#include "tools/admin/size_text.h"

#include <array>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <limits>
#include <string_view>

namespace mrd::admin {
namespace {

constexpr std::string_view kPrefixes = "kmgtpe";  // each 1024 times the one before

}  // namespace

Result<std::int64_t> ParseSize(const std::string& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::result_out_of_range) return InvalidArgument(text + " does not fit in a Long");
  const std::string_view rest(stop, static_cast<std::size_t>(end - stop));
  if (error != std::errc() || rest.size() > 1) {
    return InvalidArgument("\"" + text + "\" is no number; write a whole number, with k, m, g, t, p or e behind it for "
                           "powers of 1024");
  }
  if (rest.empty()) return number;
  const std::size_t prefix = kPrefixes.find(static_cast<char>(std::tolower(static_cast<unsigned char>(rest[0]))));
  if (prefix == std::string_view::npos) {
    return InvalidArgument("Invalid size prefix '" + std::string(rest) + "' in '" + text +
                           "'. Allowed prefixes are k, m, g, t, p, e(case insensitive)");
  }
  const std::int64_t factor = std::int64_t{1} << (10 * (prefix + 1));
  if (number > std::numeric_limits<std::int64_t>::max() / factor ||
      number < std::numeric_limits<std::int64_t>::min() / factor) {
    return InvalidArgument(text + " does not fit in a Long");
  }
  return number * factor;
}

std::string SizeText(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  std::size_t power = 1;
  while (power < kPrefixes.size() && bytes >> (10 * (power + 1)) != 0) ++power;
  std::array<char, 40> text;
  std::string number;
  if ((bytes & ((std::uint64_t{1} << (10 * power)) - 1)) == 0) {
    number = std::to_string(bytes >> (10 * power));
  } else {
    const auto in_unit = [&] {
      return static_cast<double>(bytes) / static_cast<double>(std::uint64_t{1} << (10 * power));
    };
    std::snprintf(text.data(), text.size(), "%.2f", in_unit());
    // 1023.999 MB reads as 1.00 GB.
    if (std::string_view(text.data()).starts_with("1024") && power < kPrefixes.size()) {
      ++power;
      std::snprintf(text.data(), text.size(), "%.2f", in_unit());
    }
    number = text.data();
  }
  const char unit = static_cast<char>(std::toupper(static_cast<unsigned char>(kPrefixes[power - 1])));
  return number + " " + unit + "B";
}

std::string PercentText(double part, double whole, double when_whole_is_zero) {
  std::array<char, 40> text;
  std::snprintf(text.data(), text.size(), "%.2f%%", whole > 0 ? part * 100 / whole : when_whole_is_zero);
  return text.data();
}

}  // namespace mrd::admin
