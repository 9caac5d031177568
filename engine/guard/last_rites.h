#pragma once

namespace mrd::tools {

// What a process does that has to end in the middle of a job: stop its other threads and remove the temporary
// directories that the job made. Everything here is async-signal-safe.

// To be called once at start: makes the signal that freezes threads known.
void PrepareLastRites();

// Stops all other threads for good, so that none writes into directories that are being removed. Waits until they
// stand still, at most a fifth of a second.
void FreezeOtherThreads();

// Removes the engine's leftovers, and an output directory that is empty without them.
void RemoveLeftovers();

// Ends the process at once, whatever exit functions a plugin has registered or replaced.
[[noreturn]] void EndProcess(int status);

// Freezes, removes, ends. For all who have already said why.
[[noreturn]] void CleanUpAndEnd(int status);

}  // namespace mrd::tools
