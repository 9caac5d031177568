#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"
#include "jobtracker/schedule/zone_rule.h"

namespace mrd::jobtracker {

// Offsets from UTC over time. Immutable: a change of the zone database is seen by those that are made afterwards.
class TimeZone {
 public:
  // "UTC"; "Europe/Berlin", read below /usr/share/zoneinfo; or a rule like "CET-1CEST,M3.5.0,M10.5.0/3".
  // kInvalidArgument for anything else, kCorruption for a file that is none of the zone database (TZif, RFC 8536).
  static Result<TimeZone> Load(Env& env, const std::string& name);
  static Result<TimeZone> FromFile(std::string_view bytes);
  static TimeZone Utc() { return {}; }

  // REQUIRES: nothing; every instant has an offset.
  ZoneSpan At(std::int64_t instant_s) const;

 private:
  struct Change {
    std::int64_t at_s = 0;
    std::int64_t offset_s = 0;
  };
  std::int64_t first_offset_s_ = 0;  // before all changes
  std::vector<Change> changes_;      // ascending
  std::optional<ZoneRule> rule_;     // after the last of them
};

}  // namespace mrd::jobtracker
