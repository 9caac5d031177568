#include "jobtracker/core/attempt_life.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/base/check.h"
#include "jobtracker/core/bad_records.h"
#include "jobtracker/core/blame.h"
#include "jobtracker/core/grants.h"
#include "jobtracker/core/job_life.h"
#include "jobtracker/core/map_outputs.h"
#include "jobtracker/core/scheduler.h"

namespace mrd::jobtracker {
namespace {

constexpr std::size_t kMessageMax = 8'192;

// What is kept of a message for events and journal.
std::string Cut(std::string message) {
  if (message.size() <= kMessageMax) return message;
  std::size_t end = kMessageMax;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xc0) == 0x80) --end;  // between characters
  message.resize(end);
  return message;
}

bool IsDone(const Task& task) { return task.state == TaskState::kSucceeded || task.state == TaskState::kFailed; }
bool IsFed(const Task& task) { return !IsDone(task) && task.past_shuffle > 0; }

void SetProgress(Job& job, Task& task, double progress) {
  job.lane(SlotOf(task.kind)).progress += progress - task.progress;
  task.progress = progress;
}

void AddEvent(State& state, AttemptRef ref, EventStatus status) {
  const Attempt& attempt = ref.get();
  TaskEvent event{static_cast<std::uint32_t>(ref.job->events.size()) + 1, status, ref.Name(), {}, {}, 0,
                  state.now.wall_ms};
  if (attempt.tracker != nullptr) {
    event.tracker = attempt.tracker->info.name;
    event.host = attempt.tracker->info.host;
    event.http_port = attempt.tracker->info.http_port;
  }
  ref.job->events.push_back(std::move(event));
}

void CountLaunch(Job& job, TaskKind kind, Locality locality) {
  using engine::kJobGroup;
  if (kind == TaskKind::kReduce) job.own_counters.Add(kJobGroup, "TOTAL_LAUNCHED_REDUCES", 1);
  if (kind != TaskKind::kMap) return;
  job.own_counters.Add(kJobGroup, "TOTAL_LAUNCHED_MAPS", 1);
  constexpr std::array<std::string_view, 4> kNames{"DATA_LOCAL_MAPS", "RACK_LOCAL_MAPS", "OTHER_LOCAL_MAPS",
                                                   "OTHER_LOCAL_MAPS"};
  job.own_counters.Add(kJobGroup, kNames[static_cast<std::size_t>(locality)], 1);
}

void CountEnd(Job& job, TaskKind kind, AttemptState state, std::int64_t millis) {
  using engine::kJobGroup;
  if (kind != TaskKind::kMap && kind != TaskKind::kReduce) return;
  const bool map = kind == TaskKind::kMap;
  job.own_counters.Add(kJobGroup, map ? "MILLIS_MAPS" : "MILLIS_REDUCES", std::max<std::int64_t>(millis, 0));
  if (state == AttemptState::kSucceeded) return;
  const bool failed = state == AttemptState::kFailed;
  job.own_counters.Add(kJobGroup,
                       failed ? (map ? "NUM_FAILED_MAPS" : "NUM_FAILED_REDUCES")
                              : (map ? "NUM_KILLED_MAPS" : "NUM_KILLED_REDUCES"),
                       1);
}

// Gives slot and memory back.
void Release(State& state, AttemptRef ref) {
  Job& job = *ref.job;
  Task& task = *ref.task;
  Attempt& attempt = ref.get();
  const SlotKind kind = SlotOf(task.kind);
  Tracker& tracker = *attempt.tracker;
  --tracker.used[Index(kind)];
  tracker.used_memory -= attempt.memory;
  tracker.running.erase(attempt.launch);
  job.running.erase(attempt.launch);
  --task.running;
  --job.lane(kind).running;
  if (attempt.speculative) --job.lane(kind).speculating;
  --job.pool->running[Index(kind)];
  --job.pool->users[job.sub->user].slots[Index(kind)];
  state.UpdateFree(tracker);
  state.freed_trackers.insert(tracker.id);
  // Where a limit was reached, slots of other trackers may have been refused for its sake.
  const JobSettings& settings = job.sub->settings;
  if (settings.running_maps_max != 0 || settings.running_reduces_max != 0) state.changed_jobs.insert(job.order);
  if (job.pool->options.user_slots_max == 0) return;
  for (const auto& [order, other] : state.active) {
    if (other->pool == job.pool && other->sub->user == job.sub->user) state.changed_jobs.insert(order);
  }
}

