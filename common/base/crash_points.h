#pragma once

// Places around durable steps at which a test may end the process, to see that a restart loses nothing.

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace mrd {

// The code with which a process ends at a crash point.
inline constexpr int kCrashExitCode = 86;

// The places of one daemon, of which at most one is armed. Passing costs one comparison while none is. Each daemon lists
// its names in one file and is armed by a key of its configuration.
// Threads: Pass() from any; Arm() before there are others.
class CrashPoints {
 public:
  // `names` are those that Arm() knows.
  explicit CrashPoints(std::vector<std::string_view> names);
  CrashPoints(const CrashPoints&) = delete;
  CrashPoints& operator=(const CrashPoints&) = delete;

  // Has no places, so nothing can be armed: what objects get that run in no daemon.
  static CrashPoints& None();

  // `spec` is "finalize.before_data", or "finalize.before_data:3" for the third pass. `crash` runs there; unset: the
  // process ends at once with kCrashExitCode. kInvalidArgument with the known names for others. "" arms none.
  Status Arm(std::string_view spec, std::function<void()> crash = {});
  void Pass(std::string_view name) {
    if (armed_.empty() || name != armed_) return;
    Reached();
  }

 private:
  void Reached();

  const std::vector<std::string_view> names_;
  std::string armed_;
  std::function<void()> crash_;
  std::atomic<std::int64_t> passes_left_{0};
};

}  // namespace mrd
