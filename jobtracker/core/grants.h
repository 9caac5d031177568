#pragma once

#include "jobtracker/core/state.h"

// Leave to publish a task's output: one attempt at a time has it, and it is in the journal before the attempt hears of
// it. It passes on only when that attempt is over, by its tracker's word or because the tracker is lost.
namespace mrd::jobtracker {

// The attempt's output is ready.
void AskGrant(State& state, AttemptRef ref);
// The tracker registered again: what it was told before is void.
void RepeatGrant(State& state, AttemptRef ref);
// The attempt is over: if it had leave without success, the next one that asked gets it.
void PassGrant(State& state, Job& job, Task& task, std::uint32_t ended);

}  // namespace mrd::jobtracker
