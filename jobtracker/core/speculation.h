#pragma once

#include "jobtracker/core/state.h"

namespace mrd::jobtracker {

// Finds tasks of jobs with nothing left to start whose only attempt is so slow that a second one may well be first.
void FindSlowTasks(State& state);

}  // namespace mrd::jobtracker
