#pragma once

#include "jobtracker/core/state.h"

namespace mrd::jobtracker {

// Kills newest attempts of pools that have more than their share, for pools that were kept below theirs for too long.
void CheckShares(State& state);
// Reduces that hold the memory which maps need that they wait for: the newest of the job is killed.
void FreeMemoryForMaps(State& state);

}  // namespace mrd::jobtracker
