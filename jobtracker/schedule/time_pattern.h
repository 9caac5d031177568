#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "jobtracker/schedule/time_zone.h"

namespace mrd::jobtracker {

// Which run a path is for.
struct PatternTime {
  std::int64_t due_s = 0;     // in the zone below
  std::uint64_t number = 0;   // of the run, from 1
};

// Paths with %Y (2026), %m (01-12), %d (01-31), %H (00-23), %M (00-59), %S (00-59), %j (001-366), %z (+0100), %s (seconds
// since 1970), %i (number of the run), %% (a percent sign). kInvalidArgument for another letter, naming it.
Result<std::string> ExpandPattern(std::string_view pattern, const TimeZone& zone, const PatternTime& time);
// Whether runs at different times have different paths: it has anything but %%.
bool PatternVaries(std::string_view pattern);

}  // namespace mrd::jobtracker
