#include <algorithm>
#include <cstddef>

#include "jobtracker/core/core.h"
#include "jobtracker/core/explain.h"
#include "jobtracker/core/job_life.h"
#include "jobtracker/core/job_order.h"
#include "jobtracker/core/state.h"

namespace mrd::jobtracker {
namespace {

double Share(double part, std::size_t whole, JobState state) {
  if (whole == 0) return state == JobState::kPrep ? 0 : 1;
  return std::clamp(part / static_cast<double>(whole), 0.0, 1.0);
}

void FillWhole(const Job& job, JobView& view) {
  // One attempt: its first half counts as the maps, the second as the reduces.
  const double progress = std::clamp(job.lane(SlotKind::kMap).progress, 0.0, 1.0);
  const bool reduces = view.reduces > 0;
  view.map_progress = reduces ? std::min(1.0, 2 * progress) : progress;
  view.reduce_progress = reduces ? std::max(0.0, 2 * progress - 1) : 0;
  const bool done = job.state == JobState::kSucceeded;
  view.maps_done = done ? view.maps : 0;
  view.reduces_done = done ? view.reduces : 0;
  view.reduces_running = 0;
}

JobView ViewOf(const State& state, const Job& job, Instant now) {
  JobView view;
  view.id = job.sub->id;
  view.name = job.sub->name;
  view.user = job.sub->user;
  view.queue = job.sub->queue;
  view.priority = job.priority;
  view.state = job.state;
  view.version = job.version;
  view.submit_ms = job.submit_wall;
  view.start_ms = job.start_wall;
  view.end_ms = job.end_wall;
  view.maps = static_cast<std::uint32_t>(job.sub->splits.size());
  view.reduces = job.sub->settings.reduces;
  const Lane& maps = job.lane(SlotKind::kMap);
  const Lane& reduces = job.lane(SlotKind::kReduce);
  view.maps_done = maps.done;
  view.reduces_done = reduces.done;
  view.maps_running = maps.running;
  view.reduces_running = reduces.running;
  view.map_progress = Share(maps.progress, job.maps.size(), job.state);
  view.reduce_progress = Share(reduces.progress, job.reduces.size(), job.state);
  if (job.whole) FillWhole(job, view);
  if (job.state == JobState::kSucceeded) view.map_progress = view.reduce_progress = 1;
  view.attempts_failed = job.attempts_failed;
  view.attempts_killed = job.attempts_killed;
  view.failure = job.failure;
  view.whole = job.whole;
  view.records = job.records;
  view.bytes = job.bytes;
  view.input_bytes = job.input_bytes;
  view.waiting = WhyJobWaits(state, job, now);
  return view;
}

AttemptView ViewOf(const AttemptRef& ref) {
  const Attempt& attempt = ref.get();
  AttemptView view;
  view.attempt = ref.Name();
  view.state = attempt.state;
  view.phase = attempt.phase;
  view.progress = attempt.progress;
  view.tracker = attempt.tracker->info.name;
  view.host = attempt.tracker->info.host;
  view.http_port = attempt.tracker->info.http_port;
  view.locality = attempt.locality;
  view.speculative = attempt.speculative;
  view.start_ms = attempt.start_wall;
  view.end_ms = attempt.end_wall;
  if (attempt.state == AttemptState::kFailed) view.failure = attempt.failure;
  view.message = attempt.message;
  return view;
}

TaskView ViewOf(const State& state, Job& job, Task& task, Instant now) {
  TaskView view;
  view.id = AttemptName{job.sub->id, static_cast<char>(task.kind), task.number, 0}.TaskId();
  view.kind = task.kind;
  view.number = task.number;
  view.state = task.state;
  view.progress = task.progress;
  view.waiting = WhyTaskWaits(state, job, task, now);
  for (std::uint32_t i = 0; i < task.attempts.size(); ++i) view.attempts.push_back(ViewOf(AttemptRef{&job, &task, i}));
  return view;
}

TrackerView ViewOf(const State& state, const Tracker& tracker, Instant now) {
  TrackerView view;
  view.info = tracker.info;
  view.unused = WhyTrackerUnused(tracker, now);
  if (tracker.excluded) {
    view.state = TrackerState::kDecommissioned;
  } else if (!tracker.registered) {
    view.state = TrackerState::kLost;
  } else if (!tracker.usable) {
    view.state = TrackerState::kBlacklisted;
  }
  view.idle_map = WhySlotIdles(state, tracker, SlotKind::kMap, now);
  view.idle_reduce = WhySlotIdles(state, tracker, SlotKind::kReduce, now);
  view.running_maps = tracker.used[Index(SlotKind::kMap)];
  view.running_reduces = tracker.used[Index(SlotKind::kReduce)];
  view.used_memory = tracker.used_memory;
  view.last_report_ms = tracker.last_report_wall;
  view.failures = tracker.failures;
  view.free_disk = tracker.free_disk;
  view.troubles = tracker.troubles;
  return view;
}

}  // namespace

Result<JobView> Core::JobStatus(std::string_view job, Instant now) const {
  MRD_ASSIGN_OR_RETURN(const Job* found, state_->NeedJob(job));
  return ViewOf(*state_, *found, now);
}

std::uint64_t Core::JobVersion(std::string_view job) const {
  const Job* found = state_->FindJob(job);
  return found == nullptr ? 0 : found->version;
}

std::vector<JobView> Core::Jobs(bool over_too, Instant now) const {
  std::vector<JobView> views;
  for (const auto& [order, job] : over_too ? state_->by_age : state_->active) {
    views.push_back(ViewOf(*state_, *job, now));
  }
  return views;
}

Result<TaskPage> Core::Tasks(std::string_view job, std::optional<TaskKind> kind, std::size_t from, std::size_t count,
                             Instant now) const {
  MRD_ASSIGN_OR_RETURN(Job* found, state_->NeedJob(job));
  TaskPage page;
  std::size_t position = 0;
  const auto add = [&](Task& task) {
    if (kind && task.kind != *kind) return;
    if (position >= from && page.tasks.size() < count) page.tasks.push_back(ViewOf(*state_, *found, task, now));
    ++position;
  };
  if (!found->summary_only) {
    for (Task& task : found->maps) add(task);
    for (Task& task : found->reduces) add(task);
    if (found->commit != nullptr) add(*found->commit);
    if (found->abort != nullptr) add(*found->abort);
  }
  page.total = static_cast<std::uint32_t>(position);
  return page;
}

Result<std::vector<TaskEvent>> Core::Events(std::string_view job, std::uint32_t from, std::size_t count) const {
  MRD_ASSIGN_OR_RETURN(const Job* found, state_->NeedJob(job));
  const std::vector<TaskEvent>& events = found->events;
  const std::size_t begin = std::min<std::size_t>(from == 0 ? 0 : from - 1, events.size());
  const std::size_t end = begin + std::min(count, events.size() - begin);
  return std::vector<TaskEvent>(events.begin() + static_cast<std::ptrdiff_t>(begin),
                                events.begin() + static_cast<std::ptrdiff_t>(end));
}

ClusterView Core::Cluster(Instant now) const {
  ClusterView view;
  for (const auto& [name, tracker] : state_->tracker_names) {
    view.trackers.push_back(ViewOf(*state_, *tracker, now));
  }
  const std::vector<double> map_shares = FairSharesNow(*state_, SlotKind::kMap);
  const std::vector<double> reduce_shares = FairSharesNow(*state_, SlotKind::kReduce);
  std::size_t i = 0;
  for (const auto& [name, pool] : state_->pools) {
    QueueView queue;
    queue.name = name;
    queue.stopped = pool.options.stopped || !pool.configured;
    queue.running_jobs = pool.admitted;
    queue.waiting_jobs = static_cast<std::uint32_t>(pool.waiting.size());
    queue.weight = pool.options.weight;
    queue.min_share = pool.options.min_maps + pool.options.min_reduces;
    queue.running_tasks = pool.running[Index(SlotKind::kMap)] + pool.running[Index(SlotKind::kReduce)];
    queue.fair_share = map_shares[i] + reduce_shares[i];
    ++i;
    view.queues.push_back(std::move(queue));
  }
  view.running_jobs = state_->admitted;
  return view;
}

Result<JobResult> Core::JobSums(std::string_view job) const {
  MRD_ASSIGN_OR_RETURN(const Job* found, state_->NeedJob(job));
  return JobResult{CountersOf(*found), found->sums.ledger()};
}

Result<CommitWork> Core::WorkOfCommit(std::string_view job) const {
  MRD_ASSIGN_OR_RETURN(const Job* found, state_->NeedJob(job));
  CommitWork work;
  for (const std::vector<Task>* tasks : {&found->maps, &found->reduces}) {
    for (const Task& task : *tasks) {
      if (task.state != TaskState::kSucceeded || !found->Publishes(task.kind)) continue;
      work.tasks.push_back(AttemptName{found->sub->id, static_cast<char>(task.kind), task.number, 0}.TaskId());
      work.parts.insert(work.parts.end(), task.parts.begin(), task.parts.end());
    }
  }
  std::sort(work.parts.begin(), work.parts.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  work.ledger = found->sums.ledger();
  return work;
}

}  // namespace mrd::jobtracker
