#include "tests/support/invented_schedules.h"

#include <algorithm>

namespace mrd::test {

namespace proto = mapred::proto;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;

proto::ScheduleProto Invented(const std::string& name, const std::string& owner, const std::string& cron) {
  proto::ScheduleProto schedule;
  proto::ScheduleTermsProto& terms = *schedule.mutable_terms();
  terms.set_name(name);
  terms.set_owner(owner);
  terms.set_cron(cron);
  terms.set_zone("Europe/Berlin");
  terms.set_overlap("skip");
  terms.set_missed("all");
  terms.set_missedmax(3);
  terms.set_historymax(20);
  schedule.set_enabled(true);
  schedule.set_jobname("<b>counts</b> of the day");
  schedule.set_entry("wordcount");
  schedule.set_plugin("wordcount.so");
  schedule.set_queue("default");
  schedule.add_inputs("hdfs://namenode.example:8020/logs/%Y-%m-%d");
  schedule.set_output("hdfs://namenode.example:8020/counts/%Y%m%d-%H%M");
  return schedule;
}

proto::ScheduleRunProto& AddRun(proto::ScheduleProto* schedule, const std::string& state, std::int64_t due_ms) {
  const std::uint64_t number = schedule->runs().empty() ? 1 : schedule->runs().rbegin()->number() + 1;
  proto::ScheduleRunProto& run = *schedule->add_runs();
  run.set_number(number);
  run.set_duems(due_ms);
  run.set_state(state);
  return run;
}

}  // namespace

InventedSchedules::InventedSchedules(std::int64_t start_ms) {
  proto::ScheduleProto nightly = Invented("nightly", "ann", "30 2 * * *");
  nightly.set_createdms(start_ms - 9 * kDayMs);
  nightly.set_nextms(start_ms + kDayMs / 3);
  std::int64_t due = start_ms - 8 * kDayMs;
  for (const char* state : {"succeeded", "failed", "killed", "refused", "missed", "skipped", "succeeded"}) {
    proto::ScheduleRunProto& run = AddRun(&nightly, state, due);
    run.set_endms(due + 60'000);
    if (run.state() == "missed" || run.state() == "skipped") {
      run.set_count(3);
      run.set_message("nobody looked at the clock then");
    } else if (run.state() == "refused") {
      run.set_message("Input path does not exist: hdfs://namenode.example:8020/logs/<i>2024-03-05</i>");
    } else {
      run.set_startms(due + 200);
      run.set_jobid("job_1709633520000_000" + std::to_string(run.number()));
    }
    due += kDayMs;
  }
  schedules_.push_back(std::move(nightly));
  proto::ScheduleProto weekly = Invented("weekly.report", "bob", "@weekly");
  weekly.set_createdms(start_ms - kDayMs);
  weekly.set_enabled(false);
  schedules_.push_back(std::move(weekly));
}

Result<proto::ListSchedulesResponseProto> InventedSchedules::List(const proto::ListSchedulesRequestProto& request) const {
  proto::ListSchedulesResponseProto response;
  for (const proto::ScheduleProto& schedule : schedules_) {
    if (!request.has_name() || request.name() == schedule.terms().name()) *response.add_schedules() = schedule;
  }
  if (request.has_name() && response.schedules().empty()) return NotFound("there is no schedule \"" + request.name() + "\"");
  return response;
}

Result<proto::ScheduleProto*> InventedSchedules::FindFor(const std::string& user, const std::string& name) {
  const auto found = std::find_if(schedules_.begin(), schedules_.end(),
                                  [&](const proto::ScheduleProto& one) { return one.terms().name() == name; });
  if (found == schedules_.end()) return NotFound("there is no schedule \"" + name + "\"");
  if (found->terms().owner() != user) return PermissionDenied("user " + user + " may not change schedule " + name);
  return &*found;
}

Status InventedSchedules::Remove(const std::string& user, const std::string& name) {
  MRD_ASSIGN_OR_RETURN(proto::ScheduleProto* const schedule, FindFor(user, name));
  schedules_.erase(schedules_.begin() + (schedule - schedules_.data()));
  return Status::Ok();
}

Status InventedSchedules::Enable(const std::string& user, const std::string& name, bool enabled) {
  MRD_ASSIGN_OR_RETURN(proto::ScheduleProto* const schedule, FindFor(user, name));
  schedule->set_enabled(enabled);
  if (!enabled) schedule->clear_nextms();
  return Status::Ok();
}

Result<std::uint64_t> InventedSchedules::Run(const std::string& user, const std::string& name, std::int64_t now_ms) {
  MRD_ASSIGN_OR_RETURN(proto::ScheduleProto* const schedule, FindFor(user, name));
  if (!schedule->runs().empty() && schedule->runs().rbegin()->state() == "running") {
    return FailedPrecondition("schedule " + name + " has a run that is not over");
  }
  proto::ScheduleRunProto& run = AddRun(schedule, "running", now_ms);
  run.set_byhand(true);
  run.set_startms(now_ms);
  run.set_jobid("job_1709633520000_0007");
  return run.number();
}

}  // namespace mrd::test