// Why a success does not count; empty: it does.
std::string TooLate(const AttemptRef& ref) {
  const Job& job = *ref.job;
  const Task& task = *ref.task;
  if (task.state == TaskState::kSucceeded) return "Another attempt of the task was first.";
  if (task.state == TaskState::kFailed) return "The task was given up before.";
  if (IsOver(job.state)) return "The job is over.";
  if (job.state == JobState::kEnding && task.kind != TaskKind::kAbort) return "The job was ended before.";
  if (task.granted != kNoAttempt && task.granted != ref.index) {
    return "It ended without leave to publish, which another attempt of the task has.";
  }
  return {};
}

void Succeed(State& state, AttemptRef ref, const TaskResult& result) {
  Job& job = *ref.job;
  Task& task = *ref.task;
  Attempt& attempt = ref.get();
  Lane& lane = job.lane(SlotOf(task.kind));
  task.state = TaskState::kSucceeded;
  task.done_by = ref.index;
  ++lane.done;
  if (!state.recovering && attempt.start_mono > 0) {
    lane.durations.Add(static_cast<double>(state.now.mono_ms - attempt.start_mono));
    if (job.locality_since != kNever) state.WakeAt(job.locality_since + LocalityWait(state, job));
  }
  SetProgress(job, task, 1);
  attempt.progress = 1;
  job.last_tracker = attempt.tracker;
  const bool feeds_reduces = task.kind == TaskKind::kMap && job.sub->settings.reduces > 0;
  if (feeds_reduces) {
    task.share = job.sums.AddShare(result);
  } else if (task.kind != TaskKind::kCommit && task.kind != TaskKind::kAbort) {
    job.sums.Add(result);
  }
  task.parts = result.parts;
  AddEvent(state, ref, EventStatus::kSucceeded);
  for (std::uint32_t i = 0; i < task.attempts.size(); ++i) {
    const AttemptRef other{&job, &task, i};
    if (!IsOver(task.attempts[i].state)) OrderKill(state, other, "Another attempt of the task was first.");
  }
  if (feeds_reduces) AddOutput(state, job, task.number, ref.index);
}

// The task failed too often.
void GiveUp(State& state, AttemptRef ref) {
  Job& job = *ref.job;
  Task& task = *ref.task;
  if (IsFed(task)) --job.reduces_fed;
  task.state = TaskState::kFailed;
  SetProgress(job, task, 1);
  for (std::uint32_t i = 0; i < task.attempts.size(); ++i) {
    if (!IsOver(task.attempts[i].state)) OrderKill(state, {&job, &task, i}, "The task was given up.");
  }
  Lane& lane = job.lane(SlotOf(task.kind));
  ++lane.failed;
  if (task.kind == TaskKind::kAbort) return;  // ContinueEnding sees it
  const AttemptName name = ref.Name();
  const bool map = task.kind == TaskKind::kMap;
  if (map || task.kind == TaskKind::kReduce) {
    const double percent = map ? job.sub->settings.map_failures_percent : job.sub->settings.reduce_failures_percent;
    const std::size_t tasks = map ? job.maps.size() : job.reduces.size();
    if (lane.failed * 100.0 <= percent * static_cast<double>(tasks)) {
      if (map && job.sub->settings.reduces > 0) AddOutput(state, job, task.number, kNoAttempt);
      return;
    }
  }
  BeginEnding(state, job, JobState::kFailed,
              "Task " + name.TaskId() + " failed too often; attempt " + name.ToString() + ": " + ref.get().message);
}

void Fail(State& state, AttemptRef ref, std::optional<std::uint64_t> bad_record) {
  Job& job = *ref.job;
  Task& task = *ref.task;
  Attempt& attempt = ref.get();
  ++job.attempts_failed;
  const std::uint32_t whole = std::max(state.options.foreign_failure_divisor, 1u);
  task.failures += IsForeign(attempt.failure) ? 1 : whole;
  NoteFailure(job, task, attempt.failure, bad_record);
  if (std::find(task.failed_on.begin(), task.failed_on.end(), attempt.tracker) == task.failed_on.end()) {
    task.failed_on.push_back(attempt.tracker);
  }
  const bool give_up = !IsDone(task) && job.state != JobState::kEnding &&
                       (task.failures >= job.AttemptsMax(task.kind) * whole ||
                        task.attempts.size() >= kAttemptsPerLife - 1);
  const bool abort_failed = task.kind == TaskKind::kAbort && task.failures >= job.AttemptsMax(task.kind) * whole;
  AddEvent(state, ref, give_up || abort_failed ? EventStatus::kTipFailed : EventStatus::kFailed);
  Blame(state, job, *attempt.tracker, attempt.failure);
  if (give_up || abort_failed) GiveUp(state, ref);
}

// Whether the task shall run again.
bool IsWanted(const Job& job, const Task& task) {
  if (IsDone(task) || task.state == TaskState::kPending || task.running > 0) return false;
  switch (task.kind) {
    case TaskKind::kAbort: return job.state == JobState::kEnding;
    case TaskKind::kCommit: return job.state == JobState::kCommitting;
    default: return job.state == JobState::kPrep || job.state == JobState::kRunning;
  }
}

}  // namespace

