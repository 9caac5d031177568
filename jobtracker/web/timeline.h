#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "proto/mr/jobs.pb.h"

namespace mrd::jobtracker::web {

// One attempt as a bar. Times are wall milliseconds; 0: not yet.
struct TimelineBar {
  std::size_t lane = 0;
  const mapred::proto::TaskReportProto* task = nullptr;  // the caller's
  const mapred::proto::AttemptReportProto* attempt = nullptr;
  std::uint64_t start_ms = 0;
  std::uint64_t end_ms = 0;  // 0: it runs
};

struct TimelineLane {
  std::string tracker;
  bool reduces = false;  // else maps and everything that is no reduce
  std::size_t slot = 0;  // from 0, within the tracker and kind
};

// The attempts of a job over time: one lane for each slot that was used, trackers by name, maps before reduces. Bars of a
// lane do not overlap. With more than `bars_max` attempts, those that failed, were killed or run are kept first, then the
// longest.
struct Timeline {
  std::vector<TimelineLane> lanes;
  std::vector<TimelineBar> bars;  // by lane, then start
  std::size_t left_out = 0;
};
Timeline MakeTimeline(const std::vector<const mapred::proto::TaskReportProto*>& tasks, std::size_t bars_max);

}  // namespace mrd::jobtracker::web
