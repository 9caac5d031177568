#pragma once

namespace mrd::engine::guard {

// What a process does that has to end in the middle of a job: stop its other threads and remove the temporary
// directories that the job made. Everything here is async-signal-safe.

inline constexpr int kStatusOfFailure = 1;

// To be called once at start: makes the signal that freezes threads known. The guards guard this process, and not what a
// plugin forks from it.
void PrepareLastRites();
// In a forked process: it is guarded as well.
void GuardThisProcess();
bool InGuardedProcess();

// Stops all other threads for good, so that none writes into directories that are being removed. Waits until they
// stand still, at most a fifth of a second.
void FreezeOtherThreads();

// Removes the engine's leftovers, and an output directory that is empty without them.
void RemoveLeftovers();

// Ends the process at once, whatever exit functions a plugin has registered or replaced.
[[noreturn]] void EndProcess(int status);

// The same by a signal's default action.
[[noreturn]] void DieBy(int signal);

// Freezes, removes, ends. For all who have already said why.
[[noreturn]] void CleanUpAndEnd(int status);

}  // namespace mrd::engine::guard
