#include "jobtracker/core/scheduler.h"

#include <algorithm>

#include "jobtracker/core/attempt_life.h"
#include "jobtracker/core/blame.h"
#include "jobtracker/core/job_order.h"
#include "jobtracker/core/limits.h"

namespace mrd::jobtracker {
namespace {

constexpr std::size_t kFewTasks = 64;
constexpr std::int64_t kShortestWaitMs = 20;

struct Choice {
  Task* task = nullptr;
  Locality locality = Locality::kNone;
};

// Farther slots that the job's maps may take by now.
struct Reach {
  bool rack = false;
  bool any = false;
};
Reach ReachOf(const State& state, const Job& job) {
  const std::int64_t wait = LocalityWait(state, job);
  if (wait <= 0) return {true, true};
  if (job.locality_since == kNever) return {};
  const std::int64_t waited = state.now.mono_ms - job.locality_since;
  return {waited >= wait, waited >= 2 * wait};
}

bool IsHosted(const State& state, const Job& job, std::uint32_t map) {
  const auto& hosts = job.map_hosts[map];
  return std::any_of(hosts.begin(), hosts.end(), [&](std::uint32_t host) { return state.places.Usable(host) > 0; });
}

Locality LocalityOf(const State& state, const Job& job, std::uint32_t map, const Tracker& tracker) {
  const auto& hosts = job.map_hosts[map];
  if (hosts.empty()) return Locality::kNone;
  if (std::find(hosts.begin(), hosts.end(), tracker.host) != hosts.end()) return Locality::kNode;
  const bool rack = std::any_of(hosts.begin(), hosts.end(),
                                [&](std::uint32_t host) { return state.places.RackOf(host) == tracker.rack; });
  return rack ? Locality::kRack : Locality::kOther;
}

Choice ChooseMap(State& state, Job& job, const Tracker& tracker) {
  if (job.lane(SlotKind::kMap).pending == 0) return {};
  const auto waits = [&](std::uint32_t map) { return job.maps[map].state == TaskState::kPending; };
  const auto waits_unhosted = [&](std::uint32_t map) { return waits(map) && !IsHosted(state, job, map); };
  const auto fits = [&](std::uint32_t map) { return !Avoids(state, job, job.maps[map], tracker); };
  const auto choice = [&](std::int64_t found) {
    const auto map = static_cast<std::uint32_t>(found);
    return Choice{&job.maps[map], LocalityOf(state, job, map, tracker)};
  };
  PendingIndex& index = job.pending_maps;
  if (PendingIndex::Queues* local = index.FindHost(tracker.host)) {
    if (const std::int64_t found = local->Find(waits, fits); found >= 0) {
      // A busy cluster offers other slots soon, and the next map may wait for a near one again. Where slots stand idle
      // the waiting is not begun anew for each map.
      if (state.free[Index(SlotKind::kMap)].size() <= 1) job.locality_since = kNever;
      return choice(found);
    }
  }
  if (const std::int64_t found = index.unhosted().Find(waits_unhosted, fits); found >= 0) return choice(found);
  const Reach reach = ReachOf(state, job);
  if (reach.rack) {
    if (PendingIndex::Queues* near = index.FindRack(tracker.rack)) {
      if (const std::int64_t found = near->Find(waits, fits); found >= 0) return choice(found);
    }
  }
  if (reach.any) {
    const std::int64_t found = index.all().Find(waits, fits);
    return found >= 0 ? choice(found) : Choice{};
  }
  if (job.locality_since == kNever) job.locality_since = state.now.mono_ms;
  const std::int64_t wait = LocalityWait(state, job);
  state.WakeAt(job.locality_since + (reach.rack ? 2 * wait : wait));
  state.held_jobs.insert(job.order);
  return {};
}

Choice ChooseReduce(State& state, Job& job, const Tracker& tracker) {
  const Lane& maps = job.lane(SlotKind::kMap);
  // Maps that have to run again must always fit beside the reduces that wait for them.
  if (maps.pending > 0 && !tracker.FitsNow(job.MemoryOf(TaskKind::kReduce) + job.MemoryOf(TaskKind::kMap))) return {};
  const std::int64_t found = job.pending_reduces.Find(
      [&](std::uint32_t reduce) { return job.reduces[reduce].state == TaskState::kPending; },
      [&](std::uint32_t reduce) { return !Avoids(state, job, job.reduces[reduce], tracker); });
  return found >= 0 ? Choice{&job.reduces[static_cast<std::size_t>(found)], Locality::kNone} : Choice{};
}

Choice ChooseEnd(State& state, Job& job, const Tracker& tracker) {
  for (Task* task : {job.commit.get(), job.abort.get()}) {
    if (task == nullptr || task->state != TaskState::kPending) continue;
    if (!Avoids(state, job, *task, tracker)) return {task, Locality::kNone};
  }
  return {};
}

// A second attempt for a task that is slow elsewhere.
Choice ChooseSlow(State& state, Job& job, SlotKind kind, const Tracker& tracker) {
  Lane& lane = job.lane(kind);
  if (lane.slow.empty() || !MaySpeculate(state, job, kind)) return {};
  std::vector<Task>& tasks = kind == SlotKind::kMap ? job.maps : job.reduces;
  for (std::size_t i = 0; i < lane.slow.size(); ++i) {
    Task& task = tasks[lane.slow[i]];
    if (task.state != TaskState::kRunning || task.running != 1 || task.granted != kNoAttempt) continue;
    const auto runs = std::find_if(task.attempts.begin(), task.attempts.end(),
                                   [](const Attempt& attempt) { return !IsOver(attempt.state); });
    if (runs->tracker->host == tracker.host || Avoids(state, job, task, tracker)) continue;
    lane.slow.erase(lane.slow.begin() + static_cast<std::ptrdiff_t>(i));
    const Locality locality = kind == SlotKind::kMap ? LocalityOf(state, job, task.number, tracker) : Locality::kNone;
    return {&task, locality};
  }
  return {};
}

// What became of an offer.
enum class Offer { kTaken, kDeclined, kNeedsMemory };

Offer OfferTo(State& state, Job& job, Tracker& tracker, SlotKind kind) {
  if (Holds(job, kind) != Hold::kNone) return Offer::kDeclined;
  const TaskKind task_kind = job.whole                   ? TaskKind::kWhole
                             : kind == SlotKind::kReduce ? TaskKind::kReduce
                                                         : TaskKind::kMap;
  const std::uint64_t memory = kind == SlotKind::kEnd ? 0 : job.MemoryOf(task_kind);
  if (!tracker.FitsNow(memory)) return tracker.FitsEver(memory) ? Offer::kNeedsMemory : Offer::kDeclined;
  Choice choice = kind == SlotKind::kMap      ? ChooseMap(state, job, tracker)
                  : kind == SlotKind::kReduce ? ChooseReduce(state, job, tracker)
                                              : ChooseEnd(state, job, tracker);
  const bool speculative = choice.task == nullptr;
  if (speculative && kind != SlotKind::kEnd && job.lane(kind).pending == 0) {
    choice = ChooseSlow(state, job, kind, tracker);
  }
  if (choice.task == nullptr) return Offer::kDeclined;
  Launch(state, job, *choice.task, tracker, choice.locality, speculative);
  return Offer::kTaken;
}

// Keeps the tracker for a job whose tasks would else never find enough memory at once, beside others' smaller ones.
bool Reserve(State& state, const Job& job, const Tracker& tracker) {
  for (const auto& [id, order] : state.reserved) {
    if (order == job.order) return false;
  }
  state.reserved.emplace(tracker.id, job.order);
  return true;
}

// Offers the tracker to the job that it is kept for. The tracker stays kept only while nothing but memory is missing.
struct Kept {
  const Job* job = nullptr;  // whose memory is still missing
  bool taken = false;        // a slot of `kind` was taken
};
Kept OfferKept(State& state, Tracker& tracker, SlotKind kind) {
  const auto found = state.reserved.find(tracker.id);
  if (found == state.reserved.end()) return {};
  const auto job = state.active.find(found->second);
  if (job != state.active.end()) {
    for (const SlotKind wanted : {SlotKind::kMap, SlotKind::kReduce}) {
      if (!tracker.HasFree(wanted) || job->second->lane(wanted).pending == 0) continue;
      const Offer offer = OfferTo(state, *job->second, tracker, wanted);
      if (offer == Offer::kNeedsMemory) return {job->second, false};
      if (offer == Offer::kDeclined) continue;
      state.reserved.erase(tracker.id);
      return {nullptr, wanted == kind};
    }
  }
  state.reserved.erase(tracker.id);
  return {};
}

// Trackers that are kept for jobs which have no use for them any more are offered to all again.
void ReleaseKept(State& state) {
  std::erase_if(state.reserved, [&](const auto& entry) {
    const auto job = state.active.find(entry.second);
    const auto wants = [&](SlotKind kind) {
      return job->second->lane(kind).pending > 0 && Holds(*job->second, kind) == Hold::kNone;
    };
    if (job != state.active.end() && (wants(SlotKind::kMap) || wants(SlotKind::kReduce))) return false;
    state.freed_trackers.insert(entry.first);
    return true;
  });
}

// Maps that reduces wait for have to go on, or the memory of those reduces would never be free.
bool FeedsReduces(const Job& job, SlotKind kind) {
  return kind == SlotKind::kMap && job.lane(SlotKind::kReduce).running > 0;
}

// Gives one slot of the tracker away.
bool Assign(State& state, Tracker& tracker, SlotKind kind) {
  if (!tracker.HasFree(kind) || state.ready[Index(kind)].empty()) return false;
  Kept kept;
  if (kind != SlotKind::kEnd) kept = OfferKept(state, tracker, kind);
  if (kept.taken) return true;
  if (!tracker.HasFree(kind)) return false;
  for (Job* job : JobsInOrder(state, kind)) {
    if (kept.job != nullptr && !FeedsReduces(*job, kind)) continue;
    const Offer offer = OfferTo(state, *job, tracker, kind);
    if (offer == Offer::kTaken) return true;
    // Not for a second attempt: what only may run is not worth an idle slot.
    if (offer != Offer::kNeedsMemory || kept.job != nullptr || job->lane(kind).pending == 0) continue;
    if (Reserve(state, *job, tracker)) kept.job = job;
  }
  return false;
}

void FillTracker(State& state, Tracker& tracker) {
  for (const SlotKind kind : {SlotKind::kEnd, SlotKind::kReduce, SlotKind::kMap}) {
    while (Assign(state, tracker, kind)) {
    }
  }
}

// Offers slots of all trackers, one of each in turn, so that work spreads; least loaded first.
void FillCluster(State& state, const Job& job, SlotKind kind) {
  bool progress = true;
  while (progress) {
    progress = false;
    std::vector<std::uint32_t> ids;
    ids.reserve(state.free[Index(kind)].size());
    for (const auto& [load, id] : state.free[Index(kind)]) ids.push_back(id);
    for (const std::uint32_t id : ids) {
      if (!state.ready[Index(kind)].contains(const_cast<Job*>(&job)) || Holds(job, kind) != Hold::kNone) return;
      progress = Assign(state, *state.trackers[id], kind) || progress;
    }
  }
}

// Slots near the data of maps that have just become pending.
void PlaceNear(State& state, Job& job) {
  const std::vector<std::uint32_t> maps = std::exchange(job.new_maps, {});
  for (const std::uint32_t map : maps) {
    if (state.ready[0].empty() || state.free[0].empty()) return;
    for (const std::uint32_t host : job.map_hosts[map]) {
      if (job.maps[map].state != TaskState::kPending || host >= state.host_trackers.size()) continue;
      for (Tracker* tracker : state.host_trackers[host]) {
        if (job.maps[map].state == TaskState::kPending) Assign(state, *tracker, SlotKind::kMap);
      }
    }
  }
}

void PlaceJob(State& state, Job& job, SlotKind kind) {
  const auto waits = [&] {
    return state.ready[Index(kind)].contains(&job) && !state.free[Index(kind)].empty() &&
           Holds(job, kind) == Hold::kNone;
  };
  if (!waits()) {
    if (kind == SlotKind::kMap) job.new_maps.clear();
    return;
  }
  if (kind == SlotKind::kEnd && job.last_tracker != nullptr) {
    Assign(state, *job.last_tracker, kind);  // Its worker is warm.
  }
  if (kind == SlotKind::kMap && job.new_maps.size() <= kFewTasks) {
    PlaceNear(state, job);
  } else {
    job.new_maps.clear();
  }
  if (waits()) FillCluster(state, job, kind);
}

}  // namespace

std::int64_t LocalityWait(const State& state, const Job& job) {
  const std::int64_t most = job.sub->settings.locality_wait_ms.value_or(state.options.locality_wait_ms);
  const Durations& durations = job.lane(SlotKind::kMap).durations;
  if (durations.count == 0) return most;
  return std::min(most, std::max(kShortestWaitMs, static_cast<std::int64_t>(durations.Mean())));
}

void Schedule(State& state) {
  if (state.recovering) return;
  ReleaseKept(state);
  while (!state.freed_trackers.empty() || !state.changed_jobs.empty()) {
    const std::set<std::uint32_t> freed = std::exchange(state.freed_trackers, {});
    for (const std::uint32_t id : freed) FillTracker(state, *state.trackers[id]);
    const std::set<std::uint64_t> changed = std::exchange(state.changed_jobs, {});
    for (const std::uint64_t order : changed) {
      for (const SlotKind kind : {SlotKind::kEnd, SlotKind::kReduce, SlotKind::kMap}) {
        const auto job = state.active.find(order);
        if (job != state.active.end()) PlaceJob(state, *job->second, kind);
      }
    }
    ReleaseKept(state);
  }
}

void CheckLocality(State& state) {
  const std::set<std::uint64_t> held = state.held_jobs;
  for (const std::uint64_t order : held) {
    const auto found = state.active.find(order);
    Job* job = found == state.active.end() ? nullptr : found->second;
    if (job == nullptr || job->locality_since == kNever || job->lane(SlotKind::kMap).pending == 0) {
      state.held_jobs.erase(order);
      if (job != nullptr) job->locality_since = kNever;
      continue;
    }
    const std::int64_t wait = LocalityWait(state, *job);
    const Reach reach = ReachOf(state, *job);
    if (reach.rack) state.changed_jobs.insert(order);
    if (reach.any) {
      state.held_jobs.erase(order);
    } else {
      state.WakeAt(job->locality_since + (reach.rack ? 2 * wait : wait));
    }
  }
}

}  // namespace mrd::jobtracker
