#include "jobtracker/core/limits.h"

#include <algorithm>

namespace mrd::jobtracker {

Hold Holds(const Job& job, SlotKind kind) {
  if (kind == SlotKind::kEnd) return IsOver(job.state) ? Hold::kEnding : Hold::kNone;
  if (!job.admitted) return Hold::kNotAdmitted;
  if (!job.MayRun()) return Hold::kEnding;
  const JobSettings& settings = job.sub->settings;
  const Lane& lane = job.lane(kind);
  const Lane& maps = job.lane(SlotKind::kMap);
  if (kind == SlotKind::kReduce && maps.done + maps.failed < job.slow_start_maps) {
    return Hold::kMapsFirst;
  }
  const std::uint32_t max = kind == SlotKind::kMap ? settings.running_maps_max : settings.running_reduces_max;
  if (max != 0 && lane.running >= max) return Hold::kJobLimit;
  const std::uint32_t user_max = job.pool->options.user_slots_max;
  if (user_max != 0) {
    const auto user = job.pool->users.find(job.sub->user);
    if (user != job.pool->users.end() && user->second.slots[Index(kind)] >= user_max) return Hold::kUserLimit;
  }
  return Hold::kNone;
}

bool MaySpeculate(const State& state, const Job& job, SlotKind kind) {
  const Lane& lane = job.lane(kind);
  const double cap = job.sub->settings.speculative_cap * lane.running;
  return lane.speculating < std::max(cap, static_cast<double>(state.options.speculative_min));
}

}  // namespace mrd::jobtracker
