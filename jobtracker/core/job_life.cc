#include "jobtracker/core/job_life.h"

#include <algorithm>
#include <cmath>

#include "jobtracker/core/attempt_life.h"

namespace mrd::jobtracker {
namespace {

constexpr std::size_t kWholeHosts = 10;

// The hosts that hold most of all splits.
std::vector<std::string> BestHosts(const std::vector<SplitSummary>& splits) {
  std::map<std::string, std::uint64_t> held;
  for (const SplitSummary& split : splits) {
    for (const std::string& host : split.hosts) held[host] += split.bytes;
  }
  std::vector<std::pair<std::uint64_t, std::string>> order;
  for (const auto& [host, bytes] : held) order.emplace_back(bytes, host);
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  if (order.size() > kWholeHosts) order.resize(kWholeHosts);
  std::vector<std::string> hosts;
  for (auto& [bytes, host] : order) hosts.push_back(std::move(host));
  return hosts;
}

std::vector<std::uint32_t> Numbers(State& state, const std::vector<std::string>& hosts) {
  std::vector<std::uint32_t> numbers;
  numbers.reserve(hosts.size());
  for (const std::string& host : hosts) {
    const std::uint32_t number = state.places.Host(host);
    if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
  }
  return numbers;
}

void DropWaiting(State& state, Job& job) {
  job.pool->waiting.erase({job.priority, job.order});
  if (!job.admitted) return;
  for (std::size_t kind = 0; kind < kSlotKinds; ++kind) job.pool->pending[kind] -= job.lanes[kind].pending;
  job.admitted = false;
  --job.pool->admitted;
  --job.pool->users[job.sub->user].jobs;
  --state.admitted;
}

// Nothing of the job's own work is started any more.
void DropPending(State& state, Job& job) {
  const auto drop = [&](Task& task) {
    if (task.state != TaskState::kPending) return;
    task.state = TaskState::kKilled;
    state.AddPending(job, SlotOf(task.kind), -1);
  };
  for (Task& task : job.maps) drop(task);
  for (Task& task : job.reduces) drop(task);
  if (job.commit != nullptr) drop(*job.commit);
  for (Lane& lane : job.lanes) lane.slow.clear();
  job.new_maps.clear();
  state.UpdateReady(job);
}

// A job that was killed while its output was being published, by a task that ended without success.
void EndKilled(State& state, Job& job, const Task& publisher) {
  std::string reason = job.kill_wish;
  const auto lost = [](const Attempt& attempt) {
    return attempt.state == AttemptState::kKilled && attempt.failure == FailureKind::kTracker;
  };
  if (std::any_of(publisher.attempts.begin(), publisher.attempts.end(), lost)) {
    reason += " Its output may have been published before: the tracker that was to do it was lost.";
  }
  BeginEnding(state, job, JobState::kKilled, reason);
}

std::unique_ptr<Task> MakeEndTask(TaskKind kind) {
  auto task = std::make_unique<Task>();
  task->kind = kind;
  task->state = TaskState::kRunning;  // until MakePending
  return task;
}

bool Fits(const State& state, const Pool& pool, const Job& job) {
  if (state.options.running_jobs_max != 0 && state.admitted >= state.options.running_jobs_max) return false;
  if (pool.options.running_jobs_max != 0 && pool.admitted >= pool.options.running_jobs_max) return false;
  if (pool.options.user_jobs_max == 0) return true;
  const auto user = pool.users.find(job.sub->user);
  return user == pool.users.end() || user->second.jobs < pool.options.user_jobs_max;
}

}  // namespace

bool RunsWhole(const JobSubmission& job) {
  const JobSettings& settings = job.settings;
  if (!settings.whole_enabled || job.splits.empty()) return false;
  // What is skipped is known by task.
  if (settings.skip_map_records != 0 || settings.skip_reduce_groups != 0) return false;
  if (job.splits.size() > settings.whole_maps_max || settings.reduces > settings.whole_reduces_max) return false;
  std::uint64_t bytes = 0;
  for (const SplitSummary& split : job.splits) {
    bytes += split.bytes;
    if (split.bytes > settings.whole_bytes_max || bytes > settings.whole_bytes_max) return false;
  }
  return true;
}

Job& CreateJob(State& state, const JobSubmitted& submitted) {
  auto owned = std::make_unique<Job>();
  Job& job = *owned;
  job.sub = submitted.job;
  job.order = submitted.order;
  job.life = submitted.life;
  job.whole = submitted.whole;
  job.submit_wall = submitted.wall_ms;
  job.priority = job.sub->priority;
  job.pool = &state.PoolOf(job.sub->queue);
  if (!state.options.queues.contains(job.sub->queue)) job.pool->configured = false;
  for (const SplitSummary& split : job.sub->splits) job.input_bytes += split.bytes;

  const auto fill = [](std::vector<Task>& tasks, std::size_t count, TaskKind kind) {
    tasks.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      tasks[i].kind = kind;
      tasks[i].number = static_cast<std::uint32_t>(i);
      tasks[i].state = TaskState::kRunning;  // until MakePending
    }
  };
  if (job.whole) {
    fill(job.maps, 1, TaskKind::kWhole);
    job.map_hosts.push_back(Numbers(state, BestHosts(job.sub->splits)));
  } else {
    fill(job.maps, job.sub->splits.size(), TaskKind::kMap);
    fill(job.reduces, job.sub->settings.reduces, TaskKind::kReduce);
    job.map_hosts.reserve(job.maps.size());
    for (const SplitSummary& split : job.sub->splits) job.map_hosts.push_back(Numbers(state, split.hosts));
    const double share = std::clamp(job.sub->settings.slow_start, 0.0, 1.0);
    job.slow_start_maps = static_cast<std::uint32_t>(std::ceil(share * static_cast<double>(job.maps.size())));
  }
  state.last_job = std::max(state.last_job, job.order);
  state.by_age.emplace(job.order, &job);
  state.active.emplace(job.order, &job);
  state.jobs.insert_or_assign(job.sub->id, std::move(owned));
  job.pool->waiting.emplace(std::pair(job.priority, job.order), &job);
  for (Task& task : job.maps) MakePending(state, job, task);
  for (Task& task : job.reduces) MakePending(state, job, task);
  return job;
}

