#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/status.h"

namespace mrd::jobtracker {

// How long an offset from UTC holds.
struct ZoneSpan {
  std::int64_t offset_s = 0;  // local time minus UTC
  std::int64_t since_s = 0;   // the first instant; INT64_MIN: always did
  std::int64_t until_s = 0;   // the first instant after it; INT64_MAX: for good
};

// A yearly rule, as POSIX has it in TZ and files of the zone database at their end: "CET-1CEST,M3.5.0,M10.5.0/3".
class ZoneRule {
 public:
  // kInvalidArgument names what is wrong.
  static Result<ZoneRule> Parse(std::string_view text);
  ZoneSpan At(std::int64_t instant_s) const;

 private:
  enum class DayKind { kWeekday, kJulian, kZeroBased };  // "M3.5.0", "J60", "59"
  struct Change {
    DayKind kind = DayKind::kWeekday;
    int month = 1;
    int week = 1;
    int day = 0;
    std::int64_t time_s = 7200;  // local, may be negative or beyond a day
  };
  class Reader;
  static std::int64_t LocalOf(const Change& change, int year);

  std::int64_t standard_s_ = 0;
  std::int64_t summer_s_ = 0;
  std::optional<std::array<Change, 2>> changes_;  // to summer time, and back
};

}  // namespace mrd::jobtracker
