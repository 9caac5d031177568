#pragma once

// Places before durable steps at which a test may end the process, to see that a restart loses nothing.

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mrd::datanode {

// The code with which a process ends at a crash point.
inline constexpr int kCrashExitCode = 86;

// At most one armed place. Passing costs one comparison while none is armed. Thread-safe.
class CrashPoints {
 public:
  // None armed.
  CrashPoints() = default;
  // `spec` is "finalize.before_data", or "finalize.before_data:3" for the third pass. `crash` runs there; unset: the
  // process ends at once with kCrashExitCode. kInvalidArgument with the known names for others. "" arms none.
  Status Arm(std::string_view spec, std::function<void()> crash = {});
  void Pass(std::string_view name);

  // All places, for tests that visit each.
  static std::span<const std::string_view> Names();

 private:
  std::string armed_;  // constant once threads run
  std::function<void()> crash_;
  std::atomic<std::int64_t> passes_left_{0};
};

}  // namespace mrd::datanode
