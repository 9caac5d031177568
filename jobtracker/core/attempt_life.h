#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "jobtracker/core/state.h"

// What happens to attempts and their tasks.
namespace mrd::jobtracker {

struct AttemptEnd {
  AttemptState state = AttemptState::kKilled;
  FailureKind failure = FailureKind::kUser;
  std::string message;
  const TaskResult* result = nullptr;  // kSucceeded
  std::optional<std::uint64_t> bad_record = std::nullopt;  // kFailed
};

// Starts an attempt of a pending or slow task. REQUIRES: a free slot, memory.
void Launch(State& state, Job& job, Task& task, Tracker& tracker, Locality locality, bool speculative);
// Enters an attempt that runs, or ran, on `tracker`: a launch of this life or an earlier one.
AttemptRef AddAttempt(State& state, Job& job, Task& task, const AttemptLaunched& launched, Tracker& tracker);

// What a tracker says of an attempt that is not over.
void TakeReport(State& state, AttemptRef ref, const AttemptReport& report);
// The attempt is over. A success that comes too late counts as killed.
void End(State& state, AttemptRef ref, AttemptEnd end);
// Its end follows when the tracker has done it; at once if the launch was not handed out yet.
void OrderKill(State& state, AttemptRef ref, const std::string& reason, bool as_failure = false);

// The task waits for a slot (again).
void MakePending(State& state, Job& job, Task& task);

}  // namespace mrd::jobtracker
