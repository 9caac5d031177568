#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mrd::mapred {

// The parts of "attempt_<start>_<job>_m_000003_0". Kinds: 'm' map, 'r' reduce, 'c' the job's commit, 'a' its abort, 'w' a
// whole job in one worker. How ids are made: engine/ids.h.
struct AttemptName {
  std::string job_id;  // "job_<start>_<job>"
  char kind = 'm';
  std::uint32_t number = 0;   // of the task
  std::uint32_t attempt = 0;  // from 0

  std::string TaskId() const;
  std::string ToString() const;
};

// Nothing for text of another form.
std::optional<AttemptName> ParseAttemptId(std::string_view text);
// "task_<start>_<job>_m_000003"; `attempt` is 0 in the result.
std::optional<AttemptName> ParseTaskId(std::string_view text);
// Whether `text` is "job_<digits>_<four digits or more>".
bool IsJobId(std::string_view text);
// "job_1709633520000_0007" from the jobtracker's start and the job's number.
std::string JobId(std::uint64_t start_ms, std::uint32_t number);

}  // namespace mrd::mapred
