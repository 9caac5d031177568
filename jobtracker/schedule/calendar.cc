#include "jobtracker/schedule/calendar.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <span>
#include <string>
#include <vector>

namespace mrd::jobtracker {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
// 29 February may be a certain weekday only every 28 years, and not at all around 2100.
constexpr int kYearsAhead = 41;
constexpr std::size_t kTextMax = 1'000;

constexpr std::array<std::string_view, 12> kMonthNames = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kDayNames = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct FieldKind {
  std::string_view name;
  unsigned min = 0;
  unsigned max = 0;
  std::span<const std::string_view> names;  // of the values from `min` on
};
constexpr FieldKind kMinute{"minute", 0, 59, {}};
constexpr FieldKind kHour{"hour", 0, 23, {}};
constexpr FieldKind kDay{"day of the month", 1, 31, {}};
constexpr FieldKind kMonth{"month", 1, 12, kMonthNames};
constexpr FieldKind kWeekday{"day of the week", 0, 7, kDayNames};

Status Wrong(const FieldKind& kind, std::string_view text) {
  return InvalidArgument("the " + std::string(kind.name) + " field has \"" + std::string(text) +
                         "\"; possible are *, " + std::to_string(kind.min) + "-" + std::to_string(kind.max) +
                         (kind.names.empty() ? "" : ", names like " + std::string(kind.names[0])) +
                         ", ranges a-b, steps */n and a-b/n, and lists of these with commas");
}

std::optional<unsigned> Value(const FieldKind& kind, std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  for (std::size_t i = 0; i < kind.names.size(); ++i) {
    if (upper == kind.names[i]) return kind.min + static_cast<unsigned>(i);
  }
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < kind.min || value > kind.max) return std::nullopt;
  return value;
}

// One part of a list: which values it adds.
template <typename Add>
bool ReadItem(const FieldKind& kind, std::string_view text, Add add) {
  unsigned step = 1;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || step == 0 || step > kind.max) return false;
    text = text.substr(0, slash);
  }
  unsigned first = kind.min;
  unsigned last = kind.max;
  const std::size_t dash = text.find('-');
  if (text == "*") {
    if (kind.max == 7) last = 6;  // Sunday once
  } else if (dash != std::string_view::npos) {
    const std::optional<unsigned> from = Value(kind, text.substr(0, dash));
    const std::optional<unsigned> to = Value(kind, text.substr(dash + 1));
    if (!from || !to) return false;
    first = *from;
    // FRI-SUN ends a week, it does not begin one.
    last = kind.max == 7 && *to == 0 && first > 0 ? 7 : *to;
    if (first > last) return false;
  } else {
    if (slash != std::string_view::npos) return false;  // 5/10: of what?
    const std::optional<unsigned> value = Value(kind, text);
    if (!value) return false;
    first = last = *value;
  }
  for (unsigned value = first; value <= last; value += step) add(value);
  return true;
}

template <typename Add>
Status ReadField(const FieldKind& kind, std::string_view text, Add add) {
  for (std::string_view left = text;;) {
    const std::size_t comma = left.find(',');
    if (!ReadItem(kind, left.substr(0, comma), add)) return Wrong(kind, text);
    if (comma == std::string_view::npos) return Status::Ok();
    left.remove_prefix(comma + 1);
  }
}

std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  constexpr std::string_view kBlanks = " \t";
  for (std::size_t at = text.find_first_not_of(kBlanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(kBlanks, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(kBlanks, end);
  }
  return words;
}

}  // namespace

Result<Calendar> Calendar::Parse(std::string_view text) {
  const std::vector<std::string_view> fields = Words(text);
  if (fields.size() != 5 || text.size() > kTextMax) {
    return InvalidArgument("a cron expression has five fields, minute, hour, day of the month, month and day of the week, "
                           "as in \"30 4 * * MON-FRI\"; \"" + std::string(text.substr(0, 100)) + "\" has " +
                           std::to_string(fields.size()));
  }
  Calendar calendar;
  MRD_RETURN_IF_ERROR(ReadField(kMinute, fields[0], [&](unsigned value) { calendar.minutes_.set(value); }));
  MRD_RETURN_IF_ERROR(ReadField(kHour, fields[1], [&](unsigned value) { calendar.hours_.set(value); }));
  MRD_RETURN_IF_ERROR(ReadField(kDay, fields[2], [&](unsigned value) { calendar.days_.set(value); }));
  MRD_RETURN_IF_ERROR(ReadField(kMonth, fields[3], [&](unsigned value) { calendar.months_.set(value); }));
  MRD_RETURN_IF_ERROR(ReadField(kWeekday, fields[4], [&](unsigned value) { calendar.weekdays_.set(value % 7); }));
  calendar.every_hour_ = fields[1].front() == '*';
  calendar.either_day_ = fields[2].front() != '*' && fields[4].front() != '*';
  if (!calendar.NextLocal(0)) {
    return InvalidArgument("\"" + std::string(text) + "\" names a date that never comes");
  }
  return calendar;
}

bool Calendar::MatchesDay(unsigned month_day, unsigned weekday) const {
  if (either_day_) return days_[month_day] || weekdays_[weekday];
  return days_[month_day] && weekdays_[weekday];
}

std::optional<std::int64_t> Calendar::NextLocal(std::int64_t from_local_s) const {
  using namespace std::chrono;
  const sys_seconds from = ceil<minutes>(sys_seconds(seconds(from_local_s)));
  sys_days day = floor<days>(from);
  auto minute_of_day = static_cast<unsigned>(duration_cast<minutes>(from - day).count());
  const year last_year = year_month_day(day).year() + years(kYearsAhead);
  while (true) {
    const year_month_day date(day);
    if (date.year() > last_year) return std::nullopt;
    if (!months_[static_cast<unsigned>(date.month())]) {
      day = sys_days((date.year() / date.month() + months(1)) / 1);
      minute_of_day = 0;
      continue;
    }
    if (MatchesDay(static_cast<unsigned>(date.day()), weekday(day).c_encoding())) {
      for (unsigned hour = minute_of_day / 60; hour < 24; ++hour) {
        if (!hours_[hour]) continue;
        for (unsigned minute = hour == minute_of_day / 60 ? minute_of_day % 60 : 0; minute < 60; ++minute) {
          if (minutes_[minute]) return day.time_since_epoch().count() * kDaySeconds + (hour * 60 + minute) * 60;
        }
      }
    }
    day += days(1);
    minute_of_day = 0;
  }
}

}  // namespace mrd::jobtracker
