#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jobtracker/core/reasons.h"
#include "jobtracker/core/types.h"

// What people are shown. Copies: valid as long as one likes. Times are wall milliseconds, 0 when it has not happened.
namespace mrd::jobtracker {

struct WaitingTasks {
  Reason reason;
  std::uint32_t tasks = 0;
};

struct JobView {
  std::string id;
  std::string name;
  std::string user;
  std::string queue;
  Priority priority = Priority::kNormal;
  JobState state = JobState::kPrep;
  std::uint64_t version = 0;  // rises with each change
  std::int64_t submit_ms = 0;
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  double map_progress = 0;     // 0 … 1
  double reduce_progress = 0;
  std::uint32_t maps = 0;
  std::uint32_t reduces = 0;
  std::uint32_t maps_done = 0;
  std::uint32_t reduces_done = 0;
  std::uint32_t maps_running = 0;      // attempts
  std::uint32_t reduces_running = 0;
  std::uint32_t attempts_failed = 0;
  std::uint32_t attempts_killed = 0;
  std::string failure;
  bool whole = false;
  std::uint64_t records = 0;           // read by maps so far
  std::uint64_t bytes = 0;
  std::uint64_t input_bytes = 0;
  std::vector<WaitingTasks> waiting;   // most tasks first
};

struct AttemptView {
  AttemptName attempt;
  AttemptState state = AttemptState::kRunning;
  Phase phase = Phase::kStarting;
  double progress = 0;
  std::string tracker;
  std::string host;
  std::uint16_t http_port = 0;
  Locality locality = Locality::kNone;
  bool speculative = false;
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::optional<FailureKind> failure;
  std::string message;
};

struct TaskView {
  std::string id;
  TaskKind kind = TaskKind::kMap;
  std::uint32_t number = 0;
  TaskState state = TaskState::kPending;
  double progress = 0;
  std::optional<Reason> waiting;       // whenever it is kPending, and for a held grant
  std::vector<AttemptView> attempts;
};

struct TaskPage {
  std::vector<TaskView> tasks;
  std::uint32_t total = 0;
};

// What became of an attempt, in the order in which it did.
enum class EventStatus { kSucceeded, kFailed, kKilled, kObsolete, kTipFailed };
std::string_view EventStatusName(EventStatus status);  // "TIPFAILED"
struct TaskEvent {
  std::uint32_t number = 0;  // from 1, within the job
  EventStatus status = EventStatus::kSucceeded;
  AttemptName attempt;
  std::string tracker;
  std::string host;
  std::uint16_t http_port = 0;
  std::int64_t at_ms = 0;
};

enum class TrackerState { kLive, kLost, kBlacklisted, kDecommissioned };
std::string_view TrackerStateName(TrackerState state);  // "LIVE"

struct TrackerView {
  TrackerInfo info;
  TrackerState state = TrackerState::kLive;
  std::optional<Reason> unused;         // why not live
  std::optional<Reason> idle_map;       // why a free slot stays free
  std::optional<Reason> idle_reduce;
  std::uint32_t running_maps = 0;       // attempts in slots
  std::uint32_t running_reduces = 0;
  std::uint64_t used_memory = 0;
  std::int64_t last_report_ms = 0;
  std::uint64_t failures = 0;           // of attempts, since it registered first
  std::uint64_t free_disk = 0;
  std::vector<std::string> troubles;
};

struct QueueView {
  std::string name;
  bool stopped = false;
  std::uint32_t running_jobs = 0;
  std::uint32_t waiting_jobs = 0;
  double weight = 1;
  std::uint32_t min_share = 0;          // maps and reduces
  std::uint32_t running_tasks = 0;
  double fair_share = 0;                // slots; 0 under Policy::kFifo
};

struct ClusterView {
  std::vector<TrackerView> trackers;    // by name
  std::vector<QueueView> queues;        // by name
  std::uint32_t running_jobs = 0;
};

// Sums over a job's finished tasks; of a job that is over, as they were then.
struct JobResult {
  engine::Counters counters;
  engine::Ledger ledger;
};

// What the COMMIT attempt of a job publishes.
struct CommitWork {
  std::vector<std::string> tasks;                 // ids of those that published something
  std::vector<engine::ManifestPart> parts;        // sorted by name
  engine::Ledger ledger;
};

}  // namespace mrd::jobtracker
