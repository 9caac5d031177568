#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/counters.h"
#include "engine/ledger.h"
#include "engine/manifest.h"
#include "mapred/ids.h"

// What goes into the decisions of jobtracker/core. Sizes are bytes.
namespace mrd::jobtracker {

using mapred::AttemptName;

// The moment of an event: monotonic time decides, wall time (since 1970) is only kept for people.
struct Instant {
  std::int64_t mono_ms = 0;
  std::int64_t wall_ms = 0;
};

// The letters are those of identifiers (mapred/ids.h).
enum class TaskKind : char { kMap = 'm', kReduce = 'r', kCommit = 'c', kAbort = 'a', kWhole = 'w' };

enum class Priority { kVeryHigh, kHigh, kNormal, kLow, kVeryLow };
std::string_view PriorityName(Priority priority);  // "VERY_HIGH"
std::optional<Priority> ParsePriority(std::string_view name);

enum class JobState {
  kPrep,        // Accepted; no task was started yet.
  kRunning,
  kCommitting,  // All tasks are done; one attempt publishes their output.
  kEnding,      // Failed or killed; its attempts end and its leavings are removed.
  kSucceeded,
  kFailed,
  kKilled,
};
std::string_view JobStateName(JobState state);
constexpr bool IsOver(JobState state) { return state >= JobState::kSucceeded; }

enum class AttemptState { kRunning, kCommitPending, kSucceeded, kFailed, kKilled };
std::string_view AttemptStateName(AttemptState state);  // "COMMIT_PENDING"
constexpr bool IsOver(AttemptState state) { return state >= AttemptState::kSucceeded; }

enum class TaskState { kPending, kRunning, kSucceeded, kFailed, kKilled };
std::string_view TaskStateName(TaskState state);

enum class Phase { kStarting, kMap, kShuffle, kSort, kReduce, kCommit };

// As FailureKindProto.
enum class FailureKind { kUser, kCrash, kTimeout, kMemory, kDisk, kInput, kShuffle, kTracker, kOutput };

enum class Locality { kNode, kRack, kOther, kNone };  // kNone: the split names no hosts, or the task has no split.
std::string_view LocalityName(Locality locality);      // "node", "rack", "other", "none"

struct SplitSummary {
  std::uint64_t bytes = 0;
  std::vector<std::string> hosts;  // best first; none: anywhere is as good
};

// What a job's configuration says about its scheduling; the service reads the keys. 0 of a limit means none.
struct JobSettings {
  std::uint32_t reduces = 0;
  // There is something to publish or remove in a file system: COMMIT after the last task, ABORT after a failure.
  bool has_output = true;
  // Maps ask for a grant before they publish files of their own: jobs without reduces, or that keep what maps skip.
  bool maps_publish = false;

  bool whole_enabled = true;                       // mapreduce.job.ubertask.enable
  std::uint32_t whole_maps_max = 9;                // …maxmaps
  std::uint32_t whole_reduces_max = 1;             // …maxreduces
  std::uint64_t whole_bytes_max = 64ull << 20;     // …maxbytes

  std::uint32_t map_attempts_max = 4;              // mapreduce.map.maxattempts
  std::uint32_t reduce_attempts_max = 4;
  double map_failures_percent = 0;                 // mapreduce.map.failures.maxpercent
  double reduce_failures_percent = 0;
  std::uint32_t tracker_failures_max = 3;          // mapreduce.job.maxtaskfailures.per.tracker
  double slow_start = 0.05;                        // mapreduce.job.reduce.slowstart.completedmaps
  std::uint32_t running_maps_max = 0;              // mapreduce.job.running.map.limit
  std::uint32_t running_reduces_max = 0;
  std::uint64_t map_memory = 0;                    // asked of a tracker with bounded memory
  std::uint64_t reduce_memory = 0;
  bool map_speculative = true;
  bool reduce_speculative = true;
  double speculative_cap = 0.1;                    // share of running tasks that may have a second attempt
  double slow_task_threshold = 1.0;                // standard deviations
  std::uint32_t skip_start_attempts = 2;           // mapreduce.task.skip.start.attempts
  std::uint64_t skip_map_records = 0;              // mapreduce.map.skip.maxrecords
  std::uint64_t skip_reduce_groups = 0;            // mapreduce.reduce.skip.maxgroups
  // How long a task whose hosts are busy is kept from other hosts, and as long again from other racks. Not set: as
  // CoreOptions says.
  std::optional<std::int64_t> locality_wait_ms;    // mapreduce.job.locality wait
};

// A job as it is handed in. Its text (spec, splits as the plugin needs them) stays with the caller.
struct JobSubmission {
  std::string id;
  std::string name;
  std::string user;
  std::string queue;
  Priority priority = Priority::kNormal;
  JobSettings settings;
  std::vector<SplitSummary> splits;
};

// A tracker as it registers.
struct TrackerInfo {
  std::string name;
  std::string host;
  std::string rack;               // "": /default-rack
  std::uint16_t http_port = 0;
  std::uint16_t shuffle_port = 0;
  std::uint32_t map_slots = 0;
  std::uint32_t reduce_slots = 0;
  std::uint64_t memory = 0;       // for attempts, all together; 0: not bounded
  std::uint64_t start_ms = 0;     // of the process: another one under the same name means that the first is dead
};

// What a finished task left, as far as the job's sums and its commit need it.
struct TaskResult {
  engine::Counters counters;
  engine::Ledger ledger;
  std::vector<engine::ManifestPart> parts;
  std::uint64_t output_bytes = 0;  // of a map: kept on the tracker for reduces
};

// What a tracker says about one attempt.
struct AttemptReport {
  AttemptName attempt;
  AttemptState state = AttemptState::kRunning;
  Phase phase = Phase::kStarting;
  double progress = 0;            // 0 … 1 of the attempt
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  FailureKind failure = FailureKind::kUser;  // kFailed
  std::optional<std::uint64_t> bad_record;   // kFailed: what the plugin failed at (FailureProto.badRecord)
  std::string message;                       // kFailed, kKilled: for people, one paragraph
  TaskResult result;                         // kSucceeded
};

struct FetchFailure {
  AttemptName map;
  AttemptName reduce;
  std::string reason;
  bool damaged = false;           // It was there, but with a wrong checksum.
};

struct TrackerReport {
  std::string tracker;
  std::vector<AttemptReport> attempts;
  std::vector<FetchFailure> fetch_failures;
  std::vector<std::string> troubles;   // sentences, all that hold now
  std::uint64_t free_disk = 0;
};

}  // namespace mrd::jobtracker
