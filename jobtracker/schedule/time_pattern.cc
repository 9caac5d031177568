#include "jobtracker/schedule/time_pattern.h"

#include <chrono>
#include <cstdlib>

namespace mrd::jobtracker {
namespace {

std::string Padded(std::int64_t value, std::size_t width) {
  std::string digits = std::to_string(value);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

std::string OffsetText(std::int64_t offset_s) {
  const std::int64_t minutes = std::abs(offset_s) / 60;
  return (offset_s < 0 ? "-" : "+") + Padded(minutes / 60, 2) + Padded(minutes % 60, 2);
}

}  // namespace

Result<std::string> ExpandPattern(std::string_view pattern, const TimeZone& zone, const PatternTime& time) {
  using namespace std::chrono;
  const std::int64_t offset = zone.At(time.due_s).offset_s;
  const sys_seconds local{seconds(time.due_s + offset)};
  const sys_days day = floor<days>(local);
  const year_month_day date(day);
  const hh_mm_ss clock(local - day);
  std::string out;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '%') {
      out += pattern[at];
      continue;
    }
    const char letter = ++at < pattern.size() ? pattern[at] : '\0';
    switch (letter) {
      case 'Y': out += Padded(static_cast<int>(date.year()), 4); break;
      case 'm': out += Padded(static_cast<unsigned>(date.month()), 2); break;
      case 'd': out += Padded(static_cast<unsigned>(date.day()), 2); break;
      case 'H': out += Padded(clock.hours().count(), 2); break;
      case 'M': out += Padded(clock.minutes().count(), 2); break;
      case 'S': out += Padded(clock.seconds().count(), 2); break;
      case 'j': out += Padded((day - sys_days(date.year() / January / 1)).count() + 1, 3); break;
      case 'z': out += OffsetText(offset); break;
      case 's': out += std::to_string(time.due_s); break;
      case 'i': out += std::to_string(time.number); break;
      case '%': out += '%'; break;
      default:
        return InvalidArgument("\"" + std::string(pattern) + "\" has %" + (letter == '\0' ? "" : std::string(1, letter)) +
                               "; known are %Y %m %d %H %M %S %j %z %s %i, and %% for a percent sign");
    }
  }
  return out;
}

bool PatternVaries(std::string_view pattern) {
  for (std::size_t at = pattern.find('%'); at != std::string_view::npos && at + 1 < pattern.size();
       at = pattern.find('%', at + 2)) {
    if (pattern[at + 1] != '%') return true;
  }
  return false;
}

}  // namespace mrd::jobtracker
