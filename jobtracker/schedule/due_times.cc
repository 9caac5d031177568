#include "jobtracker/schedule/due_times.h"

#include <algorithm>

namespace mrd::jobtracker {

DueTimes FindDueTimes(const Cron& cron, const TimeZone& zone, std::int64_t anchor_s, std::int64_t after_s,
                      std::int64_t now_s, std::size_t late_max) {
  DueTimes times;
  const auto add_late = [&](std::int64_t due) {
    ++times.late;
    times.late_s.push_back(due);
    if (times.late_s.size() > late_max) times.late_s.pop_front();
  };
  std::optional<std::int64_t> last;
  std::int64_t from = std::max(after_s, now_s - kLookBackS);
  while (const std::optional<std::int64_t> due = cron.Next(zone, from, anchor_s)) {
    if (*due > now_s) break;
    if (last) add_late(*last);
    last = *due;
    from = *due;
  }
  if (!last) return times;
  if (now_s - *last <= kOnTimeS) {
    times.on_time_s = last;
  } else {
    add_late(*last);
  }
  return times;
}

}  // namespace mrd::jobtracker
