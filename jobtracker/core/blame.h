#pragma once

#include "jobtracker/core/state.h"

// Whose fault a failure was: trackers that fail are avoided by the job, then by all jobs.
namespace mrd::jobtracker {

// Failures that say nothing about the task's own code or data.
bool IsForeign(FailureKind kind);
// An attempt of the job failed on the tracker.
void Blame(State& state, Job& job, Tracker& tracker, FailureKind kind);
// Whether a task must not run on this tracker: it failed there, or the job avoids the tracker, and another one would
// do.
bool Avoids(const State& state, const Job& job, const Task& task, const Tracker& tracker);
// Trackers whose time on the list has passed are used again.
void ForgiveTrackers(State& state);
// Recomputes whether the tracker gets work.
void UpdateUsable(State& state, Tracker& tracker);

}  // namespace mrd::jobtracker
