#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Keys of the job store; their meaning stands in docs/formats.md. Never change.
namespace mrd::jobtracker {

inline constexpr std::string_view kRecordPrefix = "record/";
inline constexpr std::string_view kSpecPrefix = "spec/";
inline constexpr std::string_view kSplitsPrefix = "splits/";
inline constexpr std::string_view kRetiredPrefix = "retired/";
inline constexpr std::string_view kDutyPrefix = "duty/";
inline constexpr std::string_view kScheduleStatePrefix = "schedule/";
inline constexpr std::string_view kScheduleJobPrefix = "schedule-job/";
inline constexpr std::string_view kSchedulePackPrefix = "schedule-pack/";
inline constexpr std::string_view kStartKey = "start";

// So many splits lie under one key.
inline constexpr std::size_t kSplitsPerChunk = 500;

// Hexadecimal, so that keys sort as numbers do.
std::string RecordKey(std::uint64_t number);
std::optional<std::uint64_t> RecordNumber(std::string_view key);
std::string SpecKey(std::string_view job);
std::string SplitsKey(std::string_view job, std::size_t chunk);
// All chunks of one job begin with this.
std::string SplitsKeyPrefix(std::string_view job);
std::string RetiredKey(std::string_view job);
std::string ScheduleStateKey(std::string_view schedule);
std::string ScheduleJobKey(std::string_view schedule);
std::string SchedulePackKey(std::string_view job);
// What is still to be done for a job that has ended: "history", "notify".
std::string DutyKey(std::string_view job, std::string_view duty);

}  // namespace mrd::jobtracker
