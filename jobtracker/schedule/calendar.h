#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/status.h"

namespace mrd::jobtracker {

// The five fields of a cron expression: which local minutes they match. "Local" instants are seconds since 1970 by a
// clock on the wall.
class Calendar {
 public:
  // "MINUTE HOUR DAY MONTH WEEKDAY": *, a number, a name (JAN, MON, in any case), a range a-b, a step */n or a-b/n, and
  // lists of these. Sunday is 0 and 7. kInvalidArgument names the field, what is wrong with it, and what is possible;
  // also for dates that never come.
  static Result<Calendar> Parse(std::string_view text);

  // The first match at or after it. When both DAY and WEEKDAY are restricted, either of them is enough, as cron has it.
  std::optional<std::int64_t> NextLocal(std::int64_t from_local_s) const;
  // Whether HOUR begins with a star: then the time that passes matters, not what clocks show.
  bool every_hour() const { return every_hour_; }

 private:
  bool MatchesDay(unsigned month_day, unsigned weekday) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<7> weekdays_;
  bool every_hour_ = false;
  bool either_day_ = false;  // both are restricted
};

}  // namespace mrd::jobtracker