void MakePending(State& state, Job& job, Task& task) {
  task.state = TaskState::kPending;
  SetProgress(job, task, 0);
  const SlotKind kind = SlotOf(task.kind);
  state.AddPending(job, kind, +1);
  const bool again = !task.attempts.empty();
  if (kind == SlotKind::kMap) {
    PendingIndex& index = job.pending_maps;
    bool hosted = false;
    std::vector<std::uint32_t> racks;
    for (const std::uint32_t host : job.map_hosts[task.number]) {
      index.OnHost(host).Push(task.number, again);
      hosted = hosted || state.places.Usable(host) > 0;
      const std::uint32_t rack = state.places.RackOf(host);
      if (rack == kNoPlace || std::find(racks.begin(), racks.end(), rack) != racks.end()) continue;
      racks.push_back(rack);
      index.OnRack(rack).Push(task.number, again);
    }
    index.all().Push(task.number, again);
    if (!hosted) index.unhosted().Push(task.number, again);
    job.new_maps.push_back(task.number);
  } else if (kind == SlotKind::kReduce) {
    job.pending_reduces.Push(task.number);
  }
  state.changed_jobs.insert(job.order);
  state.UpdateReady(job);
}

AttemptRef AddAttempt(State& state, Job& job, Task& task, const AttemptLaunched& launched, Tracker& tracker) {
  const SlotKind kind = SlotOf(task.kind);
  Attempt attempt;
  attempt.number = launched.attempt.attempt;
  attempt.locality = launched.locality;
  attempt.speculative = launched.speculative;
  attempt.tracker = &tracker;
  attempt.launch = ++state.last_launch;
  attempt.start_mono = state.recovering ? 0 : state.now.mono_ms;
  attempt.start_wall = launched.wall_ms;
  attempt.memory = job.MemoryOf(task.kind);
  task.next_attempt = std::max(task.next_attempt, attempt.number + 1);
  task.attempts.push_back(std::move(attempt));
  const AttemptRef ref{&job, &task, static_cast<std::uint32_t>(task.attempts.size() - 1)};

  if (task.state == TaskState::kPending) {
    task.state = TaskState::kRunning;
    state.AddPending(job, kind, -1);
  }
  ++task.running;
  ++job.lane(kind).running;
  if (launched.speculative) ++job.lane(kind).speculating;
  ++job.pool->running[Index(kind)];
  ++job.pool->users[job.sub->user].slots[Index(kind)];
  ++tracker.used[Index(kind)];
  tracker.used_memory += ref.get().memory;
  tracker.running.emplace(ref.get().launch, ref);
  job.running.emplace(ref.get().launch, ref);
  job.trackers.insert(tracker.info.name);
  CountLaunch(job, task.kind, launched.locality);
  if (job.state == JobState::kPrep) job.state = JobState::kRunning;
  if (job.start_wall == 0) job.start_wall = launched.wall_ms;
  state.UpdateFree(tracker);
  state.UpdateReady(job);
  state.Touch(job);
  return ref;
}

void Launch(State& state, Job& job, Task& task, Tracker& tracker, Locality locality, bool speculative) {
  MRD_CHECK(tracker.HasFree(SlotOf(task.kind)));
  const std::uint32_t number = std::max(task.next_attempt, (state.life - job.life) * kAttemptsPerLife);
  AttemptLaunched launched{{job.sub->id, static_cast<char>(task.kind), task.number, number},
                           tracker.info.name,
                           tracker.info.host,
                           tracker.info.http_port,
                           tracker.info.shuffle_port,
                           locality,
                           speculative,
                           state.now.wall_ms};
  AddAttempt(state, job, task, launched, tracker);
  LaunchOrder order;
  order.attempt = launched.attempt;
  order.memory = job.MemoryOf(task.kind);
  order.speculative = speculative;
  order.left_out = LeftOut(job, task);
  // Were the ends of tasks lost that the commit rests on, the tasks would run again beside it.
  state.Emit(std::move(launched), task.kind == TaskKind::kCommit);
  state.Order(tracker, std::move(order));
  if (task.kind == TaskKind::kReduce) Follow(state, job, tracker);
}

