#include "jobtracker/core/tracker_life.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "jobtracker/core/attempt_life.h"
#include "jobtracker/core/blame.h"
#include "jobtracker/core/grants.h"
#include "jobtracker/core/map_outputs.h"

namespace mrd::jobtracker {
namespace {

void LearnRack(State& state, std::uint32_t host, std::uint32_t rack) {
  if (!state.places.SetRack(host, rack)) return;
  for (const auto& [order, job] : state.active) {
    const PendingIndex::Queues* local = job->pending_maps.FindHost(host);
    if (local == nullptr) continue;
    PendingIndex::Queues& near = job->pending_maps.OnRack(rack);
    for (const std::uint32_t map : local->again.items()) near.Push(map, true);
    for (const std::uint32_t map : local->first.items()) near.Push(map, false);
  }
}

void SetPlace(State& state, Tracker& tracker) {
  const std::uint32_t host = state.places.Host(tracker.info.host);
  tracker.rack = state.places.Rack(tracker.info.rack);
  if (tracker.host != host) {
    if (tracker.host != kNoPlace) std::erase(state.host_trackers[tracker.host], &tracker);
    tracker.host = host;
    if (state.host_trackers.size() <= host) state.host_trackers.resize(host + 1);
    state.host_trackers[host].push_back(&tracker);
  }
  LearnRack(state, host, tracker.rack);
}

// Whether an attempt that nobody knows, since the record of its launch was lost, may go on.
bool MayAdopt(const Job& job, const Task& task) {
  if (task.state != TaskState::kPending && task.state != TaskState::kRunning) return false;
  switch (task.kind) {
    case TaskKind::kAbort: return job.state == JobState::kEnding;
    case TaskKind::kCommit: return job.state == JobState::kCommitting;
    default: return job.MayRun();
  }
}

AttemptRef Adopt(State& state, Tracker& tracker, const AttemptReport& report) {
  Job* job = state.FindJob(report.attempt.job_id);
  Task* task = job->FindTask(static_cast<TaskKind>(report.attempt.kind), report.attempt.number);
  if (task == nullptr || !MayAdopt(*job, *task)) return {};
  AttemptLaunched launched{report.attempt,
                           tracker.info.name,
                           tracker.info.host,
                           tracker.info.http_port,
                           tracker.info.shuffle_port,
                           Locality::kNone,
                           task->running > 0,
                           state.now.wall_ms};
  const AttemptRef ref = AddAttempt(state, *job, *task, launched, tracker);
  state.Emit(std::move(launched));
  if (task->kind == TaskKind::kReduce) tracker.jobs[job->order].follows = true;
  return ref;
}

// Attempts that the tracker tells when it registers; returns those that run.
std::set<std::uint64_t> TakeTold(State& state, Tracker& tracker, std::span<const AttemptReport> attempts,
                                 std::set<std::string>& forget, std::vector<AttemptName>& kill) {
  std::set<std::uint64_t> told;
  for (const AttemptReport& report : attempts) {
    const Job* job = state.FindJob(report.attempt.job_id);
    if (job == nullptr || IsOver(job->state)) {
      forget.insert(report.attempt.job_id);
      continue;
    }
    AttemptRef ref = state.FindAttempt(report.attempt);
    if (ref.job == nullptr) ref = Adopt(state, tracker, report);
    if (ref.job == nullptr || IsOver(ref.get().state) || ref.get().tracker != &tracker) {
      if (!IsOver(report.state)) kill.push_back(report.attempt);
      continue;
    }
    told.insert(ref.get().launch);
    const bool asked = ref.get().state == AttemptState::kCommitPending;
    TakeReport(state, ref, report);
    if (IsOver(ref.get().state)) continue;
    if (ref.get().kill_ordered) {
      const char* why = "It was to be killed before the tracker registered again.";
      state.Order(tracker, KillOrder{report.attempt, why, false});
    } else if (asked) {
      RepeatGrant(state, ref);
    }
  }
  return told;
}

void CheckOutputs(State& state, Tracker& tracker, std::span<const AttemptName> kept, std::set<std::string>& forget,
                  std::vector<AttemptName>& kill) {
  std::set<std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>> held;  // job, map, attempt
  for (const AttemptName& name : kept) {
    const AttemptRef ref = state.FindAttempt(name);
    const Job* job = state.FindJob(name.job_id);
    if (job == nullptr || IsOver(job->state)) {
      forget.insert(name.job_id);
    } else if (ref.job == nullptr || ref.get().tracker != &tracker || ref.task->done_by != ref.index) {
      kill.push_back(name);
    } else {
      held.emplace(job->order, name.number, name.attempt);
      ref.task->output_lost = false;
      ref.job->lost_maps.erase(name.number);
    }
  }
  for (auto& [order, on] : tracker.jobs) {
    const auto found = state.active.find(order);
    if (found == state.active.end()) continue;
    Job& job = *found->second;
    std::vector<std::uint32_t> maps;
    maps.swap(on.outputs);
    for (const std::uint32_t map : maps) {
      const Task& task = job.maps[map];
      if (task.state != TaskState::kSucceeded) continue;
      const Attempt& attempt = task.attempts[task.done_by];
      if (attempt.tracker != &tracker) continue;
      if (held.contains({order, map, attempt.number})) {
        on.outputs.push_back(map);
      } else {
        LoseOutput(state, job, map, "Tracker " + tracker.info.name + " came back without it.");
      }
    }
  }
}

}  // namespace

Tracker& NeedTracker(State& state, const TrackerInfo& info) {
  if (Tracker* known = state.FindTracker(info.name)) return *known;
  const auto id = static_cast<std::uint32_t>(state.trackers.size());
  state.trackers.push_back(std::make_unique<Tracker>(info, id, static_cast<std::uint64_t>(state.life) << 32));
  Tracker& tracker = *state.trackers.back();
  state.tracker_names.emplace(info.name, &tracker);
  SetPlace(state, tracker);
  return tracker;
}

void RegisterTracker(State& state, const TrackerInfo& info, std::span<const AttemptReport> attempts,
                     std::span<const AttemptName> kept, Registration& answer) {
  Tracker& tracker = NeedTracker(state, info);
  const bool another_process = tracker.info.start_ms != 0 && tracker.info.start_ms != info.start_ms;
  tracker.registered = false;
  UpdateUsable(state, tracker);  // with the slots and the place that it had
  tracker.info = info;
  SetPlace(state, tracker);
  tracker.registered = true;
  tracker.lost = false;
  tracker.left = false;
  tracker.excluded = state.excluded_hosts.contains(info.host);
  if (tracker.excluded) state.draining.insert(tracker.id);
  tracker.last_contact = state.now.mono_ms;
  tracker.last_report_wall = state.now.wall_ms;
  tracker.orders.Clear();
  tracker.kills.clear();
  if (another_process) tracker.blacklisted_until = 0;
  for (auto& [order, on] : tracker.jobs) {
    on.spec_order = 0;
    on.told = 0;
  }
  state.next_expiry = std::min(state.next_expiry, tracker.last_contact + state.options.tracker_expiry_ms);
  state.WakeAt(state.next_expiry);

  std::set<std::string> forget;
  const std::set<std::uint64_t> told = TakeTold(state, tracker, attempts, forget, answer.kill_attempts);
  const std::map<std::uint64_t, AttemptRef> running = tracker.running;
  for (const auto& [launch, ref] : running) {
    if (told.contains(launch) || IsOver(ref.get().state)) continue;
    End(state, ref,
        {AttemptState::kKilled, FailureKind::kTracker, "Tracker " + info.name + " registered again without it.",
         nullptr});
  }
  CheckOutputs(state, tracker, kept, forget, answer.kill_attempts);
  answer.forget_jobs.assign(forget.begin(), forget.end());
  for (auto& [order, on] : tracker.jobs) {
    const auto job = state.active.find(order);
    if (on.follows && job != state.active.end()) Follow(state, *job->second, tracker);
  }
  UpdateUsable(state, tracker);
  state.UpdateFree(tracker);
}

void TakeTrackerReport(State& state, Tracker& tracker, const TrackerReport& report) {
  tracker.last_contact = state.now.mono_ms;
  tracker.last_report_wall = state.now.wall_ms;
  tracker.troubles = report.troubles;
  tracker.free_disk = report.free_disk;
  for (const AttemptReport& told : report.attempts) {
    const AttemptRef ref = state.FindAttempt(told.attempt);
    if (ref.job != nullptr && !IsOver(ref.get().state) && ref.get().tracker == &tracker) {
      TakeReport(state, ref, told);
      continue;
    }
    const std::string name = told.attempt.ToString();
    if (IsOver(told.state)) {
      tracker.kills.erase(name);
    } else if (tracker.kills.insert(name).second) {
      state.Order(tracker, KillOrder{told.attempt, "The jobtracker does not want it any more.", false});
    }
  }
  for (const FetchFailure& failure : report.fetch_failures) TakeFetchFailure(state, failure);
}

void LoseTracker(State& state, Tracker& tracker, const std::string& reason) {
  tracker.registered = false;
  tracker.lost = true;
  UpdateUsable(state, tracker);
  tracker.orders.Clear();
  state.draining.erase(tracker.id);
  const std::map<std::uint64_t, AttemptRef> running = tracker.running;
  for (const auto& [launch, ref] : running) {
    if (!IsOver(ref.get().state)) End(state, ref, {AttemptState::kKilled, FailureKind::kTracker, reason, nullptr});
  }
  const std::map<std::uint64_t, JobOnTracker> jobs = std::exchange(tracker.jobs, {});
  for (const auto& [order, on] : jobs) {
    const auto found = state.active.find(order);
    if (found == state.active.end()) continue;
    Job& job = *found->second;
    for (const std::uint32_t map : on.outputs) {
      const Task& task = job.maps[map];
      if (task.state != TaskState::kSucceeded || task.attempts[task.done_by].tracker != &tracker) continue;
      // A deferred loss is remembered by the job alone; should the tracker come back, it must be found again.
      tracker.jobs[order].outputs.push_back(map);
      LoseOutput(state, job, map, reason);
    }
  }
}

void ExpireTrackers(State& state) {
  if (state.now.mono_ms < state.next_expiry) {
    state.WakeAt(state.next_expiry);
    return;
  }
  // We are called when the first is due. Much later means that this process stood still (stopped, a machine suspended): what
  // trackers sent meanwhile was not heard, which is not their fault.
  const bool stood_still = state.now.mono_ms - state.next_expiry > state.options.tracker_expiry_ms / 2;
  std::int64_t next = kNever;
  for (std::size_t i = 0; i < state.trackers.size(); ++i) {
    Tracker& tracker = *state.trackers[i];
    if (tracker.lost) continue;
    if (stood_still) tracker.last_contact = std::max(tracker.last_contact, state.now.mono_ms);
    const std::int64_t due = tracker.last_contact + state.options.tracker_expiry_ms;
    if (due > state.now.mono_ms) {
      next = std::min(next, due);
      continue;
    }
    LoseTracker(state, tracker,
                "Tracker " + tracker.info.name + " was not heard of for " +
                    std::to_string(state.options.tracker_expiry_ms / 1'000) + " s and is taken for lost.");
  }
  state.next_expiry = next;
  state.WakeAt(next);
}

void ExcludeHosts(State& state, std::set<std::string> hosts) {
  state.excluded_hosts = std::move(hosts);
  for (const auto& tracker : state.trackers) {
    tracker->excluded = state.excluded_hosts.contains(tracker->info.host);
    if (tracker->excluded && tracker->registered && !tracker->left) {
      state.draining.insert(tracker->id);
    } else {
      state.draining.erase(tracker->id);
    }
    UpdateUsable(state, *tracker);
  }
}

void DismissIdle(State& state) {
  const std::set<std::uint32_t> draining = state.draining;
  for (const std::uint32_t id : draining) {
    Tracker& tracker = *state.trackers[id];
    const bool needed = std::any_of(tracker.jobs.begin(), tracker.jobs.end(), [&](const auto& entry) {
      const auto found = state.active.find(entry.first);
      if (found == state.active.end() || !found->second->NeedsOutputs()) return false;
      const Job& job = *found->second;
      return std::any_of(entry.second.outputs.begin(), entry.second.outputs.end(), [&](std::uint32_t map) {
        const Task& task = job.maps[map];
        return task.state == TaskState::kSucceeded && task.attempts[task.done_by].tracker == &tracker;
      });
    });
    if (!tracker.running.empty() || needed) continue;
    state.Order(tracker, LeaveOrder{"Its host is excluded; what ran here has ended."});
    tracker.left = true;
    state.draining.erase(id);
  }
}

}  // namespace mrd::jobtracker
