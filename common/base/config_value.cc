#include "common/base/config_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace mrd {
namespace {

struct Suffix {
  std::string_view text;
  std::int64_t factor;
};

constexpr std::array<Suffix, 5> kSizeSuffixes = {{{"k", std::int64_t{1} << 10},
                                                  {"m", std::int64_t{1} << 20},
                                                  {"g", std::int64_t{1} << 30},
                                                  {"t", std::int64_t{1} << 40},
                                                  {"p", std::int64_t{1} << 50}}};
constexpr std::array<Suffix, 5> kDurationSuffixes = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

Status TooLarge() { return InvalidArgument("the number is too large"); }

// A whole number and what follows it.
Result<std::int64_t> ParseWithSuffix(std::string_view text,
                                     std::int64_t unit,
                                     std::span<const Suffix> suffixes,
                                     const char* expected) {
  text = Trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return TooLarge();
  if (error != std::errc()) return InvalidArgument(expected);

  const std::string rest = Lower(Trimmed(text.substr(static_cast<std::size_t>(end - text.data()))));
  std::int64_t factor = unit;
  if (!rest.empty()) {
    const auto suffix = std::find_if(suffixes.begin(), suffixes.end(),
                                     [&](const Suffix& s) { return s.text == rest; });
    if (suffix == suffixes.end()) return InvalidArgument(expected);
    factor = suffix->factor;
  }
  std::int64_t product = 0;
  if (__builtin_mul_overflow(number, factor, &product)) return TooLarge();
  return product;
}

std::string RangeText(const ConfigKey& key) {
  const std::string unit = *key.unit == '\0' ? "" : std::string(" ") + key.unit;
  if (key.max == INT64_MAX) return "must be at least " + std::to_string(key.min) + unit;
  if (key.min == INT64_MIN) return "must be at most " + std::to_string(key.max) + unit;
  return "must be between " + std::to_string(key.min) + " and " + std::to_string(key.max) + unit;
}

template <typename T>
Status CheckRange(const ConfigKey& key, const Result<T>& value, std::int64_t unit) {
  if (!value.ok()) return value.status();
  // Compared in the key's unit as fractions, so that "1k" is less than 1 MB. Exact up to 2^53 of a
  // unit.
  const double in_unit = static_cast<double>(*value) / static_cast<double>(unit);
  const bool too_small = key.min != INT64_MIN && in_unit < static_cast<double>(key.min);
  const bool too_large = key.max != INT64_MAX && in_unit > static_cast<double>(key.max);
  return too_small || too_large ? InvalidArgument(RangeText(key)) : Status::Ok();
}

}  // namespace

Result<std::int64_t> ParseInt(std::string_view text) {
  constexpr char kExpected[] = "not a whole number";
  text = Trimmed(text);
  const bool negative = text.starts_with('-');
  std::string_view digits = text;
  if (negative || text.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  }
  if (digits.starts_with('-') || digits.starts_with('+')) return InvalidArgument(kExpected);
  // Parsed with its sign, since the smallest number has no positive counterpart.
  const std::string signed_digits = (negative ? "-" : "") + std::string(digits);
  std::int64_t number = 0;
  const char* const last = signed_digits.data() + signed_digits.size();
  const auto [end, error] = std::from_chars(signed_digits.data(), last, number, base);
  if (error == std::errc::result_out_of_range) return TooLarge();
  if (error != std::errc() || end != last) return InvalidArgument(kExpected);
  return number;
}

Result<double> ParseDouble(std::string_view text) {
  text = Trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return TooLarge();
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
    return InvalidArgument("not a number");
  }
  return number;
}

Result<bool> ParseBool(std::string_view text) {
  const std::string lower = Lower(Trimmed(text));
  if (lower == "true") return true;
  if (lower == "false") return false;
  return InvalidArgument("neither true nor false");
}

Result<std::int64_t> ParseSize(std::string_view text, std::int64_t unit_bytes) {
  return ParseWithSuffix(text, unit_bytes, kSizeSuffixes,
                         "not a size: a whole number, also with k, m, g, t or p after it");
}

Result<std::int64_t> ParseDurationMs(std::string_view text, std::int64_t unit_ms) {
  return ParseWithSuffix(text, unit_ms, kDurationSuffixes,
                         "not a duration: a whole number, also with ms, s, m, h or d after it");
}

std::vector<std::string> ParseList(std::string_view text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = Trimmed(text.substr(begin, end - begin));
    if (!part.empty()) parts.emplace_back(part);
    begin = end + 1;
  }
  return parts;
}

std::int64_t UnitOf(const ConfigKey& key) {
  const std::string_view unit = key.unit;
  if (key.type == KeyType::kSize) {
    if (unit == "KB") return std::int64_t{1} << 10;
    if (unit == "MB") return std::int64_t{1} << 20;
    if (unit == "GB") return std::int64_t{1} << 30;
  }
  if (key.type == KeyType::kDuration) {
    if (unit == "s") return 1000;
    if (unit == "min") return 60'000;
    if (unit == "h") return 3'600'000;
  }
  return 1;
}

Status CheckValue(const ConfigKey& key, std::string_view text) {
  const std::int64_t unit = UnitOf(key);
  switch (key.type) {
    case KeyType::kString:
    case KeyType::kList:
      return Status::Ok();
    case KeyType::kBool:
      return ParseBool(text).status();
    case KeyType::kInt:
      return CheckRange(key, ParseInt(text), 1);
    case KeyType::kDouble:
      return CheckRange(key, ParseDouble(text), 1);
    case KeyType::kSize:
      return CheckRange(key, ParseSize(text, unit), unit);
    case KeyType::kDuration:
      return CheckRange(key, ParseDurationMs(text, unit), unit);
  }
  return Internal("unknown key type");
}

}  // namespace mrd