void AdmitJobs(State& state) {
  if (state.recovering) return;
  while (true) {
    // Of each queue's first job that its limits permit, the one that comes before the others.
    Job* best = nullptr;
    for (auto& [name, pool] : state.pools) {
      for (const auto& [key, job] : pool.waiting) {
        if (!Fits(state, pool, *job)) continue;
        if (best == nullptr || JobBefore()(job, best)) best = job;
        break;
      }
    }
    if (best == nullptr) return;
    AdmitNow(state, *best);
  }
}

void AdmitNow(State& state, Job& job) {
  if (job.admitted) return;
  Pool& pool = *job.pool;
  pool.waiting.erase({job.priority, job.order});
  job.admitted = true;
  ++pool.admitted;
  ++pool.users[job.sub->user].jobs;
  ++state.admitted;
  for (std::size_t kind = 0; kind < kSlotKinds; ++kind) pool.pending[kind] += job.lanes[kind].pending;
  state.changed_jobs.insert(job.order);
  state.UpdateReady(job);
  state.Touch(job);
  AfterTask(state, job);  // A job without tasks is done.
}

void ChangePriority(State& state, Job& job, Priority priority) {
  const bool waiting = job.pool->waiting.erase({job.priority, job.order}) > 0;
  // The sets are in the order of priority: out and in again.
  for (auto& ready : state.ready) ready.erase(&job);
  job.priority = priority;
  if (waiting) job.pool->waiting.emplace(std::pair(priority, job.order), &job);
  state.UpdateReady(job);
  state.Touch(job);
}

void AfterTask(State& state, Job& job) {
  if (state.recovering || IsOver(job.state) || job.state == JobState::kEnding || !job.admitted) return;
  const Lane& maps = job.lane(SlotKind::kMap);
  const Lane& reduces = job.lane(SlotKind::kReduce);
  if (job.whole) {
    if (maps.done == 1) {
      FinishJob(state, job, JobState::kSucceeded, "");
    } else if (job.kill_wished && job.running.empty()) {
      EndKilled(state, job, job.maps[0]);
    }
    return;
  }
  if (job.state == JobState::kCommitting) {
    if (job.commit->state == TaskState::kSucceeded) {
      FinishJob(state, job, JobState::kSucceeded, "");
    } else if (job.kill_wished && job.commit->running == 0) {
      EndKilled(state, job, *job.commit);
    }
    return;
  }
  // Reduces that waited for this many maps may start on slots that are free since long.
  if (maps.done + maps.failed >= job.slow_start_maps && reduces.pending > 0) state.changed_jobs.insert(job.order);
  if (maps.done + maps.failed < job.maps.size() || reduces.done + reduces.failed < job.reduces.size()) return;
  if (!job.sub->settings.has_output) {
    FinishJob(state, job, JobState::kSucceeded, "");
    return;
  }
  job.state = JobState::kCommitting;
  if (job.commit == nullptr) job.commit = MakeEndTask(TaskKind::kCommit);
  if (job.commit->running == 0) MakePending(state, job, *job.commit);
  state.Touch(job);
}

