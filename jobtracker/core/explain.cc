#include "jobtracker/core/explain.h"

#include <algorithm>
#include <cstddef>

#include "jobtracker/core/blame.h"
#include "jobtracker/core/job_order.h"
#include "jobtracker/core/limits.h"
#include "jobtracker/core/scheduler.h"

namespace mrd::jobtracker {
namespace {

constexpr std::size_t kTrackersLookedAt = 64;
constexpr std::size_t kTasksLookedAt = 1'000;
constexpr std::int64_t kMiB = 1 << 20;

Reason Make(ReasonCode code, std::string subject = {}, std::int64_t have = 0, std::int64_t want = 0,
            std::int64_t remaining_ms = 0) {
  return {code, std::move(subject), have, want, remaining_ms};
}

std::string KindWord(SlotKind kind) {
  switch (kind) {
    case SlotKind::kMap: return "map";
    case SlotKind::kReduce: return "reduce";
    case SlotKind::kEnd: return "job end";
  }
  return "";
}

Reason WhyNotAdmitted(const State& state, const Job& job) {
  const QueueOptions& options = job.pool->options;
  const auto user = job.pool->users.find(job.sub->user);
  const std::uint32_t jobs = user == job.pool->users.end() ? 0 : user->second.jobs;
  if (options.user_jobs_max != 0 && jobs >= options.user_jobs_max) {
    return Make(ReasonCode::kUserJobLimit, job.sub->user, jobs, options.user_jobs_max);
  }
  if (options.running_jobs_max != 0 && job.pool->admitted >= options.running_jobs_max) {
    return Make(ReasonCode::kQueueJobLimit, "queue " + job.pool->name, job.pool->admitted, options.running_jobs_max);
  }
  return Make(ReasonCode::kQueueJobLimit, "the cluster", state.admitted, state.options.running_jobs_max);
}

std::optional<Reason> WhyHeld(const State& state, const Job& job, SlotKind kind) {
  const JobSettings& settings = job.sub->settings;
  const Lane& lane = job.lane(kind);
  switch (Holds(job, kind)) {
    case Hold::kNone: return std::nullopt;
    case Hold::kNotAdmitted: return WhyNotAdmitted(state, job);
    case Hold::kEnding: return Make(ReasonCode::kJobEnds, job.failure);
    case Hold::kMapsFirst: {
      const Lane& maps = job.lane(SlotKind::kMap);
      return Make(ReasonCode::kWaitsForMaps, {}, maps.done + maps.failed, job.slow_start_maps);
    }
    case Hold::kJobLimit:
      return Make(ReasonCode::kTaskLimit, KindWord(kind), lane.running,
                  kind == SlotKind::kMap ? settings.running_maps_max : settings.running_reduces_max);
    case Hold::kUserLimit:
      return Make(ReasonCode::kUserLimit, job.sub->user, job.pool->options.user_slots_max,
                  job.pool->options.user_slots_max);
  }
  return std::nullopt;
}

// What the cluster lacks for tasks of this kind altogether.
std::optional<Reason> WhyNoPlace(const State& state, const Job& job, TaskKind task_kind) {
  const SlotKind kind = SlotOf(task_kind);
  const std::uint64_t memory = job.MemoryOf(task_kind);
  std::int64_t registered = 0;
  std::uint64_t largest = 0;
  bool fits = false;
  for (const auto& tracker : state.trackers) {
    if (!tracker->registered) continue;
    ++registered;
    if (!tracker->usable) continue;
    largest = std::max(largest, tracker->info.memory);
    fits = fits || tracker->FitsEver(memory);
  }
  if (registered == 0) return Make(ReasonCode::kNoTracker);
  if (state.usable_trackers == 0) return Make(ReasonCode::kNoUsableTracker, {}, registered);
  if (!fits) {
    return Make(ReasonCode::kMemoryNever, {}, static_cast<std::int64_t>(largest) / kMiB,
                static_cast<std::int64_t>(memory) / kMiB);
  }
  if (state.free[Index(kind)].empty()) {
    return Make(ReasonCode::kNoFreeSlot, KindWord(kind), static_cast<std::int64_t>(state.usable_slots[Index(kind)]));
  }
  return std::nullopt;
}

bool IsNear(const State& state, const Job& job, const Task& task, const Tracker& tracker) {
  if (SlotOf(task.kind) != SlotKind::kMap) return true;
  const auto& hosts = job.map_hosts[task.number];
  const bool hosted =
      std::any_of(hosts.begin(), hosts.end(), [&](std::uint32_t host) { return state.places.Usable(host) > 0; });
  return !hosted || std::find(hosts.begin(), hosts.end(), tracker.host) != hosts.end();
}

// Slots are free: what is wrong with them.
Reason WhyNotThose(const State& state, const Job& job, const Task& task, Instant now) {
  const SlotKind kind = SlotOf(task.kind);
  std::uint64_t memory = job.MemoryOf(task.kind);
  if (kind == SlotKind::kReduce && job.lane(SlotKind::kMap).pending > 0) memory += job.MemoryOf(TaskKind::kMap);
  std::int64_t best_memory = 0;
  bool fits = false;
  bool welcome = false;
  bool near = false;
  std::size_t looked_at = 0;
  for (const auto& [load, id] : state.free[Index(kind)]) {
    if (++looked_at > kTrackersLookedAt) break;
    const Tracker& tracker = *state.trackers[id];
    if (tracker.info.memory != 0) {
      best_memory = std::max(best_memory, static_cast<std::int64_t>(tracker.info.memory - tracker.used_memory));
    }
    if (!tracker.FitsNow(memory)) continue;
    fits = true;
    if (Avoids(state, job, task, tracker)) continue;
    welcome = true;
    near = near || IsNear(state, job, task, tracker);
  }
  if (!fits) return Make(ReasonCode::kMemory, {}, best_memory / kMiB, static_cast<std::int64_t>(memory) / kMiB);
  if (!welcome) return Make(ReasonCode::kAvoidsTrackers);
  if (!near && job.locality_since != kNever) {
    const std::int64_t until = job.locality_since + 2 * LocalityWait(state, job);
    return Make(ReasonCode::kWaitsForLocality, {}, 0, 0, std::max<std::int64_t>(until - now.mono_ms, 0));
  }
  return Make(ReasonCode::kOtherJobsFirst, job.pool->name);
}

void Count(std::vector<WaitingTasks>& waiting, const Reason& reason, std::uint32_t tasks) {
  if (tasks == 0) return;
  const auto found = std::find_if(waiting.begin(), waiting.end(),
                                  [&](const WaitingTasks& entry) { return entry.reason == reason; });
  if (found != waiting.end()) {
    found->tasks += tasks;
  } else {
    waiting.push_back({reason, tasks});
  }
}

void CountLane(const State& state, const Job& job, SlotKind kind, Instant now, std::vector<WaitingTasks>& waiting) {
  const std::uint32_t pending = job.lane(kind).pending;
  if (pending == 0) return;
  const TaskKind task_kind = kind == SlotKind::kReduce ? TaskKind::kReduce
                             : job.whole               ? TaskKind::kWhole
                                                       : TaskKind::kMap;
  std::optional<Reason> all = WhyHeld(state, job, kind);
  if (!all) all = WhyNoPlace(state, job, task_kind);
  if (all) {
    Count(waiting, *all, pending);
    return;
  }
  // Task by task; of very many the first ones stand for the rest.
  std::set<std::uint32_t> seen;
  const std::vector<Task>& tasks = kind == SlotKind::kMap ? job.maps : job.reduces;
  const auto waits = [&](std::uint32_t task) { return tasks[task].state == TaskState::kPending; };
  std::vector<WaitingTasks> found;
  const auto see = [&](std::uint32_t task) {
    if (seen.insert(task).second) Count(found, WhyNotThose(state, job, tasks[task], now), 1);
  };
  if (kind == SlotKind::kMap) {
    job.pending_maps.all().again.Look(kTasksLookedAt, waits, see);
    job.pending_maps.all().first.Look(kTasksLookedAt, waits, see);
  } else {
    job.pending_reduces.Look(kTasksLookedAt, waits, see);
  }
  if (found.empty()) return;
  const auto most = std::max_element(found.begin(), found.end(),
                                     [](const auto& a, const auto& b) { return a.tasks < b.tasks; });
  if (seen.size() < pending) most->tasks += pending - static_cast<std::uint32_t>(seen.size());
  for (const WaitingTasks& entry : found) Count(waiting, entry.reason, entry.tasks);
}

}  // namespace

std::optional<Reason> WhyTaskWaits(const State& state, const Job& job, const Task& task, Instant now) {
  if (task.state == TaskState::kRunning) {
    for (const Attempt& attempt : task.attempts) {
      if (IsOver(attempt.state)) continue;
      if (!attempt.tracker->registered && !attempt.tracker->lost) {
        const std::int64_t until = attempt.tracker->last_contact + state.options.tracker_expiry_ms;
        return Make(ReasonCode::kWaitsForTracker, attempt.tracker->info.name, 0, 0,
                    std::max<std::int64_t>(until - now.mono_ms, 0));
      }
      if (attempt.state == AttemptState::kCommitPending && task.granted == kNoAttempt) {
        return Make(ReasonCode::kWaitsForGrant);
      }
    }
    return std::nullopt;
  }
  if (task.state != TaskState::kPending) return std::nullopt;
  const SlotKind kind = SlotOf(task.kind);
  if (std::optional<Reason> held = WhyHeld(state, job, kind)) return held;
  if (std::optional<Reason> nowhere = WhyNoPlace(state, job, task.kind)) return nowhere;
  return WhyNotThose(state, job, task, now);
}

std::vector<WaitingTasks> WhyJobWaits(const State& state, const Job& job, Instant now) {
  std::vector<WaitingTasks> waiting;
  if (IsOver(job.state)) return waiting;
  CountLane(state, job, SlotKind::kMap, now, waiting);
  CountLane(state, job, SlotKind::kReduce, now, waiting);
  for (const Task* task : {job.commit.get(), job.abort.get()}) {
    if (task == nullptr) continue;
    if (const std::optional<Reason> reason = WhyTaskWaits(state, job, *task, now)) Count(waiting, *reason, 1);
  }
  for (const auto& [launch, ref] : job.running) {
    if (SlotOf(ref.task->kind) == SlotKind::kEnd) continue;
    if (const std::optional<Reason> reason = WhyTaskWaits(state, job, *ref.task, now)) Count(waiting, *reason, 1);
  }
  if (job.state == JobState::kEnding && job.abort == nullptr && !job.running.empty()) {
    const std::int64_t until = job.ending_since + state.options.ending_wait_ms;
    Count(waiting,
          Make(ReasonCode::kAttemptsEnd, {}, static_cast<std::int64_t>(job.running.size()), 0,
               std::max<std::int64_t>(until - now.mono_ms, 0)),
          static_cast<std::uint32_t>(job.running.size()));
  }
  std::stable_sort(waiting.begin(), waiting.end(), [](const auto& a, const auto& b) { return a.tasks > b.tasks; });
  return waiting;
}

std::optional<Reason> WhySlotIdles(const State& state, const Tracker& tracker, SlotKind kind, Instant now) {
  if (!tracker.HasFree(kind)) return std::nullopt;
  for (const Job* job : JobsInOrder(state, kind)) {
    if (job->lane(kind).pending == 0) continue;
    const std::string& id = job->sub->id;
    if (const std::optional<Reason> held = WhyHeld(state, *job, kind)) {
      return Make(ReasonCode::kWorkIsHeld, held->Text());
    }
    const TaskKind task_kind = kind == SlotKind::kReduce ? TaskKind::kReduce : TaskKind::kMap;
    const std::uint64_t memory = job->MemoryOf(job->whole ? TaskKind::kWhole : task_kind);
    if (!tracker.FitsNow(memory)) {
      return Make(ReasonCode::kWorkNeedsMemory, id,
                  static_cast<std::int64_t>(tracker.info.memory - tracker.used_memory) / kMiB,
                  static_cast<std::int64_t>(memory) / kMiB);
    }
    if (job->avoided.contains(&tracker)) return Make(ReasonCode::kWorkAvoidsTracker, id);
    if (kind == SlotKind::kMap && job->locality_since != kNever) {
      const std::int64_t until = job->locality_since + 2 * LocalityWait(state, *job);
      if (until > now.mono_ms) return Make(ReasonCode::kWorkIsElsewhere, id, 0, 0, until - now.mono_ms);
    }
    return Make(ReasonCode::kWorkAvoidsTracker, id);
  }
  for (const auto& [order, job] : state.active) {
    if (job->lane(kind).pending == 0) continue;
    if (const std::optional<Reason> held = WhyHeld(state, *job, kind)) {
      return Make(ReasonCode::kWorkIsHeld, held->Text());
    }
  }
  return Make(ReasonCode::kNoWork, KindWord(kind));
}

std::optional<Reason> WhyTrackerUnused(const Tracker& tracker, Instant now) {
  if (tracker.usable) return std::nullopt;
  if (tracker.excluded) return Make(ReasonCode::kExcluded, tracker.info.host);
  if (tracker.registered) {
    return Make(ReasonCode::kBlacklisted, {}, 0, 0, std::max<std::int64_t>(tracker.blacklisted_until - now.mono_ms, 0));
  }
  if (!tracker.lost) return Make(ReasonCode::kWaitsForTracker, tracker.info.name);
  return Make(ReasonCode::kLost, {}, 0, 0, now.mono_ms - tracker.last_contact);
}

}  // namespace mrd::jobtracker
