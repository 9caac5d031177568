#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "jobtracker/schedule/cron.h"
#include "tests/unit/jobtracker/schedule/wall_time.h"

namespace mrd::jobtracker::test {
namespace {

using Texts = std::vector<std::string>;

// The next `count` due times, in UTC.
Texts Due(const std::string& expression, const TimeZone& zone, const std::string& after, int count) {
  const Result<Cron> cron = Cron::Parse(expression);
  REQUIRE(cron.ok());
  Texts due;
  std::int64_t at = At(after);
  for (int i = 0; i < count; ++i) {
    const auto next = cron->Next(zone, at, 0);
    REQUIRE(next.has_value());
    REQUIRE(*next > at);
    at = *next;
    due.push_back(Text(at));
  }
  return due;
}
Texts DueUtc(const std::string& expression, const std::string& after, int count) {
  return Due(expression, TimeZone::Utc(), after, count);
}

std::string Refusal(const std::string& expression) {
  const Result<Cron> cron = Cron::Parse(expression);
  REQUIRE_FALSE(cron.ok());
  REQUIRE(cron.status().code() == Code::kInvalidArgument);
  return cron.status().message();
}

TEST_CASE("cron: numbers, ranges, steps, lists and names", "[schedule]") {
  CHECK(DueUtc("30 4 * * *", "2026-01-01 04:30", 2) == Texts{"2026-01-02 04:30:00", "2026-01-03 04:30:00"});
  CHECK(DueUtc("30 4 * * *", "2026-01-01 04:29:59", 1) == Texts{"2026-01-01 04:30:00"});
  CHECK(DueUtc("*/20 9-10 * * *", "2026-01-01 09:15", 5) ==
        Texts{"2026-01-01 09:20:00", "2026-01-01 09:40:00", "2026-01-01 10:00:00", "2026-01-01 10:20:00", "2026-01-01 10:40:00"});
  CHECK(DueUtc("0,5-15/5,59 0 1 * *", "2026-01-01 00:05", 3) ==
        Texts{"2026-01-01 00:10:00", "2026-01-01 00:15:00", "2026-01-01 00:59:00"});
  CHECK(DueUtc("0 0 1 jan,Jul *", "2026-02-01", 2) == Texts{"2026-07-01 00:00:00", "2027-01-01 00:00:00"});
  // 2026-01-02 is a Friday.
  CHECK(DueUtc("0 12 * * MON-FRI", "2026-01-02 12:00", 2) == Texts{"2026-01-05 12:00:00", "2026-01-06 12:00:00"});
  CHECK(DueUtc("0 12 * * FRI-SUN", "2026-01-02 13:00", 3) ==
        Texts{"2026-01-03 12:00:00", "2026-01-04 12:00:00", "2026-01-09 12:00:00"});
  CHECK(DueUtc("0 12 * * 7", "2026-01-01", 1) == DueUtc("0 12 * * 0", "2026-01-01", 1));
}

TEST_CASE("cron: with both days restricted either of them is enough", "[schedule]") {
  // The 13th, or a Friday.
  CHECK(DueUtc("0 0 13 * FRI", "2026-01-01", 4) ==
        Texts{"2026-01-02 00:00:00", "2026-01-09 00:00:00", "2026-01-13 00:00:00", "2026-01-16 00:00:00"});
  // A day that begins with a star restricts all the same, but is no alternative.
  CHECK(DueUtc("0 0 */2 * FRI", "2026-01-01", 2) == Texts{"2026-01-09 00:00:00", "2026-01-23 00:00:00"});
}

TEST_CASE("cron: nicknames stand for their expressions", "[schedule]") {
  for (const auto& [name, expression] : std::vector<std::pair<std::string, std::string>>{
           {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
           {"@daily", "0 0 * * *"}, {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"}}) {
    CHECK(DueUtc(name, "2026-05-05 05:05", 3) == DueUtc(expression, "2026-05-05 05:05", 3));
  }
}

TEST_CASE("cron: a period counts from its anchor", "[schedule]") {
  const Cron cron = Cron::Parse("@every 1h30m").value();
  const std::int64_t anchor = At("2026-01-01 00:10");
  CHECK(Text(*cron.Next(TimeZone::Utc(), anchor - 5000, anchor)) == "2026-01-01 01:40:00");
  CHECK(Text(*cron.Next(TimeZone::Utc(), anchor, anchor)) == "2026-01-01 01:40:00");
  CHECK(Text(*cron.Next(TimeZone::Utc(), At("2026-01-01 01:40"), anchor)) == "2026-01-01 03:10:00");
  CHECK(*Cron::Parse("@every 1s").value().Next(TimeZone::Utc(), 100, 0) == 101);
  for (const char* wrong : {"@every", "@every ", "@every 5", "@every s", "@every 0s", "@every 367d", "@every 1w", "@every -1s"}) {
    CHECK_THAT(Refusal(wrong), Catch::Contains("@every") || Catch::Contains("five fields"));
  }
}

TEST_CASE("cron: 29 February waits for a leap year, also over 2100", "[schedule]") {
  CHECK(DueUtc("0 0 29 2 *", "2026-01-01", 2) == Texts{"2028-02-29 00:00:00", "2032-02-29 00:00:00"});
  CHECK(DueUtc("0 0 29 2 *", "2096-03-01", 1) == Texts{"2104-02-29 00:00:00"});
  CHECK(DueUtc("59 23 31 * *", "2026-03-31 23:59", 2) == Texts{"2026-05-31 23:59:00", "2026-07-31 23:59:00"});
  // 29 February on a Sunday: a step keeps both days necessary.
  CHECK(DueUtc("0 0 29 2 */7", "2026-01-01", 2) == Texts{"2032-02-29 00:00:00", "2060-02-29 00:00:00"});
}

TEST_CASE("cron: what makes no sense is refused with the field and what is possible", "[schedule]") {
  CHECK_THAT(Refusal("60 * * * *"), Catch::Contains("minute") && Catch::Contains("60") && Catch::Contains("0-59"));
  CHECK_THAT(Refusal("0 24 * * *"), Catch::Contains("hour"));
  CHECK_THAT(Refusal("0 0 0 * *"), Catch::Contains("day of the month"));
  CHECK_THAT(Refusal("0 0 1 13 *"), Catch::Contains("month"));
  CHECK_THAT(Refusal("0 0 1 FOO *"), Catch::Contains("FOO") && Catch::Contains("JAN"));
  CHECK_THAT(Refusal("0 0 * * 8"), Catch::Contains("day of the week"));
  for (const char* minute : {"", "1-", "-1", "5-1", "*/0", "*/60", "5/10", "1,,2", ",", "a", "1-2-3", "*/-1", "99999999999"}) {
    if (*minute != '\0') CHECK_THAT(Refusal(std::string(minute) + " * * * *"), Catch::Contains("minute"));
  }
  CHECK_THAT(Refusal("* * * *"), Catch::Contains("has 4"));
  CHECK_THAT(Refusal(""), Catch::Contains("five fields"));
  CHECK_THAT(Refusal("0 0 30 2 *"), Catch::Contains("never comes"));
  CHECK_THAT(Refusal("@reboot"), Catch::Contains("@daily"));
}

TEST_CASE("cron: a local time that clocks leave out is made up for once", "[schedule]") {
  // Berlin, 2026-03-29: 02:00 becomes 03:00, at 01:00 UTC.
  CHECK(Due("30 2 * * *", Berlin(), "2026-03-28 12:00", 2) == Texts{"2026-03-29 01:00:00", "2026-03-30 00:30:00"});
  CHECK(Due("*/15 2 * * *", Berlin(), "2026-03-28 12:00", 2) == Texts{"2026-03-29 01:00:00", "2026-03-30 00:00:00"});
  // 02:00 is left out and 03:00 is the same instant: one run.
  CHECK(Due("0 2,3 * * *", Berlin(), "2026-03-28 12:00", 2) == Texts{"2026-03-29 01:00:00", "2026-03-30 00:00:00"});
  // The change itself is not due.
  CHECK(Due("0 5 * * *", Berlin(), "2026-03-28 12:00", 1) == Texts{"2026-03-29 03:00:00"});
}

TEST_CASE("cron: a local time that comes twice counts once", "[schedule]") {
  // Berlin, 2026-10-25: 03:00 becomes 02:00, at 01:00 UTC.
  CHECK(Due("30 2 * * *", Berlin(), "2026-10-24 12:00", 2) == Texts{"2026-10-25 00:30:00", "2026-10-26 01:30:00"});
  // Asked between the two.
  CHECK(Due("30 2 * * *", Berlin(), "2026-10-25 00:45", 1) == Texts{"2026-10-26 01:30:00"});
  CHECK(Due("30 2 * * *", Berlin(), "2026-10-25 01:10", 1) == Texts{"2026-10-26 01:30:00"});
  CHECK(Due("0 3 * * *", Berlin(), "2026-10-25 00:00", 1) == Texts{"2026-10-25 02:00:00"});
}

TEST_CASE("cron: hours with a star follow the time that passes", "[schedule]") {
  CHECK(Due("30 * * * *", Berlin(), "2026-10-24 23:45", 3) ==
        Texts{"2026-10-25 00:30:00", "2026-10-25 01:30:00", "2026-10-25 02:30:00"});
  CHECK(Due("30 * * * *", Berlin(), "2026-03-29 00:00", 3) ==
        Texts{"2026-03-29 00:30:00", "2026-03-29 01:30:00", "2026-03-29 02:30:00"});
}

TEST_CASE("cron: walking a year gives each due time once, in order", "[schedule]") {
  const Cron daily = Cron::Parse("30 2 * * *").value();
  const Cron hourly = Cron::Parse("0 * * * *").value();
  int days = 0;
  int hours = 0;
  const std::int64_t end = At("2027-01-01");
  for (std::int64_t at = At("2026-01-01"); (at = *daily.Next(Berlin(), at, 0)) < end;) ++days;
  for (std::int64_t at = At("2026-01-01") - 1; (at = *hourly.Next(Berlin(), at, 0)) < end;) ++hours;
  CHECK(days == 365);
  CHECK(hours == 365 * 24);
}

}  // namespace
}  // namespace mrd::jobtracker::test