void BeginEnding(State& state, Job& job, JobState end, const std::string& failure) {
  if (IsOver(job.state) || job.state == JobState::kEnding) return;
  state.Emit(JobEnding{job.sub->id, end, failure});
  job.state = JobState::kEnding;
  job.end_state = end;
  job.failure = failure;
  job.ending_since = state.now.mono_ms;
  job.pool->waiting.erase({job.priority, job.order});
  DropPending(state, job);
  const std::map<std::uint64_t, AttemptRef> running = job.running;
  for (const auto& [launch, ref] : running) {
    OrderKill(state, ref, end == JobState::kKilled ? "The job was killed." : "The job failed.");
  }
  state.WakeAt(job.ending_since + state.options.ending_wait_ms);
  state.Touch(job);
  ContinueEnding(state, job);
}

void ContinueEnding(State& state, Job& job) {
  if (state.recovering || job.state != JobState::kEnding) return;
  if (job.abort != nullptr) {
    if (job.abort->state == TaskState::kSucceeded) {
      FinishJob(state, job, job.end_state, job.failure);
    } else if (job.abort->state == TaskState::kFailed) {
      FinishJob(state, job, job.end_state,
                job.failure + " Its temporary files could not be removed; remove the output's _temporary by hand.");
    } else if (job.abort->state == TaskState::kRunning && job.abort->running == 0) {
      MakePending(state, job, *job.abort);
    }
    return;
  }
  const bool patient = state.now.mono_ms - job.ending_since < state.options.ending_wait_ms;
  if (!job.running.empty() && patient) return;
  if (!job.sub->settings.has_output) {
    FinishJob(state, job, job.end_state, job.failure);
    return;
  }
  job.abort = MakeEndTask(TaskKind::kAbort);
  MakePending(state, job, *job.abort);
}

void FinishJob(State& state, Job& job, JobState end, const std::string& failure) {
  if (IsOver(job.state)) return;
  DropPending(state, job);
  if (job.abort != nullptr && job.abort->state == TaskState::kPending) {
    job.abort->state = TaskState::kKilled;
    state.AddPending(job, SlotKind::kEnd, -1);
  }
  job.state = end;
  job.failure = failure;
  job.end_wall = state.now.wall_ms;
  DropWaiting(state, job);
  state.UpdateReady(job);
  state.active.erase(job.order);
  state.held_jobs.erase(job.order);
  state.untold_jobs.erase(job.order);
  JobEnded record;
  record.job = job.sub->id;
  record.state = end;
  record.failure = failure;
  record.start_wall_ms = job.start_wall;
  record.end_wall_ms = job.end_wall;
  record.maps_done = job.lane(SlotKind::kMap).done;
  record.reduces_done = job.lane(SlotKind::kReduce).done;
  record.attempts_failed = job.attempts_failed;
  record.attempts_killed = job.attempts_killed;
  record.counters = CountersOf(job);
  record.ledger = job.sums.ledger();
  state.Emit(std::move(record), true);
  for (const std::string& name : job.trackers) {
    Tracker* tracker = state.FindTracker(name);
    if (tracker == nullptr) continue;
    state.Order(*tracker, ForgetOrder{job.sub->id});
    tracker->jobs.erase(job.order);
  }
  // What only the running job needed.
  job.pending_maps = {};
  job.pending_reduces = {};
  job.map_hosts.clear();
  job.map_hosts.shrink_to_fit();
  job.fetch_failures.clear();
  job.lost_maps.clear();
  for (Task& task : job.maps) task.share.reset();
  state.Touch(job);
  AdmitJobs(state);
}

void KillJob(State& state, Job& job, const std::string& reason) {
  if (IsOver(job.state) || job.state == JobState::kEnding) return;
  if (job.state != JobState::kCommitting) {
    BeginEnding(state, job, JobState::kKilled, reason);
    return;
  }
  // Its output is being published. Whether it was killed in time is known when the attempt has ended.
  job.kill_wished = true;
  job.kill_wish = reason;
  const std::map<std::uint64_t, AttemptRef> running = job.running;
  for (const auto& [launch, ref] : running) OrderKill(state, ref, reason);
  AfterTask(state, job);
}

void CheckEndings(State& state) {
  const std::map<std::uint64_t, Job*> active = state.active;
  for (const auto& [order, job] : active) {
    if (job->state != JobState::kEnding || job->abort != nullptr) continue;
    if (state.now.mono_ms - job->ending_since < state.options.ending_wait_ms) {
      state.WakeAt(job->ending_since + state.options.ending_wait_ms);
    } else {
      ContinueEnding(state, *job);
    }
  }
}

engine::Counters CountersOf(const Job& job) {
  engine::Counters counters = job.sums.counters();
  counters.Merge(job.own_counters);
  return counters;
}

}  // namespace mrd::jobtracker
