#include "jobtracker/schedule/cron.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <utility>

namespace mrd::jobtracker {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNicknames = {{
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
    {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
}};
constexpr std::string_view kEvery = "@every ";
constexpr std::int64_t kPeriodMax = 366 * 86'400;

std::int64_t UnitSeconds(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3'600;
    case 'd': return 86'400;
    default: return 0;
  }
}

// "1h30m" in seconds; 0 for anything else.
std::int64_t ReadPeriod(std::string_view text) {
  std::int64_t total = 0;
  while (!text.empty()) {
    std::int64_t number = 0;
    std::size_t digits = 0;
    while (digits < text.size() && digits < 9 && std::isdigit(static_cast<unsigned char>(text[digits])) != 0) {
      number = number * 10 + (text[digits++] - '0');
    }
    if (digits == 0 || digits == text.size()) return 0;
    const std::int64_t unit = UnitSeconds(text[digits]);
    if (unit == 0) return 0;
    total += number * unit;
    text.remove_prefix(digits + 1);
  }
  return total;
}

}  // namespace

Result<Cron> Cron::Parse(std::string_view text) {
  Cron cron;
  if (text.starts_with(kEvery)) {
    cron.period_s_ = ReadPeriod(text.substr(kEvery.size()));
    if (cron.period_s_ >= 1 && cron.period_s_ <= kPeriodMax) return cron;
    return InvalidArgument("\"" + std::string(text.substr(0, 100)) +
                           "\": @every takes a period from 1s to 366d, such as 90s, 5m, 1h30m or 2d");
  }
  if (text.starts_with('@')) {
    const auto* const found = std::find_if(kNicknames.begin(), kNicknames.end(), [&](const auto& name) { return name.first == text; });
    if (found == kNicknames.end()) {
      return InvalidArgument("\"" + std::string(text.substr(0, 100)) +
                             "\" is not known: @yearly, @monthly, @weekly, @daily, @hourly, @every PERIOD, or five fields");
    }
    text = found->second;
  }
  MRD_ASSIGN_OR_RETURN(cron.calendar_, Calendar::Parse(text));
  return cron;
}

std::optional<std::int64_t> Cron::Next(const TimeZone& zone, std::int64_t after_s, std::int64_t anchor_s) const {
  if (calendar_) return NextOfCalendar(zone, std::max(after_s, anchor_s));
  const std::int64_t passed = std::max<std::int64_t>(after_s - anchor_s, 0) / period_s_;
  return anchor_s + (passed + 1) * period_s_;
}

std::optional<std::int64_t> Cron::NextOfCalendar(const TimeZone& zone, std::int64_t after_s) const {
  // One span of the zone after the other: within it local time runs as the real one does.
  for (std::int64_t from = after_s + 1;;) {
    const ZoneSpan span = zone.At(from);
    std::int64_t local = from + span.offset_s;
    if (!calendar_->every_hour() && span.since_s != std::numeric_limits<std::int64_t>::min()) {
      const std::int64_t before = zone.At(span.since_s - 1).offset_s;
      if (before < span.offset_s && from == span.since_s) {
        // Clocks go forward here: what they leave out is due now.
        const std::optional<std::int64_t> left_out = calendar_->NextLocal(span.since_s + before);
        if (left_out && *left_out < span.since_s + span.offset_s) return from;
      }
      // Clocks went back here: what they showed before does not count again.
      if (before > span.offset_s) local = std::max(local, span.since_s + before);
    }
    const std::optional<std::int64_t> next = calendar_->NextLocal(local);
    if (!next) return std::nullopt;
    if (*next - span.offset_s < span.until_s) return *next - span.offset_s;
    from = span.until_s;
  }
}

}  // namespace mrd::jobtracker
