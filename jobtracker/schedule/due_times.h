#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "jobtracker/schedule/cron.h"

namespace mrd::jobtracker {

// A due time that is noticed no later than this is on time.
inline constexpr std::int64_t kOnTimeS = 60;
// What was due longer ago is not looked at.
inline constexpr std::int64_t kLookBackS = 31 * 86'400;

// Due times between two looks at the clock.
struct DueTimes {
  std::optional<std::int64_t> on_time_s;   // the last one, unless it is late
  std::deque<std::int64_t> late_s;         // the others, ascending: the last `late_max` of them
  std::uint64_t late = 0;                  // all of the others
};

// Those after `after_s` up to `now_s`. None when the clock is not past `after_s`.
DueTimes FindDueTimes(const Cron& cron, const TimeZone& zone, std::int64_t anchor_s, std::int64_t after_s,
                      std::int64_t now_s, std::size_t late_max);

}  // namespace mrd::jobtracker
