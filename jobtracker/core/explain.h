#pragma once

#include <optional>
#include <vector>

#include "jobtracker/core/state.h"

// Why things are as they are. Looks, never changes.
namespace mrd::jobtracker {

// Why a task does not run, or runs without getting on; nothing otherwise.
std::optional<Reason> WhyTaskWaits(const State& state, const Job& job, const Task& task, Instant now);
// The same for all tasks of a job, summed; most tasks first.
std::vector<WaitingTasks> WhyJobWaits(const State& state, const Job& job, Instant now);
// Why a free slot of the tracker stays free; nothing if it has none, or the tracker is not used at all.
std::optional<Reason> WhySlotIdles(const State& state, const Tracker& tracker, SlotKind kind, Instant now);
// Why the tracker gets no work; nothing if it does.
std::optional<Reason> WhyTrackerUnused(const Tracker& tracker, Instant now);

}  // namespace mrd::jobtracker
