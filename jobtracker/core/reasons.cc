#include "jobtracker/core/reasons.h"

namespace mrd::jobtracker {
namespace {

std::string Seconds(std::int64_t ms) {
  if (ms < 1'000) return std::to_string(ms) + " ms";
  return std::to_string((ms + 500) / 1'000) + " s";
}

std::string Number(std::int64_t value) { return std::to_string(value); }

}  // namespace

std::string_view Reason::Name() const {
  switch (code) {
    case ReasonCode::kNoTracker: return "NO_TRACKER";
    case ReasonCode::kNoUsableTracker: return "NO_USABLE_TRACKER";
    case ReasonCode::kNoFreeSlot: return "NO_FREE_SLOT";
    case ReasonCode::kOtherJobsFirst: return "OTHER_JOBS_FIRST";
    case ReasonCode::kWaitsForLocality: return "WAITS_FOR_LOCALITY";
    case ReasonCode::kWaitsForMaps: return "WAITS_FOR_MAPS";
    case ReasonCode::kTaskLimit: return "TASK_LIMIT";
    case ReasonCode::kUserLimit: return "USER_LIMIT";
    case ReasonCode::kQueueJobLimit: return "QUEUE_JOB_LIMIT";
    case ReasonCode::kUserJobLimit: return "USER_JOB_LIMIT";
    case ReasonCode::kMemory: return "MEMORY";
    case ReasonCode::kMemoryNever: return "MEMORY_NEVER";
    case ReasonCode::kAvoidsTrackers: return "AVOIDS_TRACKERS";
    case ReasonCode::kWaitsForTracker: return "WAITS_FOR_TRACKER";
    case ReasonCode::kWaitsForGrant: return "WAITS_FOR_GRANT";
    case ReasonCode::kJobEnds: return "JOB_ENDS";
    case ReasonCode::kAttemptsEnd: return "ATTEMPTS_END";
    case ReasonCode::kNoWork: return "NO_WORK";
    case ReasonCode::kWorkIsElsewhere: return "WORK_IS_ELSEWHERE";
    case ReasonCode::kWorkIsHeld: return "WORK_IS_HELD";
    case ReasonCode::kWorkNeedsMemory: return "WORK_NEEDS_MEMORY";
    case ReasonCode::kWorkAvoidsTracker: return "WORK_AVOIDS_TRACKER";
    case ReasonCode::kLost: return "LOST";
    case ReasonCode::kBlacklisted: return "BLACKLISTED";
    case ReasonCode::kExcluded: return "EXCLUDED";
  }
  return "UNKNOWN";
}

std::string Reason::Text() const {
  switch (code) {
    case ReasonCode::kNoTracker: return "No tasktracker is registered; start one.";
    case ReasonCode::kNoUsableTracker:
      return "None of the " + Number(have) + " tasktrackers may be used: all are excluded or blacklisted.";
    case ReasonCode::kNoFreeSlot:
      return have == 0 ? "No tasktracker has " + subject + " slots."
                       : "All " + Number(have) + " " + subject + " slots are taken.";
    case ReasonCode::kOtherJobsFirst:
      return "The free slots are kept for other jobs than those of queue " + subject + ".";
    case ReasonCode::kWaitsForLocality:
      return "Waits for a slot near its data; takes any other in " + Seconds(remaining_ms) + ".";
    case ReasonCode::kWaitsForMaps:
      return "Reduces start when " + Number(want) + " maps are done; " + Number(have) + " are.";
    case ReasonCode::kTaskLimit:
      return "The job's own limit of " + Number(want) + " running " + subject + " tasks is reached.";
    case ReasonCode::kUserLimit:
      return "User " + subject + " has the " + Number(want) + " slots that the queue allows one user.";
    case ReasonCode::kQueueJobLimit:
      return "The limit of " + Number(want) + " running jobs of " + subject + " is reached.";
    case ReasonCode::kUserJobLimit:
      return "User " + subject + " has the " + Number(want) + " running jobs that the queue allows one user.";
    case ReasonCode::kMemory:
      return "Needs " + Number(want) + " MiB of memory; the best free slot has " + Number(have) + " MiB beside it.";
    case ReasonCode::kMemoryNever:
      return "Asks for " + Number(want) + " MiB of memory; the largest tasktracker has " + Number(have) +
             " MiB. Kill the job and ask for less.";
    case ReasonCode::kAvoidsTrackers:
      return "Slots are free only on tasktrackers where it, or much of its job, failed.";
    case ReasonCode::kWaitsForTracker:
      return "The jobtracker was started again and has not heard of " + subject + " yet; given up in " +
             Seconds(remaining_ms) + ".";
    case ReasonCode::kWaitsForGrant: return "Its output is ready and waits for leave to be published.";
    case ReasonCode::kJobEnds: return "The job ends: " + subject;
    case ReasonCode::kAttemptsEnd:
      return "Waits for " + Number(have) + " attempts to end before temporary files are removed, at most " +
             Seconds(remaining_ms) + ".";
    case ReasonCode::kNoWork: return "No " + subject + " task waits.";
    case ReasonCode::kWorkIsElsewhere:
      return "Job " + subject + " waits for slots near its data, for " + Seconds(remaining_ms) + " more.";
    case ReasonCode::kWorkIsHeld: return "What waits is held back: " + subject;
    case ReasonCode::kWorkNeedsMemory:
      return "Job " + subject + " needs " + Number(want) + " MiB; " + Number(have) + " MiB are free here.";
    case ReasonCode::kWorkAvoidsTracker: return "Job " + subject + " does not use this tasktracker at present.";
    case ReasonCode::kLost: return "It has been silent for " + Seconds(remaining_ms) + ".";
    case ReasonCode::kBlacklisted:
      return "Too many attempts failed on it; it is tried again in " + Seconds(remaining_ms) + ".";
    case ReasonCode::kExcluded: return "Host " + subject + " is excluded.";
  }
  return {};
}

}  // namespace mrd::jobtracker
