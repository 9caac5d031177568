#include "common/base/crash_points.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "common/base/config_value.h"

namespace mrd {

CrashPoints::CrashPoints(std::vector<std::string_view> names) : names_(std::move(names)) {}

CrashPoints& CrashPoints::None() {
  static CrashPoints none({});
  return none;
}

Status CrashPoints::Arm(std::string_view spec, std::function<void()> crash) {
  std::string_view name = spec;
  std::int64_t passes = 1;
  if (const std::size_t colon = spec.find(':'); colon != std::string_view::npos) {
    name = spec.substr(0, colon);
    const Result<std::int64_t> count = ParseInt(spec.substr(colon + 1));
    if (!count.ok() || *count < 1)
      return InvalidArgument("crash point " + std::string(spec) + ": a pass of 1 or more must follow the colon");
    passes = *count;
  }
  if (!name.empty() && std::find(names_.begin(), names_.end(), name) == names_.end()) {
    std::string known;
    for (const std::string_view each : names_) known += (known.empty() ? "" : " ") + std::string(each);
    return InvalidArgument("crash point " + std::string(name) + " does not exist; known are " + known);
  }
  armed_ = name;
  crash_ = std::move(crash);
  passes_left_ = passes;
  return Status::Ok();
}

void CrashPoints::Reached() {
  if (passes_left_.fetch_sub(1) != 1) return;
  if (crash_) {
    crash_();
  } else {
    ::_exit(kCrashExitCode);
  }
}

}  // namespace mrd
