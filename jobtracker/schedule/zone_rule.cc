#include "jobtracker/schedule/zone_rule.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

namespace mrd::jobtracker {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::min();

int YearOf(std::int64_t local_s) {
  using namespace std::chrono;
  return static_cast<int>(year_month_day(floor<days>(sys_seconds(seconds(local_s)))).year());
}

}  // namespace

class ZoneRule::Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}
  bool done() const { return left_.empty(); }
  bool Take(char expected) {
    if (left_.empty() || left_.front() != expected) return false;
    left_.remove_prefix(1);
    return true;
  }
  // Letters, or anything in angle brackets.
  bool Name() {
    std::size_t size = 0;
    if (Take('<')) {
      size = left_.find('>');
      if (size == std::string_view::npos || size == 0) return false;
      left_.remove_prefix(size + 1);
      return true;
    }
    while (size < left_.size() && std::isalpha(static_cast<unsigned char>(left_[size])) != 0) ++size;
    left_.remove_prefix(size);
    return size >= 3;
  }
  std::optional<int> Number(int min, int max) {
    int value = 0;
    std::size_t digits = 0;
    while (digits < left_.size() && digits < 4 && std::isdigit(static_cast<unsigned char>(left_[digits])) != 0) {
      value = value * 10 + (left_[digits++] - '0');
    }
    if (digits == 0 || value < min || value > max) return std::nullopt;
    left_.remove_prefix(digits);
    return value;
  }
  // [+-]hh[:mm[:ss]]
  std::optional<std::int64_t> Time(int hours_max) {
    const bool minus = Take('-');
    if (!minus) (void)Take('+');
    const std::optional<int> hours = Number(0, hours_max);
    if (!hours) return std::nullopt;
    std::int64_t seconds = std::int64_t{*hours} * 3600;
    for (const int unit : {60, 1}) {
      if (!Take(':')) break;
      const std::optional<int> part = Number(0, 59);
      if (!part) return std::nullopt;
      seconds += std::int64_t{*part} * unit;
    }
    return minus ? -seconds : seconds;
  }
  bool Day(Change* change) {
    if (Take('M')) {
      const std::optional<int> month = Number(1, 12);
      const std::optional<int> week = month && Take('.') ? Number(1, 5) : std::nullopt;
      const std::optional<int> day = week && Take('.') ? Number(0, 6) : std::nullopt;
      if (!day) return false;
      *change = {DayKind::kWeekday, *month, *week, *day, change->time_s};
    } else {
      const bool julian = Take('J');
      const std::optional<int> day = Number(julian ? 1 : 0, 365);
      if (!day) return false;
      *change = {julian ? DayKind::kJulian : DayKind::kZeroBased, 1, 1, *day, change->time_s};
    }
    if (!Take('/')) return true;
    const std::optional<std::int64_t> time = Time(167);
    if (time) change->time_s = *time;
    return time.has_value();
  }

 private:
  std::string_view left_;
};

Result<ZoneRule> ZoneRule::Parse(std::string_view text) {
  const Status wrong = InvalidArgument("\"" + std::string(text.substr(0, 100)) +
                                       "\" is no rule of a time zone; one looks like CET-1CEST,M3.5.0,M10.5.0/3");
  ZoneRule rule;
  Reader reader(text);
  if (!reader.Name()) return wrong;
  const std::optional<std::int64_t> standard = reader.Time(24);
  if (!standard) return wrong;
  rule.standard_s_ = -*standard;  // POSIX counts west of Greenwich
  if (reader.done()) return rule;
  if (!reader.Name()) return wrong;
  rule.summer_s_ = rule.standard_s_ + 3600;
  if (!reader.Take(',')) {
    const std::optional<std::int64_t> summer = reader.Time(24);
    if (!summer || !reader.Take(',')) return wrong;
    rule.summer_s_ = -*summer;
  }
  std::array<Change, 2> changes;
  if (!reader.Day(&changes[0]) || !reader.Take(',') || !reader.Day(&changes[1]) || !reader.done()) return wrong;
  rule.changes_ = changes;
  return rule;
}

std::int64_t ZoneRule::LocalOf(const Change& change, int year) {
  using namespace std::chrono;
  const std::chrono::year y(year);
  std::int64_t day = 0;
  if (change.kind == DayKind::kWeekday) {
    const std::chrono::month m(static_cast<unsigned>(change.month));
    const weekday wanted(static_cast<unsigned>(change.day));
    // The fifth means the last.
    const sys_days date = change.week == 5 ? sys_days(y / m / wanted[last])
                                           : sys_days(y / m / wanted[static_cast<unsigned>(change.week)]);
    day = date.time_since_epoch().count();
  } else {
    day = sys_days(y / January / 1).time_since_epoch().count() + change.day;
    if (change.kind == DayKind::kJulian) {
      --day;  // from 1, and 29 February is never counted
      if (y.is_leap() && change.day >= 60) ++day;
    }
  }
  return day * kDaySeconds + change.time_s;
}

ZoneSpan ZoneRule::At(std::int64_t instant_s) const {
  if (!changes_) return {standard_s_, kAlways, kForever};
  const int year = YearOf(instant_s + standard_s_);
  std::array<std::pair<std::int64_t, std::int64_t>, 6> changes;  // instant, offset from then on
  for (int i = 0; i < 3; ++i) {
    const auto at = static_cast<std::size_t>(2 * i);
    changes[at] = {LocalOf((*changes_)[0], year - 1 + i) - standard_s_, summer_s_};
    changes[at + 1] = {LocalOf((*changes_)[1], year - 1 + i) - summer_s_, standard_s_};
  }
  std::sort(changes.begin(), changes.end());
  const auto next = std::upper_bound(changes.begin(), changes.end(), instant_s,
                                     [](std::int64_t instant, const auto& change) { return instant < change.first; });
  // Six changes over three years have the middle one between them.
  const auto last = std::prev(next == changes.begin() ? std::next(next) : next);
  return {last->second, last->first, next == changes.end() ? kForever : next->first};
}

}  // namespace mrd::jobtracker
