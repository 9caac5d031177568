#include "jobtracker/core/map_outputs.h"

#include <algorithm>

#include "jobtracker/core/attempt_life.h"
#include "jobtracker/core/blame.h"

namespace mrd::jobtracker {
namespace {

void TellFollowers(State& state, Job& job) {
  job.outputs_told_ms = state.now.mono_ms;
  state.untold_jobs.erase(job.order);
  for (const std::uint32_t id : job.followers) {
    Tracker& tracker = *state.trackers[id];
    if (!tracker.registered) continue;
    JobOnTracker& on = tracker.jobs[job.order];
    if (!on.follows || on.told >= job.outputs.size()) continue;
    tracker.orders.PushOutputs(state.last_sync, job.sub->id, on.told, job.outputs.size(),
                               state.options.map_outputs_per_order);
    on.told = job.outputs.size();
    state.woken_trackers.insert(id);
  }
}

// A thousand followers and a hundred thousand maps would be a hundred million orders, told one by one. Few followers
// hear at once, many in batches.
void OutputsChanged(State& state, Job& job) {
  if (state.recovering || job.followers.empty()) return;
  const std::size_t followers = job.followers.size() * std::max(state.admitted, 1u);
  const auto interval =
      static_cast<std::int64_t>(followers * 1'000 / std::max(state.options.map_output_orders_per_second, 1u));
  const Lane& maps = job.lane(SlotKind::kMap);
  if (state.now.mono_ms - job.outputs_told_ms >= interval || maps.done + maps.failed == job.maps.size()) {
    TellFollowers(state, job);
    return;
  }
  state.untold_jobs.insert(job.order);
  state.WakeAt(job.outputs_told_ms + interval);
}

}  // namespace

void AddOutput(State& state, Job& job, std::uint32_t map, std::uint32_t attempt) {
  job.outputs.push_back({map, attempt, false});
  if (attempt != kNoAttempt) {
    job.maps[map].attempts[attempt].tracker->jobs[job.order].outputs.push_back(map);
  }
  OutputsChanged(state, job);
}

void Follow(State& state, Job& job, Tracker& tracker) {
  JobOnTracker& on = tracker.jobs[job.order];
  on.follows = true;
  job.followers.insert(tracker.id);
  if (state.recovering || !tracker.registered || on.told >= job.outputs.size()) return;
  tracker.orders.PushOutputs(state.last_sync, job.sub->id, on.told, job.outputs.size(),
                             state.options.map_outputs_per_order);
  on.told = job.outputs.size();
  state.woken_trackers.insert(tracker.id);
}

void Withdraw(State& state, Job& job, std::uint32_t map, const std::string& reason) {
  Task& task = job.maps[map];
  const AttemptRef ref{&job, &task, task.done_by};
  const AttemptName name = ref.Name();
  state.Emit(OutputWithdrawn{name, reason, state.now.wall_ms});
  const Tracker& tracker = *ref.get().tracker;
  job.events.push_back({static_cast<std::uint32_t>(job.events.size()) + 1, EventStatus::kObsolete, name,
                        tracker.info.name, tracker.info.host, tracker.info.http_port, state.now.wall_ms});
  if (task.share != nullptr) job.sums.Subtract(*task.share);
  task.share.reset();
  task.parts.clear();
  job.outputs.push_back({map, task.done_by, true});
  task.done_by = kNoAttempt;
  task.granted = kNoAttempt;
  task.output_lost = false;
  job.lost_maps.erase(map);
  job.fetch_failures.erase(map);
  --job.lane(SlotKind::kMap).done;
  MakePending(state, job, task);
  OutputsChanged(state, job);
  state.Touch(job);
}

void LoseOutput(State& state, Job& job, std::uint32_t map, const std::string& reason) {
  Task& task = job.maps[map];
  if (job.whole || task.state != TaskState::kSucceeded || job.sub->settings.reduces == 0) return;
  if (job.state != JobState::kRunning) return;
  if (!job.NeedsOutputs()) {
    task.output_lost = true;
    job.lost_maps.insert(map);
    return;
  }
  Withdraw(state, job, map, reason);
}

void RerunLost(State& state, Job& job) {
  if (job.state != JobState::kRunning || !job.NeedsOutputs() || state.recovering) return;
  while (!job.lost_maps.empty()) {
    Withdraw(state, job, *job.lost_maps.begin(), "Its tracker was lost, and a reduce needs its output again.");
  }
}

void TakeFetchFailure(State& state, const FetchFailure& failure) {
  const AttemptRef ref = state.FindAttempt(failure.map);
  if (ref.job == nullptr || ref.task->kind != TaskKind::kMap || ref.task->done_by != ref.index) return;
  Job& job = *ref.job;
  if (job.state != JobState::kRunning || ref.task->state != TaskState::kSucceeded || !job.NeedsOutputs()) return;
  const std::uint32_t map = ref.task->number;
  std::set<std::uint32_t>& reduces = job.fetch_failures[map];
  reduces.insert(failure.reduce.number);
  const bool many = reduces.size() >= state.options.fetch_failures_max ||
                    reduces.size() * 2 >= job.lane(SlotKind::kReduce).running;
  if (!failure.damaged && !many) return;
  ref.task->failures += 1;
  Tracker& tracker = *ref.get().tracker;
  Withdraw(state, job, map,
           failure.damaged ? "Its output is damaged: " + failure.reason
                           : "Its output could not be fetched by " + std::to_string(reduces.size()) +
                                 " reduces: " + failure.reason);
  Blame(state, job, tracker, FailureKind::kTracker);
}

void TellOutputs(State& state) {
  const std::set<std::uint64_t> untold = state.untold_jobs;
  for (const std::uint64_t order : untold) {
    const auto found = state.active.find(order);
    if (found == state.active.end()) {
      state.untold_jobs.erase(order);
    } else {
      OutputsChanged(state, *found->second);
    }
  }
}

MapOutputsOrder MakeOutputsOrder(const State& state, const OutputRange& range) {
  MapOutputsOrder order;
  order.job = range.job;
  const Job* job = state.FindJob(range.job);
  if (job == nullptr) return order;
  const std::size_t to = std::min(range.to, job->outputs.size());
  order.outputs.reserve(to - std::min(range.from, to));
  for (std::size_t i = range.from; i < to; ++i) {
    const OutputEvent& event = job->outputs[i];
    MapOutput output;
    output.map = event.map;
    output.attempt = {job->sub->id, 'm', event.map, 0};
    if (event.attempt == kNoAttempt) {
      output.absent = true;
    } else {
      const Task& task = job->maps[event.map];
      // Lost since: another entry, further on, withdraws it.
      if (!event.withdrawn && task.done_by != event.attempt) continue;
      const Attempt& attempt = task.attempts[event.attempt];
      output.attempt.attempt = attempt.number;
      output.tracker = attempt.tracker->info.name;
      output.host = attempt.tracker->info.host;
      output.shuffle_port = attempt.tracker->info.shuffle_port;
      output.withdrawn = event.withdrawn;
    }
    order.outputs.push_back(std::move(output));
  }
  return order;
}

}  // namespace mrd::jobtracker