void TakeReport(State& state, AttemptRef ref, const AttemptReport& report) {
  Job& job = *ref.job;
  Task& task = *ref.task;
  Attempt& attempt = ref.get();
  attempt.told = true;
  attempt.phase = report.phase;
  const double progress = std::clamp(report.progress, attempt.progress, 1.0);  // of NaN: as it was
  attempt.progress = progress >= attempt.progress ? progress : attempt.progress;
  if (!IsDone(task) && attempt.progress > task.progress) SetProgress(job, task, attempt.progress);
  const auto advance = [](std::uint64_t& known, std::uint64_t told, std::uint64_t& sum) {
    if (told <= known) return;
    sum += told - known;
    known = told;
  };
  if (SlotOf(task.kind) == SlotKind::kMap) {
    advance(attempt.records, report.records, job.records);
    advance(attempt.bytes, report.bytes, job.bytes);
  }
  if (task.kind == TaskKind::kReduce && !attempt.counted &&
      (report.phase >= Phase::kSort || report.state == AttemptState::kCommitPending)) {
    const bool before = IsFed(task);
    attempt.counted = true;
    ++task.past_shuffle;
    if (!before && IsFed(task)) ++job.reduces_fed;
  }
  const auto percent = [](const Lane& lane, std::size_t tasks) {
    return tasks == 0 ? 0 : static_cast<std::int32_t>(100 * lane.progress / static_cast<double>(tasks));
  };
  const std::int32_t shown = percent(job.lane(SlotKind::kMap), job.maps.size()) * 1'000 +
                             percent(job.lane(SlotKind::kReduce), job.reduces.size());
  if (shown != job.shown_percent) {
    job.shown_percent = shown;
    state.Touch(job);
  }
  if (report.state == AttemptState::kCommitPending) AskGrant(state, ref);
  if (IsOver(report.state)) {
    End(state, ref, {report.state, report.failure, report.message, &report.result, report.bad_record});
  }
}

void End(State& state, AttemptRef ref, AttemptEnd end) {
  Job& job = *ref.job;
  Task& task = *ref.task;
  {
    Attempt& attempt = ref.get();
    MRD_CHECK(IsOver(end.state) && !IsOver(attempt.state));
    if (end.state == AttemptState::kSucceeded) {
      if (std::string why = TooLate(ref); !why.empty()) end = {AttemptState::kKilled, {}, std::move(why), nullptr};
    } else if (end.state == AttemptState::kKilled && attempt.fail_when_killed) {
      end.state = AttemptState::kFailed;
    }
    attempt.state = end.state;
    attempt.failure = end.failure;
    attempt.end_wall = state.now.wall_ms;
    attempt.message = Cut(std::move(end.message));
    Release(state, ref);
    CountEnd(job, task.kind, attempt.state, attempt.end_wall - attempt.start_wall);
    if (IsOver(job.state)) {
      if (task.state == TaskState::kRunning && task.running == 0) task.state = TaskState::kKilled;
      return;
    }
    const bool fed = IsFed(task);
    if (attempt.counted) --task.past_shuffle;
    attempt.counted = false;
    AttemptEnded record{ref.Name(), attempt.state, attempt.failure, attempt.message, {}, state.now.wall_ms};
    if (attempt.state == AttemptState::kSucceeded && end.result != nullptr) record.result = *end.result;
    if (attempt.state == AttemptState::kFailed) record.bad_record = end.bad_record;
    state.Emit(std::move(record));
    if (fed && (attempt.state == AttemptState::kSucceeded || !IsFed(task))) --job.reduces_fed;
  }
  static const TaskResult kNothing;
  switch (end.state) {
    case AttemptState::kSucceeded: Succeed(state, ref, end.result != nullptr ? *end.result : kNothing); break;
    case AttemptState::kFailed: Fail(state, ref, end.bad_record); break;
    default:
      ++job.attempts_killed;
      AddEvent(state, ref, EventStatus::kKilled);
  }
  if (end.state != AttemptState::kSucceeded) {
    PassGrant(state, job, task, ref.index);
    if (IsWanted(job, task)) {
      MakePending(state, job, task);
    } else if (task.state == TaskState::kRunning && task.running == 0 && task.kind != TaskKind::kAbort) {
      task.state = TaskState::kKilled;  // with its job
    }
    if (task.kind == TaskKind::kReduce) RerunLost(state, job);
  }
  state.Touch(job);
  AfterTask(state, job);
  ContinueEnding(state, job);
  state.UpdateReady(job);
}

void OrderKill(State& state, AttemptRef ref, const std::string& reason, bool as_failure) {
  Attempt& attempt = ref.get();
  if (IsOver(attempt.state)) return;
  attempt.fail_when_killed = attempt.fail_when_killed || as_failure;
  if (attempt.kill_ordered && !as_failure) return;
  attempt.kill_ordered = true;
  if (state.recovering) return;
  if (attempt.tracker->orders.Revoke(ref.Name())) {
    End(state, ref, {AttemptState::kKilled, FailureKind::kUser, reason, nullptr});
    return;
  }
  state.Order(*attempt.tracker, KillOrder{ref.Name(), reason, as_failure});
}

}  // namespace mrd::jobtracker
