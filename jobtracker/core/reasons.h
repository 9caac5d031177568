#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mrd::jobtracker {

// Why something waits, stays idle or is not used.
enum class ReasonCode {
  // A task.
  kNoTracker,         // No tracker is registered.
  kNoUsableTracker,   // Trackers are there, but none may be used: lost, blacklisted, excluded, or not for this job.
  kNoFreeSlot,        // Every slot of its kind is taken.
  kOtherJobsFirst,    // A slot is free but belongs to others by share, or others are served first.
  kWaitsForLocality,  // A slot is free elsewhere; one near the data is waited for.
  kWaitsForMaps,      // Reduces start when enough maps are done.
  kTaskLimit,         // The job's own limit of running tasks.
  kUserLimit,         // The queue's limit of slots for one user.
  kQueueJobLimit,     // The queue's or the cluster's limit of running jobs.
  kUserJobLimit,      // The queue's limit of running jobs of one user.
  kMemory,            // Slots are free, but not enough memory beside them.
  kMemoryNever,       // No tracker has as much memory as is asked for.
  kAvoidsTrackers,    // Only trackers are free on which this task failed or which the job does not use any more.
  kWaitsForTracker,   // Since the jobtracker's start the tracker that ran it has not been heard of.
  kWaitsForGrant,     // Its output is ready; another attempt of the task has leave to publish.
  kJobEnds,           // The job failed or was killed.
  kAttemptsEnd,       // ABORT waits until the job's attempts have ended.
  // A slot.
  kNoWork,            // Nothing of its kind waits.
  kWorkIsElsewhere,   // What waits, waits for slots near its data.
  kWorkIsHeld,        // What waits is held back by limits or by slow start.
  kWorkNeedsMemory,   // What waits asks for more memory than is free here.
  kWorkAvoidsTracker, // What waits does not use this tracker.
  // A tracker.
  kLost,              // Silent for too long.
  kBlacklisted,       // Too many faults.
  kExcluded,          // By the host lists: it gets no new work.
};

// A reason as data. The numbers mean what Text() makes of them.
struct Reason {
  ReasonCode code = ReasonCode::kNoWork;
  std::string subject;          // a queue, a user, a tracker, …
  std::int64_t have = 0;
  std::int64_t want = 0;
  std::int64_t remaining_ms = 0;

  std::string_view Name() const;  // "NO_FREE_SLOT"
  std::string Text() const;       // One sentence.
  friend bool operator==(const Reason&, const Reason&) = default;
};

}  // namespace mrd::jobtracker
