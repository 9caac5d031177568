#include "jobtracker/core/state.h"

#include <algorithm>

namespace mrd::jobtracker {

State::State(CoreOptions options_) : options(std::move(options_)) {
  for (const auto& [name, queue] : options.queues) PoolOf(name).options = queue;
}

Pool& State::PoolOf(const std::string& queue) {
  const auto [entry, made] = pools.try_emplace(queue);
  if (made) entry->second.name = queue;
  return entry->second;
}

Job* State::FindJob(std::string_view id) const {
  const auto found = jobs.find(id);
  return found == jobs.end() ? nullptr : found->second.get();
}

Result<Job*> State::NeedJob(std::string_view id) const {
  Job* job = FindJob(id);
  if (job == nullptr) return NotFound("job " + std::string(id) + ": not known to this jobtracker");
  return job;
}

Tracker* State::FindTracker(std::string_view name) const {
  const auto found = tracker_names.find(name);
  return found == tracker_names.end() ? nullptr : found->second;
}

AttemptRef State::FindAttempt(const AttemptName& name) const {
  Job* job = FindJob(name.job_id);
  if (job == nullptr) return {};
  Task* task = job->FindTask(static_cast<TaskKind>(name.kind), name.number);
  if (task == nullptr) return {};
  const auto found = std::find_if(task->attempts.begin(), task->attempts.end(),
                                  [&](const Attempt& attempt) { return attempt.number == name.attempt; });
  if (found == task->attempts.end()) return {};
  return {job, task, static_cast<std::uint32_t>(found - task->attempts.begin())};
}

void State::Emit(RecordBody body, bool sync) {
  if (recovering) return;
  records.push_back({++last_record, sync, std::move(body)});
  if (sync) last_sync = last_record;
}

void State::Order(Tracker& tracker, OrderQueue::Body body) {
  if (recovering || !tracker.registered) return;
  tracker.orders.Push(last_sync, std::move(body));
  woken_trackers.insert(tracker.id);
}

void State::Touch(Job& job) {
  if (recovering) return;
  // One operation, one version.
  if (touched_jobs.insert(job.sub->id).second) ++job.version;
}

void State::WakeAt(std::int64_t mono_ms) { wake_at = std::min(wake_at, mono_ms); }

Effects State::TakeEffects() {
  Effects effects;
  effects.records.swap(records);
  effects.trackers.reserve(woken_trackers.size());
  for (const std::uint32_t id : woken_trackers) effects.trackers.push_back(trackers[id]->info.name);
  effects.jobs.assign(touched_jobs.begin(), touched_jobs.end());
  woken_trackers.clear();
  touched_jobs.clear();
  effects.wake_at_ms = wake_at;
  return effects;
}

void State::UpdateFree(Tracker& tracker) {
  const auto load = static_cast<std::int64_t>(tracker.running.size());
  for (std::size_t kind = 0; kind < kSlotKinds; ++kind) {
    const std::int64_t key = tracker.HasFree(static_cast<SlotKind>(kind)) ? load : -1;
    std::int64_t& held = tracker.free_load[kind];
    if (key == held) continue;
    if (held >= 0) free[kind].erase({held, tracker.id});
    if (key >= 0) free[kind].insert({key, tracker.id});
    held = key;
  }
}

void State::UpdateReady(Job& job) {
  for (std::size_t kind = 0; kind < kSlotKinds; ++kind) {
    const Lane& lane = job.lanes[kind];
    const bool may_run = static_cast<SlotKind>(kind) == SlotKind::kEnd ? !IsOver(job.state) : job.MayRun();
    if (may_run && (lane.pending > 0 || !lane.slow.empty())) {
      ready[kind].insert(&job);
    } else {
      ready[kind].erase(&job);
    }
  }
}

void State::AddPending(Job& job, SlotKind kind, int delta) {
  job.lane(kind).pending += static_cast<std::uint32_t>(delta);
  if (job.admitted) job.pool->pending[Index(kind)] += static_cast<std::uint32_t>(delta);
}

}  // namespace mrd::jobtracker
