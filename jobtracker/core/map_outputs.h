#pragma once

#include <cstdint>
#include <string>

#include "jobtracker/core/state.h"

// Where finished maps left their output, who hears of it, and what happens when it is gone.
namespace mrd::jobtracker {

// A map finished (attempt: its index) or was given up (kNoAttempt).
void AddOutput(State& state, Job& job, std::uint32_t map, std::uint32_t attempt);
// The tracker runs a reduce of the job: from now on it hears of outputs.
void Follow(State& state, Job& job, Tracker& tracker);
// The output is gone. The map runs again as soon as some reduce needs it.
void LoseOutput(State& state, Job& job, std::uint32_t map, const std::string& reason);
// Some reduce needs map output again: lost maps run again.
void RerunLost(State& state, Job& job);
// Drops a finished map's result; it is pending afterwards. Also applied to a record.
void Withdraw(State& state, Job& job, std::uint32_t map, const std::string& reason);
// A reduce could not fetch.
void TakeFetchFailure(State& state, const FetchFailure& failure);
// Tells followers what is due.
void TellOutputs(State& state);
// The order that a range has become, as things are now.
MapOutputsOrder MakeOutputsOrder(const State& state, const OutputRange& range);

}  // namespace mrd::jobtracker
