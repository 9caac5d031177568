#include "jobtracker/schedule/words.h"

#include <array>
#include <cstddef>

namespace mrd::jobtracker {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 4> kOverlaps = {"skip", "queue", "kill", "allow"};
constexpr std::array<std::string_view, 3> kMissed = {"skip", "once", "all"};
constexpr std::array<std::string_view, 9> kStates = {"queued", "starting", "running", "succeeded", "failed",
                                                     "killed", "refused",  "skipped", "missed"};

template <typename Enum, std::size_t N>
std::optional<Enum> Find(const std::array<std::string_view, N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view WordOf(Overlap overlap) { return kOverlaps[static_cast<std::size_t>(overlap)]; }
std::string_view WordOf(Missed missed) { return kMissed[static_cast<std::size_t>(missed)]; }
std::string_view WordOf(RunState state) { return kStates[static_cast<std::size_t>(state)]; }
std::optional<Overlap> ParseOverlap(std::string_view word) { return Find<Overlap>(kOverlaps, word); }
std::optional<Missed> ParseMissed(std::string_view word) { return Find<Missed>(kMissed, word); }
std::optional<RunState> ParseRunState(std::string_view word) { return Find<RunState>(kStates, word); }

}  // namespace mrd::jobtracker
