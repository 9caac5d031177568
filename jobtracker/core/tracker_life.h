#pragma once

#include <span>
#include <string>

#include "jobtracker/core/state.h"

// What happens to trackers.
namespace mrd::jobtracker {

// By name; entered if it is new.
Tracker& NeedTracker(State& state, const TrackerInfo& info);
void RegisterTracker(State& state, const TrackerInfo& info, std::span<const AttemptReport> attempts,
                     std::span<const AttemptName> kept, Registration& answer);
void TakeTrackerReport(State& state, Tracker& tracker, const TrackerReport& report);
// Its attempts are over and its map output is gone.
void LoseTracker(State& state, Tracker& tracker, const std::string& reason);
// Trackers that were silent for too long.
void ExpireTrackers(State& state);
void ExcludeHosts(State& state, std::set<std::string> hosts);
// Excluded trackers that have nothing left to do are told to leave.
void DismissIdle(State& state);

}  // namespace mrd::jobtracker
