#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "engine/job_settings.h"
#include "engine/skipped_log.h"

namespace mrd::engine {

// How often a runner that leads the tasks of its job by itself runs one of them: once, but in a job that skips bad records
// again after a failure at a known record, first with it, then without those that it failed at. One per task.
class TaskRetries {
 public:
  TaskRetries(const JobSettings& settings, bool is_map)
      : skips_((is_map ? settings.skip_map_records : settings.skip_reduce_groups) != 0),
        attempts_max_(is_map ? settings.map_attempts_max : settings.reduce_attempts_max),
        start_attempts_(settings.skip_start_attempts) {}

  // An attempt failed, at `culprit` (Attempt::culprit). Whether the task shall run again.
  bool Again(std::optional<std::uint64_t> culprit) {
    if (!skips_ || !culprit) return false;
    bad_.insert(*culprit);
    return ++failures_ < attempts_max_;
  }
  // What the next attempt leaves out.
  std::vector<SkipRange> LeftOut() const {
    std::vector<SkipRange> ranges;
    if (failures_ < start_attempts_) return ranges;
    for (const std::uint64_t number : bad_) ranges.push_back({number, 1});
    return ranges;
  }

 private:
  const bool skips_;
  const std::int64_t attempts_max_;
  const std::int64_t start_attempts_;
  std::int64_t failures_ = 0;
  std::set<std::uint64_t> bad_;
};

}  // namespace mrd::engine
