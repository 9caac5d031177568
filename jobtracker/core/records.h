#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "jobtracker/core/types.h"

// What must survive the process. The core hands records out and, given them back in their order, is what it was, but
// for progress and for attempts whose tracker does not come back.
namespace mrd::jobtracker {

// The process started (again): attempt numbers of this life are told from those of earlier ones.
struct LifeBegan {
  std::uint32_t life = 0;  // from 1
};

struct JobSubmitted {
  std::shared_ptr<const JobSubmission> job;
  std::uint64_t order = 0;  // rises with each job: its age
  std::uint32_t life = 0;   // in which it was handed in
  std::int64_t wall_ms = 0;
  bool whole = false;
};

struct AttemptLaunched {
  AttemptName attempt;
  std::string tracker;
  std::string host;
  std::uint16_t http_port = 0;
  std::uint16_t shuffle_port = 0;
  Locality locality = Locality::kNone;
  bool speculative = false;
  std::int64_t wall_ms = 0;
};

struct AttemptEnded {
  AttemptName attempt;
  AttemptState state = AttemptState::kSucceeded;
  FailureKind failure = FailureKind::kUser;
  std::string message;
  TaskResult result;  // kSucceeded
  std::int64_t wall_ms = 0;
  std::optional<std::uint64_t> bad_record = std::nullopt;  // kFailed
};

// A finished map's output is gone; the map runs again.
struct OutputWithdrawn {
  AttemptName attempt;
  std::string reason;
  std::int64_t wall_ms = 0;
};

struct CommitGranted {
  AttemptName attempt;
  std::uint64_t token = 0;  // rises with each grant
};

struct PrioritySet {
  std::string job;
  Priority priority = Priority::kNormal;
};

// The job will end in `state`: kFailed or kKilled. What it runs is killed, then an ABORT attempt follows.
struct JobEnding {
  std::string job;
  JobState state = JobState::kFailed;
  std::string failure;
};

// The job is over. From here on JobSubmitted and this one are enough for Recover; what lies between may be removed.
struct JobEnded {
  std::string job;
  JobState state = JobState::kSucceeded;
  std::string failure;
  std::int64_t start_wall_ms = 0;
  std::int64_t end_wall_ms = 0;
  std::uint32_t maps_done = 0;
  std::uint32_t reduces_done = 0;
  std::uint32_t attempts_failed = 0;
  std::uint32_t attempts_killed = 0;
  engine::Counters counters;
  engine::Ledger ledger;
};

using RecordBody = std::variant<LifeBegan, JobSubmitted, AttemptLaunched, AttemptEnded, OutputWithdrawn, CommitGranted,
                                PrioritySet, JobEnding, JobEnded>;

struct Record {
  std::uint64_t number = 0;  // rises by one
  bool sync = false;         // what follows from it must not leave before it is on the disk; others may follow later
  RecordBody body;
};

// The job that a record is about; "" for LifeBegan.
const std::string& JobOf(const RecordBody& body);

}  // namespace mrd::jobtracker
