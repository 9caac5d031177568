#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "jobtracker/schedule/time_zone.h"

namespace mrd::jobtracker::test {

// "2026-03-29 01:30" as seconds since 1970, in UTC.
inline std::int64_t At(const std::string& text) {
  using namespace std::chrono;
  const auto part = [&](std::size_t at, std::size_t size) { return std::stoi(text.substr(at, size)); };
  const sys_days day = year(part(0, 4)) / month(static_cast<unsigned>(part(5, 2))) / std::chrono::day(static_cast<unsigned>(part(8, 2)));
  std::int64_t seconds = day.time_since_epoch().count() * 86'400;
  if (text.size() >= 16) seconds += part(11, 2) * 3600 + part(14, 2) * 60;
  if (text.size() >= 19) seconds += part(17, 2);
  return seconds;
}

// And back, with seconds.
inline std::string Text(std::int64_t instant_s) {
  using namespace std::chrono;
  const sys_seconds time{seconds(instant_s)};
  const year_month_day date(floor<days>(time));
  const hh_mm_ss clock(time - floor<days>(time));
  const auto two = [](auto value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) + "-" +
         two(static_cast<unsigned>(date.day())) + " " + two(clock.hours().count()) + ":" + two(clock.minutes().count()) +
         ":" + two(clock.seconds().count());
}

// As in Berlin since 1996, whatever the machine's zone database is.
inline TimeZone Berlin() { return TimeZone::Load(Env::Posix(), "CET-1CEST,M3.5.0,M10.5.0/3").value(); }

}  // namespace mrd::jobtracker::test
