#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "jobtracker/schedule/calendar.h"
#include "jobtracker/schedule/time_zone.h"

namespace mrd::jobtracker {

// When something recurs: a cron expression of five fields; @yearly (@annually), @monthly, @weekly, @daily (@midnight),
// @hourly; or @every PERIOD, such as @every 90s, 5m, 1h30m, 2d, from a second to a year, counted from an anchor.
class Cron {
 public:
  // kInvalidArgument says what is wrong and what is possible.
  static Result<Cron> Parse(std::string_view text);

  // The first due instant after `after_s` in the zone (README.md: clock changes). nullopt: none within forty years.
  // `anchor_s` is where @every begins; nothing is due before or at it.
  std::optional<std::int64_t> Next(const TimeZone& zone, std::int64_t after_s, std::int64_t anchor_s) const;

 private:
  Cron() = default;
  std::optional<std::int64_t> NextOfCalendar(const TimeZone& zone, std::int64_t after_s) const;

  std::optional<Calendar> calendar_;
  std::int64_t period_s_ = 0;  // of @every
};

}  // namespace mrd::jobtracker
