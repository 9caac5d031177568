#include "jobtracker/journal/store_keys.h"

#include <charconv>

namespace mrd::jobtracker {
namespace {

std::string Hex(std::uint64_t number, std::size_t digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(digits, '0');
  for (std::size_t i = digits; i > 0; --i) {
    text[i - 1] = kDigits[number & 15];
    number >>= 4;
  }
  return text;
}

}  // namespace

std::string RecordKey(std::uint64_t number) { return std::string(kRecordPrefix) + Hex(number, 16); }

std::optional<std::uint64_t> RecordNumber(std::string_view key) {
  if (!key.starts_with(kRecordPrefix)) return std::nullopt;
  key.remove_prefix(kRecordPrefix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number, 16);
  if (key.size() != 16 || error != std::errc() || end != key.data() + key.size()) return std::nullopt;
  return number;
}

std::string SpecKey(std::string_view job) { return std::string(kSpecPrefix).append(job); }
std::string SplitsKeyPrefix(std::string_view job) { return std::string(kSplitsPrefix).append(job).append("/"); }
std::string SplitsKey(std::string_view job, std::size_t chunk) { return SplitsKeyPrefix(job) + Hex(chunk, 8); }
std::string RetiredKey(std::string_view job) { return std::string(kRetiredPrefix).append(job); }
std::string ScheduleStateKey(std::string_view schedule) { return std::string(kScheduleStatePrefix).append(schedule); }
std::string ScheduleJobKey(std::string_view schedule) { return std::string(kScheduleJobPrefix).append(schedule); }
std::string SchedulePackKey(std::string_view job) { return std::string(kSchedulePackPrefix).append(job); }
std::string DutyKey(std::string_view job, std::string_view duty) {
  return std::string(kDutyPrefix).append(job).append("/").append(duty);
}

}  // namespace mrd::jobtracker
