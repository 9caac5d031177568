#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jobtracker/core/bad_records.h"
#include "jobtracker/core/job_sums.h"
#include "jobtracker/core/pending_index.h"
#include "jobtracker/core/types.h"
#include "jobtracker/core/views.h"

// The state of jobs, tasks and attempts. Plain values; what happens to them stands in attempt_life, job_life and
// scheduler.
namespace mrd::jobtracker {

struct Job;
struct Pool;
struct Tracker;

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
inline constexpr std::uint32_t kNoAttempt = 0xffffffff;
// Attempts of one life of the jobtracker have numbers from life * kAttemptsPerLife.
inline constexpr std::uint32_t kAttemptsPerLife = 1'000;

// What a task needs a place for. COMMIT and ABORT are short and have a place of their own on each tracker, so that the
// end of a job never waits behind long tasks.
enum class SlotKind : std::uint8_t { kMap, kReduce, kEnd };
inline constexpr std::size_t kSlotKinds = 3;
constexpr std::size_t Index(SlotKind kind) { return static_cast<std::size_t>(kind); }
constexpr SlotKind SlotOf(TaskKind kind) {
  if (kind == TaskKind::kReduce) return SlotKind::kReduce;
  return kind == TaskKind::kCommit || kind == TaskKind::kAbort ? SlotKind::kEnd : SlotKind::kMap;
}

struct Attempt {
  std::uint32_t number = 0;
  AttemptState state = AttemptState::kRunning;
  Phase phase = Phase::kStarting;
  Locality locality = Locality::kNone;
  bool speculative = false;
  bool told = false;         // its tracker has spoken of it in this life
  bool kill_ordered = false;
  bool fail_when_killed = false;
  bool counted = false;      // within Task::fed
  FailureKind failure = FailureKind::kUser;
  double progress = 0;
  Tracker* tracker = nullptr;
  std::uint64_t launch = 0;  // rises with each launch: its age
  std::int64_t start_mono = 0;
  std::int64_t start_wall = 0;
  std::int64_t end_wall = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t memory = 0;
  std::string message;
};

struct Task {
  TaskKind kind = TaskKind::kMap;
  TaskState state = TaskState::kPending;
  std::uint32_t number = 0;
  std::uint32_t next_attempt = 0;
  std::uint32_t running = 0;             // attempts
  std::uint32_t failures = 0;            // in parts of CoreOptions::foreign_failure_divisor
  std::uint32_t done_by = kNoAttempt;    // index into attempts
  std::uint32_t granted = kNoAttempt;    // index: has leave to publish
  std::uint64_t token = 0;               // of that leave
  std::uint32_t past_shuffle = 0;        // of a reduce: attempts that have all map output
  bool output_lost = false;              // of a finished map whose output nobody needs at present
  double progress = 0;                   // within the job's sum
  std::vector<Attempt> attempts;
  std::vector<std::uint32_t> grants;     // indexes: all that ever had leave
  std::vector<const Tracker*> failed_on;
  std::unique_ptr<TaskShare> share;      // of a finished map
  std::unique_ptr<BadRecords> bad;       // of a task that failed, in a job that skips
  std::vector<engine::ManifestPart> parts;
};

// One attempt of one task; valid as long as the job is.
struct AttemptRef {
  Job* job = nullptr;
  Task* task = nullptr;
  std::uint32_t index = 0;

  Attempt& get() const { return task->attempts[index]; }
  AttemptName Name() const;
};

struct OutputEvent {
  std::uint32_t map = 0;
  std::uint32_t attempt = kNoAttempt;  // index; kNoAttempt: absent
  bool withdrawn = false;
};

// Progress rates of one kind of a job's finished tasks, for speculation.
struct Durations {
  std::uint64_t count = 0;
  double sum_ms = 0;
  double sum_squares = 0;

