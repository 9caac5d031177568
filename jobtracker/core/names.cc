#include <array>
#include <cstddef>
#include <string>

#include "jobtracker/core/orders.h"
#include "jobtracker/core/records.h"
#include "jobtracker/core/types.h"
#include "jobtracker/core/views.h"

namespace mrd::jobtracker {
namespace {

template <typename Enum, std::size_t kSize>
std::string_view NameOf(const std::array<std::string_view, kSize>& names, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < kSize ? names[index] : "UNKNOWN";
}

constexpr std::array<std::string_view, 5> kPriorities{"VERY_HIGH", "HIGH", "NORMAL", "LOW", "VERY_LOW"};

}  // namespace

std::string_view PriorityName(Priority priority) { return NameOf(kPriorities, priority); }

std::optional<Priority> ParsePriority(std::string_view name) {
  for (std::size_t i = 0; i < kPriorities.size(); ++i) {
    if (kPriorities[i] == name) return static_cast<Priority>(i);
  }
  return std::nullopt;
}

std::string_view JobStateName(JobState state) {
  constexpr std::array<std::string_view, 7> kNames{"PREP",      "RUNNING", "COMMITTING", "ENDING",
                                                   "SUCCEEDED", "FAILED",  "KILLED"};
  return NameOf(kNames, state);
}

std::string_view AttemptStateName(AttemptState state) {
  constexpr std::array<std::string_view, 5> kNames{"RUNNING", "COMMIT_PENDING", "SUCCEEDED", "FAILED", "KILLED"};
  return NameOf(kNames, state);
}

std::string_view TaskStateName(TaskState state) {
  constexpr std::array<std::string_view, 5> kNames{"PENDING", "RUNNING", "SUCCEEDED", "FAILED", "KILLED"};
  return NameOf(kNames, state);
}

std::string_view LocalityName(Locality locality) {
  constexpr std::array<std::string_view, 4> kNames{"node", "rack", "other", "none"};
  return NameOf(kNames, locality);
}

std::string_view EventStatusName(EventStatus status) {
  constexpr std::array<std::string_view, 5> kNames{"SUCCEEDED", "FAILED", "KILLED", "OBSOLETE", "TIPFAILED"};
  return NameOf(kNames, status);
}

std::string_view TrackerStateName(TrackerState state) {
  constexpr std::array<std::string_view, 4> kNames{"LIVE", "LOST", "BLACKLISTED", "DECOMMISSIONED"};
  return NameOf(kNames, state);
}

const std::string& JobOf(const RecordBody& body) {
  struct Visitor {
    const std::string& operator()(const LifeBegan&) const {
      static const std::string kNone;
      return kNone;
    }
    const std::string& operator()(const JobSubmitted& record) const { return record.job->id; }
    const std::string& operator()(const AttemptLaunched& record) const { return record.attempt.job_id; }
    const std::string& operator()(const AttemptEnded& record) const { return record.attempt.job_id; }
    const std::string& operator()(const OutputWithdrawn& record) const { return record.attempt.job_id; }
    const std::string& operator()(const CommitGranted& record) const { return record.attempt.job_id; }
    const std::string& operator()(const PrioritySet& record) const { return record.job; }
    const std::string& operator()(const JobEnding& record) const { return record.job; }
    const std::string& operator()(const JobEnded& record) const { return record.job; }
  };
  return std::visit(Visitor(), body);
}

}  // namespace mrd::jobtracker
