#include "datanode/store/crash_points.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "common/base/config_value.h"

namespace mrd::datanode {
namespace {

constexpr std::array<std::string_view, 18> kNames = {
    "append.before_data",      "append.before_meta",   "convert.before_data",  "convert.before_meta",
    "create.before_data",      "create.before_meta",   "cut.before_checksum",  "cut.before_data",
    "cut.before_meta",         "finalize.before_data", "finalize.before_meta", "finalize.after_data",
    "invalidate.before_data",  "invalidate.before_meta", "stamp.before_meta",  "version.before_write",
    "write.before_data",       "write.before_meta",
};

}  // namespace

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
  if (!name.empty() && std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
    std::string known;
    for (const std::string_view each : kNames) known += (known.empty() ? "" : " ") + std::string(each);
    return InvalidArgument("crash point " + std::string(name) + " does not exist; known are " + known);
  }
  armed_ = name;
  crash_ = std::move(crash);
  passes_left_ = passes;
  return Status::Ok();
}

void CrashPoints::Pass(std::string_view name) {
  if (armed_.empty() || name != armed_) return;
  if (passes_left_.fetch_sub(1) != 1) return;
  if (crash_) {
    crash_();
  } else {
    ::_exit(kCrashExitCode);
  }
}

std::span<const std::string_view> CrashPoints::Names() { return kNames; }

}  // namespace mrd::datanode