  void Add(double ms) {
    ++count;
    sum_ms += ms;
    sum_squares += ms * ms;
  }
  double Mean() const { return count == 0 ? 0 : sum_ms / static_cast<double>(count); }
  double Deviation() const;
};

// A job's tasks of one kind of slot as the scheduler sees them.
struct Lane {
  std::uint32_t pending = 0;      // tasks
  std::uint32_t running = 0;      // attempts in slots
  std::uint32_t speculating = 0;  // of these, second attempts
  std::uint32_t done = 0;         // tasks
  std::uint32_t failed = 0;       // tasks that were given up
  double progress = 0;            // sum over tasks
  Durations durations;
  std::vector<std::uint32_t> slow;  // tasks that deserve a second attempt, slowest first
};

struct Job {
  std::shared_ptr<const JobSubmission> sub;
  std::uint64_t order = 0;  // age
  std::uint32_t life = 0;   // of the jobtracker when it was handed in
  Priority priority = Priority::kNormal;
  Pool* pool = nullptr;
  JobState state = JobState::kPrep;
  bool admitted = false;
  bool whole = false;
  bool summary_only = false;   // recovered after it was over
  bool forgotten = false;      // trackers were told
  std::uint64_t version = 1;
  std::int64_t submit_wall = 0;
  std::int64_t start_wall = 0;
  std::int64_t end_wall = 0;
  JobState end_state = JobState::kSucceeded;  // while kEnding
  std::string failure;
  std::string kill_wish;       // killed while it commits: takes effect if the commit fails
  bool kill_wished = false;
  std::int64_t ending_since = 0;

  std::vector<Task> maps;      // of a whole job: its one task
  std::vector<Task> reduces;
  std::unique_ptr<Task> commit;
  std::unique_ptr<Task> abort;
  std::array<Lane, kSlotKinds> lanes;
  std::map<std::uint64_t, AttemptRef> running;  // by launch

  PendingIndex pending_maps;
  std::vector<std::vector<std::uint32_t>> map_hosts;  // numbers of Places
  std::vector<std::uint32_t> new_maps;                // became pending since the scheduler looked
  LazyQueue pending_reduces;
  std::int64_t locality_since = kNever;               // since when maps are held back for their hosts' sake
  std::uint32_t slow_start_maps = 0;                  // finished maps from which reduces start

  std::uint32_t reduces_fed = 0;  // unfinished reduces that have an attempt with all map output
  std::vector<OutputEvent> outputs;
  std::set<std::uint32_t> lost_maps;
  std::set<std::uint32_t> followers;  // ids of trackers that hear of outputs
  std::int64_t outputs_told_ms = 0;
  std::map<std::uint32_t, std::set<std::uint32_t>> fetch_failures;  // map -> reduces that failed to fetch it

  std::map<const Tracker*, std::uint32_t> tracker_failures;  // looked up, never walked
  std::set<const Tracker*> avoided;                          // looked up, never walked
  std::set<std::string> trackers;                            // by name: have had orders of this job
  Tracker* last_tracker = nullptr;                           // whose worker is warm

  JobSums sums;
  engine::Counters own_counters;  // launched, failed, local, …
  std::vector<TaskEvent> events;
  std::uint32_t attempts_failed = 0;
  std::uint32_t attempts_killed = 0;
  std::uint64_t input_bytes = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::int32_t shown_percent = -1;

  Lane& lane(SlotKind kind) { return lanes[Index(kind)]; }
  const Lane& lane(SlotKind kind) const { return lanes[Index(kind)]; }
  Task* FindTask(TaskKind kind, std::uint32_t number);
  const Task* FindTask(TaskKind kind, std::uint32_t number) const;
  // Whether some reduce may still fetch map output.
  bool NeedsOutputs() const { return lanes[1].done + lanes[1].failed + reduces_fed < reduces.size(); }
  bool MayRun() const { return admitted && (state == JobState::kPrep || state == JobState::kRunning); }
  std::uint64_t MemoryOf(TaskKind kind) const;
  std::uint32_t AttemptsMax(TaskKind kind) const;
  bool Publishes(TaskKind kind) const;
};

}  // namespace mrd::jobtracker
