#pragma once

#include <optional>
#include <string_view>

namespace mrd::jobtracker {

// What happens when a run is due while an earlier one of the same schedule is not over.
enum class Overlap {
  kSkip,   // it does not take place
  kQueue,  // it starts when the others are over
  kKill,   // the others are killed, then it starts
  kAllow,  // it starts beside them
};

// What happens to due times that went by while nobody could look: the jobtracker was down, its clock was set forward.
enum class Missed {
  kSkip,  // nothing
  kOnce,  // one run for all of them
  kAll,   // a run for each of the last ones, one after the other
};

enum class RunState {
  kQueued,    // waits for an earlier run
  kStarting,  // is planned and submitted
  kRunning,
  kSucceeded,
  kFailed,
  kKilled,
  kRefused,  // could not be submitted
  kSkipped,  // due times at which the overlap policy allowed no run
  kMissed,   // due times that were missed and not made up for
};
inline bool IsActive(RunState state) { return state == RunState::kStarting || state == RunState::kRunning; }
inline bool IsOver(RunState state) { return !IsActive(state) && state != RunState::kQueued; }

// In lower case: "queue", "running".
std::string_view WordOf(Overlap overlap);
std::string_view WordOf(Missed missed);
std::string_view WordOf(RunState state);
// nullopt for no such word.
std::optional<Overlap> ParseOverlap(std::string_view word);
std::optional<Missed> ParseMissed(std::string_view word);
std::optional<RunState> ParseRunState(std::string_view word);

}  // namespace mrd::jobtracker
