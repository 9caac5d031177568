#include "jobtracker/core/core.h"

#include <algorithm>
#include <utility>

#include "jobtracker/core/attempt_life.h"
#include "jobtracker/core/blame.h"
#include "jobtracker/core/job_life.h"
#include "jobtracker/core/map_outputs.h"
#include "jobtracker/core/preemption.h"
#include "jobtracker/core/recovery.h"
#include "jobtracker/core/scheduler.h"
#include "jobtracker/core/speculation.h"
#include "jobtracker/core/state.h"
#include "jobtracker/core/tracker_life.h"

namespace mrd::jobtracker {
namespace {

// Everything that follows from what an operation has changed.
Effects Settle(State& state) {
  Schedule(state);
  DismissIdle(state);
  if (!state.active.empty()) {
    state.WakeAt(std::max(state.next_periodic, state.now.mono_ms));
  }
  return state.TakeEffects();
}

// The body of an order as trackers get it.
OrderBody BodyOf(const State& state, Tracker& tracker, const OrderQueue::Entry& entry) {
  struct Visitor {
    const State& state;
    Tracker& tracker;
    std::uint64_t sequence;

    OrderBody operator()(LaunchOrder order) const {
      // The spec goes with the first launch that is handed out, and with that one each time it is.
      order.spec_whole = true;
      if (const Job* job = state.FindJob(order.attempt.job_id)) {
        std::uint64_t& first = tracker.jobs[job->order].spec_order;
        if (first == 0) first = sequence;
        order.spec_whole = first == sequence;
      }
      return order;
    }
    OrderBody operator()(const OutputRange& range) const { return MakeOutputsOrder(state, range); }
    OrderBody operator()(const KillOrder& order) const { return order; }
    OrderBody operator()(const ForgetOrder& order) const { return order; }
    OrderBody operator()(const CommitOrder& order) const { return order; }
    OrderBody operator()(const LeaveOrder& order) const { return order; }
  };
  return std::visit(Visitor{state, tracker, entry.sequence}, entry.body);
}

Status CheckSubmission(const State& state, const JobSubmission& job) {
  if (!mapred::IsJobId(job.id)) return InvalidArgument("job id " + job.id + ": not of the form job_<start>_<number>");
  if (state.FindJob(job.id) != nullptr) return AlreadyExists("job " + job.id + " was handed in before");
  const auto pool = state.pools.find(job.queue);
  if (pool == state.pools.end() || !pool->second.configured) {
    return InvalidArgument("queue " + job.queue + ": there is none of that name; `mapred queue -list` names them");
  }
  const QueueOptions& queue = pool->second.options;
  if (queue.stopped) return FailedPrecondition("queue " + job.queue + " is stopped: it takes no new jobs");
  const std::size_t tasks = job.splits.size() + job.settings.reduces;
  if (tasks > state.options.tasks_max) {
    return InvalidArgument("job " + job.id + " has " + std::to_string(tasks) + " tasks; the limit is " +
                           std::to_string(state.options.tasks_max) + ". Combine splits or use fewer reduces");
  }
  if (state.active.size() >= state.options.jobs_max) {
    return ResourceExhausted("the jobtracker has " + std::to_string(state.active.size()) +
                             " jobs, its limit; try again when some have ended");
  }
  const std::size_t in_queue = pool->second.admitted + pool->second.waiting.size();
  if (queue.jobs_max != 0 && in_queue >= queue.jobs_max) {
    return ResourceExhausted("queue " + job.queue + " has " + std::to_string(in_queue) +
                             " jobs, its limit; try again when some have ended");
  }
  return Status::Ok();
}

}  // namespace

Core::Core(CoreOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Core::~Core() = default;

Status Core::Recover(const Record& record) { return ApplyRecord(*state_, record); }

Effects Core::FinishRecovery(Instant now) {
  state_->now = now;
  BeginLife(*state_);
  return Settle(*state_);
}

Result<Effects> Core::Submit(JobSubmission job, Instant now) {
  State& state = *state_;
  MRD_RETURN_IF_ERROR(CheckSubmission(state, job));
  state.now = now;
  JobSubmitted submitted;
  submitted.order = state.last_job + 1;
  submitted.life = state.life;
  submitted.wall_ms = now.wall_ms;
  submitted.whole = RunsWhole(job);
  submitted.job = std::make_shared<const JobSubmission>(std::move(job));
  Job& made = CreateJob(state, submitted);
  state.Emit(std::move(submitted), true);
  state.Touch(made);
  AdmitJobs(state);
  return Settle(state);
}

Result<Effects> Core::KillJob(std::string_view job, std::string reason, Instant now) {
  MRD_ASSIGN_OR_RETURN(Job* found, state_->NeedJob(job));
  state_->now = now;
  jobtracker::KillJob(*state_, *found, reason);
  return Settle(*state_);
}

Result<Killed> Core::KillAttempt(const AttemptName& attempt, bool as_failure, std::string reason, Instant now) {
  const AttemptRef ref = state_->FindAttempt(attempt);
  if (ref.job == nullptr) return NotFound("attempt " + attempt.ToString() + ": there was none");
  state_->now = now;
  Killed answer;
  answer.killed = !IsOver(ref.get().state);
  if (answer.killed) OrderKill(*state_, ref, reason, as_failure);
  answer.effects = Settle(*state_);
  return answer;
}

Result<Effects> Core::SetPriority(std::string_view job, Priority priority, Instant now) {
  MRD_ASSIGN_OR_RETURN(Job* found, state_->NeedJob(job));
  state_->now = now;
  if (!IsOver(found->state) && found->priority != priority) {
    state_->Emit(PrioritySet{found->sub->id, priority});
    ChangePriority(*state_, *found, priority);
  }
  return Settle(*state_);
}

Status Core::Remove(std::string_view job) {
  MRD_ASSIGN_OR_RETURN(Job* found, state_->NeedJob(job));
  if (!IsOver(found->state)) return FailedPrecondition("job " + std::string(job) + " is not over");
  if (!found->running.empty()) return FailedPrecondition("job " + std::string(job) + " still has attempts that end");
  state_->by_age.erase(found->order);
  state_->jobs.erase(state_->jobs.find(job));
  return Status::Ok();
}

Registration Core::Register(const TrackerInfo& tracker, std::span<const AttemptReport> attempts,
                            std::span<const AttemptName> kept, Instant now) {
  state_->now = now;
  Registration answer;
  RegisterTracker(*state_, tracker, attempts, kept, answer);
  answer.effects = Settle(*state_);
  return answer;
}

Reported Core::Report(const TrackerReport& report, Instant now) {
  state_->now = now;
  Reported answer;
  Tracker* tracker = state_->FindTracker(report.tracker);
  if (tracker == nullptr || !tracker->registered) {
    answer.must_register = true;
  } else {
    TakeTrackerReport(*state_, *tracker, report);
  }
  answer.effects = Settle(*state_);
  return answer;
}

Effects Core::SetExcludedHosts(std::set<std::string> hosts, Instant now) {
  state_->now = now;
  ExcludeHosts(*state_, std::move(hosts));
  return Settle(*state_);
}

Effects Core::SetQueues(std::map<std::string, QueueOptions> queues, Instant now) {
  State& state = *state_;
  state.now = now;
  for (auto& [name, pool] : state.pools) pool.configured = queues.contains(name);
  for (auto& [name, options] : queues) state.PoolOf(name).options = options;
  AdmitJobs(state);
  return Settle(state);
}

Effects Core::Tick(Instant now) {
  State& state = *state_;
  state.now = now;
  state.wake_at = kNever;
  ExpireTrackers(state);
  ForgiveTrackers(state);
  CheckEndings(state);
  TellOutputs(state);
  CheckLocality(state);
  if (now.mono_ms >= state.next_periodic) {
    state.next_periodic = now.mono_ms + state.options.speculation_interval_ms;
    FindSlowTasks(state);
    CheckShares(state);
    FreeMemoryForMaps(state);
  }
  return Settle(state);
}

TakenOrders Core::TakeOrders(std::string_view tracker, std::uint64_t have, std::uint64_t durable, std::size_t limit) {
  TakenOrders taken;
  Tracker* found = state_->FindTracker(tracker);
  if (found == nullptr || !found->registered) {
    taken.must_register = true;
    return taken;
  }
  found->orders.Acknowledge(have);
  found->orders.Take(durable, limit, [&](const OrderQueue::Entry& entry) {
    taken.orders.push_back({entry.sequence, BodyOf(*state_, *found, entry)});
  });
  return taken;
}

}  // namespace mrd::jobtracker
