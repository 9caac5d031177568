#include "tests/unit/jobtracker/core_rig.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

namespace mrd::jobtracker::test {

AttemptName Name(std::uint32_t job, char kind, std::uint32_t number, std::uint32_t attempt) {
  return {Rig::JobId(job), kind, number, attempt};
}

Rig::Rig(CoreOptions options_) : options(std::move(options_)), core(std::make_unique<Core>(options)) {
  Keep(core->FinishRecovery(now));
}

std::string Rig::JobId(std::uint32_t number) { return mapred::JobId(1'700'000'000'000, number); }

void Rig::AddTracker(const std::string& name, std::uint32_t maps, std::uint32_t reduces, std::uint64_t memory,
                     const std::string& host, const std::string& rack) {
  TrackerInfo info;
  info.name = name;
  info.host = host.empty() ? name : host;
  info.rack = rack;
  info.http_port = 50060;
  info.shuffle_port = 13562;
  info.map_slots = maps;
  info.reduce_slots = reduces;
  info.memory = memory;
  info.start_ms = 1;
  trackers[name] = info;
  Keep(core->Register(info, {}, {}, now).effects);
}

JobSubmission Rig::Job(std::uint32_t number, std::uint32_t maps, std::uint32_t reduces) {
  JobSubmission job;
  job.id = JobId(number);
  job.name = "job " + std::to_string(number);
  job.user = "ann";
  job.queue = "default";
  job.settings.reduces = reduces;
  job.splits.assign(maps, SplitSummary{1ull << 30, {}});
  return job;
}

void Rig::Submit(JobSubmission job) {
  Result<Effects> effects = core->Submit(std::move(job), now);
  if (!effects.ok()) throw std::runtime_error(effects.status().ToString());
  Keep(*std::move(effects));
}

void Rig::Keep(Effects effects) {
  for (Record& record : effects.records) records.push_back(std::move(record));
  wake_at = effects.wake_at_ms;
}

std::vector<Order> Rig::Take(const std::string& tracker) {
  std::uint64_t& last = have[tracker];
  TakenOrders taken = core->TakeOrders(tracker, last, durable);
  if (!taken.orders.empty()) last = taken.orders.back().sequence;
  return std::move(taken.orders);
}

std::vector<AttemptName> Rig::Launched(const std::string& tracker) {
  std::vector<AttemptName> names;
  for (const LaunchOrder& order : Of<LaunchOrder>(Take(tracker))) names.push_back(order.attempt);
  return names;
}

void Rig::Say(const std::string& tracker, const AttemptReport& report) {
  TrackerReport message;
  message.tracker = tracker;
  message.attempts.push_back(report);
  Keep(core->Report(message, now).effects);
}

void Rig::Progress(const std::string& tracker, const AttemptName& attempt, double progress, Phase phase) {
  AttemptReport report;
  report.attempt = attempt;
  report.progress = progress;
  report.phase = phase;
  Say(tracker, report);
}

void Rig::Succeed(const std::string& tracker, const AttemptName& attempt, TaskResult result) {
  AttemptReport report;
  report.attempt = attempt;
  report.state = AttemptState::kSucceeded;
  report.result = std::move(result);
  Say(tracker, report);
}

void Rig::Fail(const std::string& tracker, const AttemptName& attempt, FailureKind kind) {
  AttemptReport report;
  report.attempt = attempt;
  report.state = AttemptState::kFailed;
  report.failure = kind;
  report.message = "It broke.";
  Say(tracker, report);
}

void Rig::Gone(const std::string& tracker, const AttemptName& attempt) {
  AttemptReport report;
  report.attempt = attempt;
  report.state = AttemptState::kKilled;
  Say(tracker, report);
}

void Rig::AskCommit(const std::string& tracker, const AttemptName& attempt) {
  AttemptReport report;
  report.attempt = attempt;
  report.state = AttemptState::kCommitPending;
  report.phase = Phase::kCommit;
  report.progress = 1;
  Say(tracker, report);
}

void Rig::Heartbeat(const std::string& tracker) {
  TrackerReport message;
  message.tracker = tracker;
  Keep(core->Report(message, now).effects);
}

void Rig::Pass(std::int64_t ms) {
  const std::int64_t end = now.mono_ms + ms;
  while (wake_at <= end) {
    const std::int64_t step = std::max(wake_at, now.mono_ms) - now.mono_ms;
    now.mono_ms += step;
    now.wall_ms += step;
    Keep(core->Tick(now));
    if (wake_at <= now.mono_ms) throw std::runtime_error("the core wants to wake at once, again");
  }
  now.wall_ms += end - now.mono_ms;
  now.mono_ms = end;
}

void Rig::RunAll() {
  for (bool busy = true; busy;) {
    busy = false;
    for (const auto& [name, info] : trackers) {
      for (const Order& order : Take(name)) {
        busy = true;
        if (const auto* launch = std::get_if<LaunchOrder>(&order.body)) {
          const char kind = launch->attempt.kind;
          if (kind == 'r' || kind == 'w') {
            AskCommit(name, launch->attempt);
          } else {
            Succeed(name, launch->attempt);
          }
        } else if (const auto* commit = std::get_if<CommitOrder>(&order.body)) {
          if (commit->granted) Succeed(name, commit->attempt);
        } else if (const auto* kill = std::get_if<KillOrder>(&order.body)) {
          Gone(name, kill->attempt);
        }
      }
    }
  }
}

void Rig::Restart() {
  core = std::make_unique<Core>(options);
  for (const Record& record : records) {
    const mrd::Status status = core->Recover(record);
    if (!status.ok()) throw std::runtime_error(status.ToString());
  }
  now.mono_ms = 5'000;  // Another boot, even.
  have.clear();
  Keep(core->FinishRecovery(now));
}

JobView Rig::Status(std::uint32_t job) const { return core->JobStatus(JobId(job), now).value(); }

TaskView Rig::TaskOf(std::uint32_t job, TaskKind kind, std::uint32_t number) const {
  const TaskPage page = core->Tasks(JobId(job), kind, number, 1, now).value();
  if (page.tasks.empty()) throw std::runtime_error("there is no such task");
  return page.tasks.front();
}

}  // namespace mrd::jobtracker::test
