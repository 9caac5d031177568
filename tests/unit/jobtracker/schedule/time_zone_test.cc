#include <catch2/catch.hpp>

#include <string>

#include "common/base/env.h"
#include "jobtracker/schedule/time_zone.h"
#include "tests/unit/jobtracker/schedule/wall_time.h"

namespace mrd::jobtracker::test {
namespace {

std::string Number(std::int64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

// A TZif file: an offset of 1 h, from `at` on 3 h, and the rule afterwards.
std::string ZoneFile(std::int64_t at, const std::string& rule) {
  const auto header = [](int changes, int types, int names) {
    return "TZif2" + std::string(15, '\0') + Number(0, 4) + Number(0, 4) + Number(0, 4) + Number(changes, 4) +
           Number(types, 4) + Number(names, 4);
  };
  const std::string type_a = Number(3600, 4) + std::string(2, '\0');
  const std::string type_b = Number(3 * 3600, 4) + std::string(2, '\0');
  return header(0, 1, 4) + type_a + std::string("UTC\0", 4) + header(1, 2, 4) + Number(at, 8) + "\1" + type_a + type_b +
         std::string("UTC\0", 4) + "\n" + rule + "\n";
}

TEST_CASE("time zone: a rule changes twice a year", "[schedule]") {
  const TimeZone berlin = Berlin();
  CHECK(berlin.At(At("2026-01-15")).offset_s == 3600);
  CHECK(berlin.At(At("2026-07-15")).offset_s == 7200);
  const ZoneSpan before = berlin.At(At("2026-03-29 00:59:59"));
  CHECK(before.offset_s == 3600);
  CHECK(Text(before.until_s) == "2026-03-29 01:00:00");
  CHECK(Text(before.since_s) == "2025-10-26 01:00:00");
  const ZoneSpan after = berlin.At(At("2026-03-29 01:00"));
  CHECK(after.offset_s == 7200);
  CHECK(Text(after.until_s) == "2026-10-25 01:00:00");
}

TEST_CASE("time zone: rules of the south, of days by number, and without summer time", "[schedule]") {
  const TimeZone sydney = TimeZone::Load(Env::Posix(), "AEST-10AEDT,M10.1.0,M4.1.0/3").value();
  CHECK(sydney.At(At("2026-01-01")).offset_s == 11 * 3600);
  CHECK(sydney.At(At("2026-07-01")).offset_s == 10 * 3600);
  CHECK(Text(sydney.At(At("2026-01-01")).until_s) == "2026-04-04 16:00:00");
  const TimeZone julian = TimeZone::Load(Env::Posix(), "AAA3BBB,J60/0,J300/0").value();  // 1 March in any year
  CHECK(Text(julian.At(At("2028-01-10")).until_s) == "2028-03-01 03:00:00");
  const TimeZone counted = TimeZone::Load(Env::Posix(), "AAA3BBB,59/0,299/0").value();  // the 60th day
  CHECK(Text(counted.At(At("2028-01-10")).until_s) == "2028-02-29 03:00:00");
  const TimeZone fixed = TimeZone::Load(Env::Posix(), "<+0545>-5:45").value();
  CHECK(fixed.At(0).offset_s == 5 * 3600 + 45 * 60);
  CHECK(TimeZone::Utc().At(At("2026-01-01")).offset_s == 0);
}

TEST_CASE("time zone: a file's changes, then its rule", "[schedule]") {
  const std::int64_t change = At("2020-06-01");
  const TimeZone zone = TimeZone::FromFile(ZoneFile(change, "CET-1CEST,M3.5.0,M10.5.0/3")).value();
  CHECK(zone.At(change - 1).offset_s == 3600);
  CHECK(zone.At(change - 1).until_s == change);
  // From the last change on the rule holds, which says summer time.
  CHECK(zone.At(change).offset_s == 7200);
  CHECK(zone.At(change).since_s == change);
  CHECK(zone.At(At("2026-01-01")).offset_s == 3600);
  const TimeZone last = TimeZone::FromFile(ZoneFile(change, "")).value();
  CHECK(last.At(At("2026-01-01")).offset_s == 3 * 3600);
}

TEST_CASE("time zone: the machine's database agrees with the rule", "[schedule]") {
  const Result<TimeZone> zone = TimeZone::Load(Env::Posix(), "Europe/Berlin");
  if (!zone.ok()) {
    WARN("no zone database here: " << zone.status().message());
    return;
  }
  const TimeZone rule = Berlin();
  for (std::int64_t at = At("2024-01-01"); at < At("2045-01-01"); at += 9'000) {
    REQUIRE(zone->At(at).offset_s == rule.At(at).offset_s);
    REQUIRE(zone->At(at).until_s == rule.At(at).until_s);
  }
}

TEST_CASE("time zone: a file that is cut anywhere is refused", "[schedule]") {
  const std::string whole = ZoneFile(0, "CET-1");
  REQUIRE(TimeZone::FromFile(whole).ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    REQUIRE_FALSE(TimeZone::FromFile(whole.substr(0, size)).ok());
  }
  std::string huge = whole;
  huge.replace(32, 4, std::string(4, '\x7f'));
  CHECK(TimeZone::FromFile(huge).status().code() == Code::kCorruption);
}

TEST_CASE("time zone: other names are refused, and none leads out of the database", "[schedule]") {
  for (const char* name : {"", "Europe/Nowhere", "../../../etc/passwd", "/etc/passwd", "CET-1CEST", "CET-1CEST,M13.1.0,M1.1.0",
                           "CE-1", "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,M3.6.0,M10.5.0", "Europe"}) {
    INFO(name);
    CHECK(TimeZone::Load(Env::Posix(), name).status().code() == Code::kInvalidArgument);
  }
}

}  // namespace
}  // namespace mrd::jobtracker::test
