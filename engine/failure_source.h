#pragma once

#include <string_view>
#include <utility>

#include "common/base/status.h"

namespace mrd::engine {

// What a failure of an attempt came from, as the tag of its Status; without one of these it came from the plugin. Whoever
// leads attempts decides by it whether another disk, another machine or another map attempt would help.
inline constexpr std::string_view kFromInput = "input";            // could not be read
inline constexpr std::string_view kFromOutput = "output";          // could not be written or published
inline constexpr std::string_view kFromLocalDisk = "local disk";   // spills: full or broken
inline constexpr std::string_view kFromMapOutput = "map output";   // of another attempt: damaged or not there
inline constexpr std::string_view kFromCombiner = "combiner";      // the plugin, but not at the record it stands at

// OK, and a source that is known already, stay as they are.
inline bool HasSource(const Status& status) {
  const std::string& tag = status.tag();
  return tag == kFromInput || tag == kFromOutput || tag == kFromLocalDisk || tag == kFromMapOutput ||
         tag == kFromCombiner;
}
inline Status From(std::string_view source, Status status) {
  if (status.ok() || HasSource(status) || status.code() == Code::kCancelled) return status;
  return std::move(status).WithTag(std::string(source));
}

}  // namespace mrd::engine
