#include "jobtracker/web/timeline.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace mrd::jobtracker::web {
namespace {

using mapred::proto::AttemptReportProto;
using mapred::proto::TaskReportProto;

bool IsOrdinary(const TimelineBar& bar) { return bar.attempt->state() == "SUCCEEDED"; }

std::uint64_t LengthOf(const TimelineBar& bar) { return bar.end_ms > bar.start_ms ? bar.end_ms - bar.start_ms : 0; }

std::vector<TimelineBar> BarsOf(const std::vector<const TaskReportProto*>& tasks) {
  std::vector<TimelineBar> bars;
  for (const TaskReportProto* task : tasks) {
    for (const AttemptReportProto& attempt : task->attempts()) {
      if (attempt.status().startms() == 0) continue;
      TimelineBar bar;
      bar.task = task;
      bar.attempt = &attempt;
      bar.start_ms = attempt.status().startms();
      bar.end_ms = attempt.status().endms();
      bars.push_back(bar);
    }
  }
  return bars;
}

}  // namespace

Timeline MakeTimeline(const std::vector<const TaskReportProto*>& tasks, std::size_t bars_max) {
  Timeline out;
  out.bars = BarsOf(tasks);
  if (out.bars.size() > bars_max) {
    std::stable_sort(out.bars.begin(), out.bars.end(), [](const TimelineBar& a, const TimelineBar& b) {
      return std::pair(IsOrdinary(a), LengthOf(b)) < std::pair(IsOrdinary(b), LengthOf(a));
    });
    out.left_out = out.bars.size() - bars_max;
    out.bars.resize(bars_max);
  }
  const auto place = [](const TimelineBar& bar) {
    return std::tuple(std::string_view(bar.attempt->tracker()), bar.task->kind() == mapred::proto::REDUCE, bar.start_ms,
                      std::string_view(bar.attempt->attemptid()));
  };
  std::sort(out.bars.begin(), out.bars.end(),
            [&](const TimelineBar& a, const TimelineBar& b) { return place(a) < place(b); });
  // Each bar goes into the first lane of its tracker and kind that is free by then.
  std::size_t first = 0;  // lane of this tracker and kind
  std::vector<std::uint64_t> free_at;
  for (TimelineBar& bar : out.bars) {
    const bool reduces = bar.task->kind() == mapred::proto::REDUCE;
    if (out.lanes.empty() || out.lanes.back().tracker != bar.attempt->tracker() || out.lanes.back().reduces != reduces) {
      first = out.lanes.size();
      free_at.clear();
    }
    std::size_t slot = 0;
    while (slot < free_at.size() && free_at[slot] > bar.start_ms) ++slot;
    if (slot == free_at.size()) {
      free_at.push_back(0);
      out.lanes.push_back(TimelineLane{bar.attempt->tracker(), reduces, slot});
    }
    free_at[slot] = bar.end_ms == 0 ? UINT64_MAX : std::max(bar.end_ms, bar.start_ms);
    bar.lane = first + slot;
  }
  std::stable_sort(out.bars.begin(), out.bars.end(),
                   [](const TimelineBar& a, const TimelineBar& b) { return a.lane < b.lane; });
  return out;
}

}  // namespace mrd::jobtracker::web
