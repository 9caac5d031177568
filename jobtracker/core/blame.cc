#include "jobtracker/core/blame.h"

#include <algorithm>

namespace mrd::jobtracker {
namespace {

// A job may avoid a quarter of the trackers, one at least; but one remains.
bool MayAvoidMore(const State& state, const Job& job) {
  const std::size_t next = job.avoided.size() + 1;
  return next < state.usable_trackers && next <= std::max<std::size_t>(state.usable_trackers / 4, 1);
}

void Blacklist(State& state, Tracker& tracker) {
  std::size_t blacklisted = 0;
  std::size_t registered = 0;
  for (const auto& other : state.trackers) {
    registered += other->registered ? 1 : 0;
    blacklisted += other->registered && other->blacklisted_until > state.now.mono_ms ? 1 : 0;
  }
  if ((blacklisted + 1) * 2 > registered) return;
  tracker.blacklisted_until = state.now.mono_ms + state.options.tracker_fault_window_ms;
  tracker.faults.clear();
  UpdateUsable(state, tracker);
  state.WakeAt(tracker.blacklisted_until);
}

void AddFault(State& state, Tracker& tracker, const Job& job) {
  if (state.options.tracker_faults_max == 0) return;
  std::erase_if(tracker.faults, [&](const auto& fault) {
    return fault.first + state.options.tracker_fault_window_ms <= state.now.mono_ms || fault.second == job.sub->id;
  });
  tracker.faults.emplace_back(state.now.mono_ms, job.sub->id);
  if (tracker.faults.size() >= state.options.tracker_faults_max && tracker.usable) Blacklist(state, tracker);
}

}  // namespace

bool IsForeign(FailureKind kind) {
  return kind == FailureKind::kTracker || kind == FailureKind::kDisk || kind == FailureKind::kShuffle;
}

void Blame(State& state, Job& job, Tracker& tracker, FailureKind kind) {
  ++tracker.failures;
  // Input that cannot be read and map output that cannot be had are no fault of the place where it is noticed.
  if (kind == FailureKind::kInput || kind == FailureKind::kShuffle) return;
  const std::uint32_t max = job.sub->settings.tracker_failures_max;
  if (max == 0 || ++job.tracker_failures[&tracker] != max) return;
  if (!state.recovering) AddFault(state, tracker, job);
  if (MayAvoidMore(state, job)) job.avoided.insert(&tracker);
}

bool Avoids(const State& state, const Job& job, const Task& task, const Tracker& tracker) {
  const auto avoids = [&](const Tracker& other) {
    return job.avoided.contains(&other) ||
           std::find(task.failed_on.begin(), task.failed_on.end(), &other) != task.failed_on.end();
  };
  if (job.avoided.empty() && task.failed_on.empty()) return false;
  if (!avoids(tracker)) return false;
  // Better here than nowhere.
  const SlotKind kind = SlotOf(task.kind);
  const std::uint64_t memory = job.MemoryOf(task.kind);
  return std::any_of(state.trackers.begin(), state.trackers.end(), [&](const auto& other) {
    return other->usable && other->Slots(kind) > 0 && other->FitsEver(memory) && !avoids(*other);
  });
}

void ForgiveTrackers(State& state) {
  for (const auto& tracker : state.trackers) {
    if (tracker->blacklisted_until == 0) continue;
    if (tracker->blacklisted_until > state.now.mono_ms) {
      state.WakeAt(tracker->blacklisted_until);
    } else {
      tracker->blacklisted_until = 0;
      UpdateUsable(state, *tracker);
    }
  }
}

void UpdateUsable(State& state, Tracker& tracker) {
  const bool usable = tracker.registered && !tracker.excluded && !tracker.left &&
                      tracker.blacklisted_until <= state.now.mono_ms;
  if (usable == tracker.usable) return;
  tracker.usable = usable;
  state.places.AddUsable(tracker.host, usable ? 1 : -1);
  state.usable_trackers += usable ? 1u : -1u;
  for (std::size_t kind = 0; kind < kSlotKinds; ++kind) {
    const std::uint64_t slots = tracker.Slots(static_cast<SlotKind>(kind));
    state.usable_slots[kind] += usable ? slots : 0 - slots;
  }
  state.UpdateFree(tracker);
  state.freed_trackers.insert(tracker.id);
  if (usable) return;
  // Tasks that avoided other trackers may have to take them now.
  for (const auto& [order, job] : state.active) state.changed_jobs.insert(order);
  if (state.places.Usable(tracker.host) > 0) return;
  // What has its data on this host alone has no reason to wait any more.
  for (const auto& [order, job] : state.active) {
    const PendingIndex::Queues* local = job->pending_maps.FindHost(tracker.host);
    if (local == nullptr) continue;
    const auto give_up = [&, job = job](const LazyQueue& queue) {
      for (const std::uint32_t number : queue.items()) {
        if (job->maps[number].state != TaskState::kPending) continue;
        const auto& hosts = job->map_hosts[number];
        const bool hosted = std::any_of(hosts.begin(), hosts.end(),
                                        [&](std::uint32_t host) { return state.places.Usable(host) > 0; });
        if (!hosted) job->pending_maps.unhosted().Push(number, !job->maps[number].attempts.empty());
      }
    };
    give_up(local->again);
    give_up(local->first);
  }
}

}  // namespace mrd::jobtracker
