#pragma once

#include "jobtracker/core/state.h"

namespace mrd::jobtracker {

// Starts whatever may be started: on slots that became free, and tasks that became ready. What neither changed since it
// last found nothing is not looked at again.
void Schedule(State& state);
// Jobs that held maps back for long enough take farther slots.
void CheckLocality(State& state);
// How long the job's maps wait for a slot near their data before they take one farther away.
std::int64_t LocalityWait(const State& state, const Job& job);

}  // namespace mrd::jobtracker
