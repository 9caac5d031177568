#include "jobtracker/core/recovery.h"

#include <algorithm>
#include <memory>

#include "jobtracker/core/attempt_life.h"
#include "jobtracker/core/grants.h"
#include "jobtracker/core/job_life.h"
#include "jobtracker/core/map_outputs.h"
#include "jobtracker/core/tracker_life.h"

namespace mrd::jobtracker {
namespace {

Status Misfit(const std::string& what) { return Corruption("journal of jobs: " + what); }

std::unique_ptr<Task> EndTask(TaskKind kind) {
  auto task = std::make_unique<Task>();
  task->kind = kind;
  task->state = TaskState::kRunning;
  return task;
}

class Applier {
 public:
  explicit Applier(State& state) : state_(state) {}

  Status operator()(const LifeBegan& record) {
    state_.life = std::max(state_.life, record.life);
    return Status::Ok();
  }

  Status operator()(const JobSubmitted& record) {
    if (record.job == nullptr) return Misfit("a submission without its job");
    if (state_.FindJob(record.job->id) != nullptr) return Misfit("job " + record.job->id + " was handed in twice");
    CreateJob(state_, record);
    return Status::Ok();
  }

  Status operator()(const AttemptLaunched& record) {
    Job* job = state_.FindJob(record.attempt.job_id);
    if (job == nullptr) return Unknown(record.attempt);
    if (IsOver(job->state)) return Status::Ok();
    const auto kind = static_cast<TaskKind>(record.attempt.kind);
    // That the last task was done, or the job failed, is not written by itself.
    if (kind == TaskKind::kCommit && job->commit == nullptr) {
      job->commit = EndTask(kind);
      job->state = JobState::kCommitting;
    }
    if (kind == TaskKind::kAbort && job->abort == nullptr) job->abort = EndTask(kind);
    Task* task = job->FindTask(kind, record.attempt.number);
    if (task == nullptr || state_.FindAttempt(record.attempt).job != nullptr) return Unknown(record.attempt);
    TrackerInfo info;
    info.name = record.tracker;
    info.host = record.host;
    info.http_port = record.http_port;
    info.shuffle_port = record.shuffle_port;
    Tracker& tracker = NeedTracker(state_, info);
    AddAttempt(state_, *job, *task, record, tracker);
    if (kind == TaskKind::kReduce) tracker.jobs[job->order].follows = true;
    return Status::Ok();
  }

  Status operator()(const AttemptEnded& record) {
    const AttemptRef ref = state_.FindAttempt(record.attempt);
    if (ref.job == nullptr) {
      const Job* job = state_.FindJob(record.attempt.job_id);
      return job != nullptr && IsOver(job->state) ? Status::Ok() : Unknown(record.attempt);
    }
    if (IsOver(ref.get().state)) return Status::Ok();
    if (!IsOver(record.state)) return Misfit("attempt " + record.attempt.ToString() + " ended without an end");
    state_.now.wall_ms = record.wall_ms;
    End(state_, ref, {record.state, record.failure, record.message, &record.result, record.bad_record});
    return Status::Ok();
  }

  Status operator()(const OutputWithdrawn& record) {
    const AttemptRef ref = state_.FindAttempt(record.attempt);
    if (ref.job == nullptr || ref.task->kind != TaskKind::kMap) return Unknown(record.attempt);
    if (ref.job->state != JobState::kRunning) return Status::Ok();
    if (ref.task->state != TaskState::kSucceeded || ref.task->done_by != ref.index) return Unknown(record.attempt);
    state_.now.wall_ms = record.wall_ms;
    Withdraw(state_, *ref.job, ref.task->number, record.reason);
    return Status::Ok();
  }

  Status operator()(const CommitGranted& record) {
    const AttemptRef ref = state_.FindAttempt(record.attempt);
    state_.last_token = std::max(state_.last_token, record.token);
    if (ref.job == nullptr) return Unknown(record.attempt);
    if (IsOver(ref.get().state) || IsOver(ref.job->state)) return Status::Ok();
    ref.get().state = AttemptState::kCommitPending;
    ref.get().phase = Phase::kCommit;
    ref.task->granted = ref.index;
    ref.task->grants.push_back(ref.index);
    ref.task->token = record.token;
    if (ref.job->whole) ref.job->state = JobState::kCommitting;
    return Status::Ok();
  }

  Status operator()(const PrioritySet& record) {
    Job* job = state_.FindJob(record.job);
    if (job == nullptr) return Misfit("priority of job " + record.job + ", which is not known");
    if (!IsOver(job->state)) ChangePriority(state_, *job, record.priority);
    return Status::Ok();
  }

  Status operator()(const JobEnding& record) {
    Job* job = state_.FindJob(record.job);
    if (job == nullptr) return Misfit("end of job " + record.job + ", which is not known");
    BeginEnding(state_, *job, record.state, record.failure);
    return Status::Ok();
  }

  Status operator()(const JobEnded& record) {
    Job* found = state_.FindJob(record.job);
    if (found == nullptr) return Misfit("end of job " + record.job + ", which is not known");
    Job& job = *found;
    if (IsOver(job.state) || !IsOver(record.state)) return Misfit("job " + record.job + " ended twice or not at all");
    job.summary_only = job.events.empty();
    FinishJob(state_, job, record.state, record.failure);
    const std::map<std::uint64_t, AttemptRef> running = job.running;
    for (const auto& [launch, ref] : running) {
      End(state_, ref, {AttemptState::kKilled, FailureKind::kUser, "The job is over.", nullptr});
    }
    job.start_wall = record.start_wall_ms;
    job.end_wall = record.end_wall_ms;
    job.lane(SlotKind::kMap).done = record.maps_done;
    job.lane(SlotKind::kReduce).done = record.reduces_done;
    job.attempts_failed = record.attempts_failed;
    job.attempts_killed = record.attempts_killed;
    TaskResult sums;
    sums.counters = record.counters;
    sums.ledger = record.ledger;
    job.sums = {};
    job.own_counters = {};
    job.sums.Add(sums);
    return Status::Ok();
  }

 private:
  Status Unknown(const AttemptName& attempt) const {
    return Misfit("attempt " + attempt.ToString() + " does not fit what was written before");
  }

  State& state_;
};

}  // namespace

Status ApplyRecord(State& state, const Record& record) {
  state.last_record = std::max(state.last_record, record.number);
  Status status = std::visit(Applier(state), record.body);
  return std::move(status).WithContext("record " + std::to_string(record.number));
}

void BeginLife(State& state) {
  state.recovering = false;
  ++state.life;
  state.Emit(LifeBegan{state.life}, true);
  for (const auto& tracker : state.trackers) {
    tracker->orders = OrderQueue(static_cast<std::uint64_t>(state.life) << 32);
    tracker->last_contact = state.now.mono_ms;
  }
  state.next_expiry = state.now.mono_ms + state.options.tracker_expiry_ms;
  state.WakeAt(state.next_expiry);
  // Jobs that ran before go on whatever limits say; the others wait as they did.
  const std::map<std::uint64_t, Job*> active = state.active;
  for (const auto& [order, job] : active) {
    if (job->state == JobState::kEnding) job->ending_since = state.now.mono_ms;
    if (job->state == JobState::kRunning || job->state == JobState::kCommitting) AdmitNow(state, *job);
  }
  AdmitJobs(state);
  for (const auto& [order, job] : active) {
    AfterTask(state, *job);
    RerunLost(state, *job);
    ContinueEnding(state, *job);
  }
  CheckEndings(state);
}

}  // namespace mrd::jobtracker
