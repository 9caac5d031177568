#include <catch2/catch.hpp>

#include "jobtracker/schedule/time_pattern.h"
#include "tests/unit/jobtracker/schedule/wall_time.h"

namespace mrd::jobtracker::test {
namespace {

TEST_CASE("time pattern: letters stand for the due time in the zone", "[schedule]") {
  const PatternTime time{At("2026-07-04 22:05:09"), 17};
  CHECK(ExpandPattern("/out/%Y%m%d-%H%M", TimeZone::Utc(), time).value() == "/out/20260704-2205");
  CHECK(ExpandPattern("/out/%Y%m%d-%H%M%S%z", Berlin(), time).value() == "/out/20260705-000509+0200");
  CHECK(ExpandPattern("%j/%i/%s/%%d", TimeZone::Utc(), time).value() == "185/17/1783202709/%d");
  CHECK(ExpandPattern("/plain", TimeZone::Utc(), time).value() == "/plain");
  const TimeZone west = TimeZone::Load(Env::Posix(), "NST3:30").value();
  CHECK(ExpandPattern("%z", west, time).value() == "-0330");
}

TEST_CASE("time pattern: unknown letters are refused by name", "[schedule]") {
  CHECK_THAT(ExpandPattern("/a/%q", TimeZone::Utc(), {}).status().message(), Catch::Contains("%q") && Catch::Contains("%Y"));
  CHECK(ExpandPattern("/a/%", TimeZone::Utc(), {}).status().code() == Code::kInvalidArgument);
}

TEST_CASE("time pattern: what varies", "[schedule]") {
  CHECK(PatternVaries("/out/%d"));
  CHECK(PatternVaries("%%%i"));
  CHECK_FALSE(PatternVaries("/out/%%d"));
  CHECK_FALSE(PatternVaries("/out"));
  CHECK_FALSE(PatternVaries("/out%"));
}

}  // namespace
}  // namespace mrd::jobtracker::test
