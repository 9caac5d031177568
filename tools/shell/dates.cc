#include "tools/shell/dates.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace mrd::shell {
namespace {

std::string Formatted(std::int64_t ms, const char* format, bool local) {
  // Rounded down also before 1970.
  const std::time_t seconds = static_cast<std::time_t>(ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000));
  std::tm parts{};
  if (local) {
    ::localtime_r(&seconds, &parts);
  } else {
    ::gmtime_r(&seconds, &parts);
  }
  std::array<char, 64> text;
  return std::string(text.data(), std::strftime(text.data(), text.size(), format, &parts));
}

// The number that digits [from, from + count) stand for; -1 if one is no digit.
int Digits(std::string_view text, std::size_t from, std::size_t count) {
  int value = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// Local time of date and time digits that follow each other. Values beyond a field's range carry over, as Java's lenient
// parser has it.
std::optional<std::int64_t> FromLocal(int year, std::string_view rest) {
  std::array<int, 5> fields{};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    fields[i] = Digits(rest, i * 2, 2);
    if (fields[i] < 0) return std::nullopt;
  }
  std::tm parts{};
  parts.tm_year = year - 1900;
  parts.tm_mon = fields[0] - 1;
  parts.tm_mday = fields[1];
  parts.tm_hour = fields[2];
  parts.tm_min = fields[3];
  parts.tm_sec = fields[4];
  parts.tm_isdst = -1;
  return static_cast<std::int64_t>(std::mktime(&parts)) * 1000;
}

}  // namespace

std::string ListTime(std::int64_t ms) { return Formatted(ms, "%Y-%m-%d %H:%M", true); }
std::string UtcTime(std::int64_t ms) { return Formatted(ms, "%Y-%m-%d %H:%M:%S", false); }

std::string LogTime(std::int64_t ms) {
  std::array<char, 8> fraction;
  std::snprintf(fraction.data(), fraction.size(), ",%03d", static_cast<int>(ms % 1000));
  return Formatted(ms, "%Y-%m-%d %H:%M:%S", true) + fraction.data();
}

std::string CheckpointName(std::int64_t ms) { return Formatted(ms, "%y%m%d%H%M%S", true); }

std::optional<std::int64_t> ParseCheckpointName(std::string_view name) {
  // A second checkpoint within one second is called "240305101159-1".
  if (name.size() > 12 && name[12] == '-') name = name.substr(0, 12);
  if (name.size() != 12) return std::nullopt;
  const int year = Digits(name, 0, 2);
  if (year < 0) return std::nullopt;
  return FromLocal(2000 + year, name.substr(2));
}

std::optional<std::int64_t> ParseTouchTime(std::string_view text) {
  if (text.size() != 15 || text[8] != ':') return std::nullopt;
  const int year = Digits(text, 0, 4);
  if (year < 0) return std::nullopt;
  return FromLocal(year, std::string(text.substr(4, 4)) + std::string(text.substr(9)));
}

}  // namespace mrd::shell
