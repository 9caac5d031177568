#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "jobtracker/core/core.h"
#include "jobtracker/core/job.h"
#include "jobtracker/core/places.h"
#include "jobtracker/core/tracker.h"

namespace mrd::jobtracker {

// What one user has of one queue.
struct UserUse {
  std::uint32_t jobs = 0;  // admitted
  std::array<std::uint32_t, kSlotKinds> slots{};
};

// A queue: under Policy::kFair the jobs that share a pool.
struct Pool {
  std::string name;
  QueueOptions options;
  bool configured = true;  // false: taken out while jobs were in it
  std::uint32_t admitted = 0;
  std::map<std::pair<Priority, std::uint64_t>, Job*> waiting;  // by priority and age
  std::map<std::string, UserUse> users;
  std::array<std::uint32_t, kSlotKinds> running{};  // attempts
  std::array<std::uint32_t, kSlotKinds> pending{};  // tasks of admitted jobs
  std::array<std::int64_t, kSlotKinds> below_min_since{kNever, kNever, kNever};
  std::array<std::int64_t, kSlotKinds> below_fair_since{kNever, kNever, kNever};
};

struct JobBefore {
  bool operator()(const Job* a, const Job* b) const {
    return std::pair(a->priority, a->order) < std::pair(b->priority, b->order);
  }
};

// All that the core knows, and what the running operation has caused. Its parts are changed by the functions of
// attempt_life, job_life, tracker_life and scheduler.
struct State {
  explicit State(CoreOptions options_);

  const CoreOptions options;
  Instant now;              // of the running operation
  bool recovering = true;   // records are applied: nothing is emitted, ordered or scheduled
  std::uint32_t life = 0;
  std::uint64_t last_record = 0;
  std::uint64_t last_sync = 0;   // number of the last record with `sync`
  std::uint64_t last_job = 0;    // Job::order
  std::uint64_t last_launch = 0;
  std::uint64_t last_token = 0;

  std::map<std::string, std::unique_ptr<Job>, std::less<>> jobs;
  std::map<std::uint64_t, Job*> by_age;   // all
  std::map<std::uint64_t, Job*> active;   // not over
  std::vector<std::unique_ptr<Tracker>> trackers;
  std::map<std::string, Tracker*, std::less<>> tracker_names;
  std::vector<std::vector<Tracker*>> host_trackers;  // by number of the host
  std::set<std::string> excluded_hosts;
  std::set<std::uint32_t> draining;  // ids: excluded, not yet told to leave
  std::map<std::string, Pool, std::less<>> pools;
  std::uint32_t admitted = 0;
  Places places;
  std::uint32_t usable_trackers = 0;
  std::array<std::uint64_t, kSlotKinds> usable_slots{};

  // For the scheduler.
  std::array<std::set<Job*, JobBefore>, kSlotKinds> ready;  // have something that may be started
  std::array<std::set<std::pair<std::int64_t, std::uint32_t>>, kSlotKinds> free;  // least loaded trackers first
  // A tracker that is kept free of others until this job's next task, which needs much memory, fits.
  std::map<std::uint32_t, std::uint64_t> reserved;  // by tracker id: Job::order
  std::set<std::uint32_t> freed_trackers;  // ids: got a free slot or memory
  std::set<std::uint64_t> changed_jobs;    // got something to start
  std::set<std::uint64_t> held_jobs;       // hold maps back for locality
  std::set<std::uint64_t> untold_jobs;     // have outputs that their followers do not know
  std::int64_t next_periodic = 0;  // slow tasks, shares, memory
  std::int64_t next_expiry = 0;    // no tracker is lost before

  // What the operation has caused.
  std::vector<Record> records;
  std::set<std::uint32_t> woken_trackers;  // ids
  std::set<std::string> touched_jobs;
  std::int64_t wake_at = kNever;

  Job* FindJob(std::string_view id) const;
  Tracker* FindTracker(std::string_view name) const;
  // The attempt, or an empty reference.
  AttemptRef FindAttempt(const AttemptName& name) const;
  Result<Job*> NeedJob(std::string_view id) const;
  Pool& PoolOf(const std::string& queue);

  void Emit(RecordBody body, bool sync = false);
  void Order(Tracker& tracker, OrderQueue::Body body);
  // The job has changed in a way that people see.
  void Touch(Job& job);
  void WakeAt(std::int64_t mono_ms);
  Effects TakeEffects();

  // Keeps the scheduler's sets true; call after whatever may have changed them.
  void UpdateFree(Tracker& tracker);
  void UpdateReady(Job& job);
  // Number of pending tasks of a lane, also within the pool.
  void AddPending(Job& job, SlotKind kind, int delta);
};

}  // namespace mrd::jobtracker
