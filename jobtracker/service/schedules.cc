#include "jobtracker/service/schedules.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "common/net/co_status.h"
#include "jobtracker/journal/store_keys.h"
#include "jobtracker/service/parse_message.h"
#include "jobtracker/service/schedule_convert.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

constexpr std::size_t kStartsAtOnce = 4;
// A wall clock may be set while we sleep by another one.
constexpr std::int64_t kLookAgainMs = 5'000;
constexpr std::int64_t kIdleMs = 60'000;
// A file system that is away: about two minutes, then the run is refused.
constexpr int kTries = 7;
constexpr std::int64_t kPauseMs = 2'000;

bool MayPass(const Status& status) {
  return status.code() == Code::kUnavailable || status.code() == Code::kDeadlineExceeded || status.code() == Code::kIo;
}

RunState StateOf(proto::JobStateProto state) {
  switch (state) {
    case proto::JOB_SUCCEEDED: return RunState::kSucceeded;
    case proto::JOB_KILLED: return RunState::kKilled;
    default: return RunState::kFailed;
  }
}

bool IsOver(const proto::JobStatusProto& status) {
  return status.state() != proto::JOB_RUNNING && status.state() != proto::JOB_PREP;
}

}  // namespace

Schedules::Schedules(Parts parts, Logger log)
    : parts_(parts),
      log_(std::move(log)),
      clock_bell_(std::make_shared<Bell>()),
      stop_bell_(std::make_shared<Bell>()),
      files_("schedules", kStartsAtOnce) {}

Status Schedules::Recover() {
  MRD_RETURN_IF_ERROR(parts_.store.Scan(kScheduleJobPrefix, [&](std::string_view key, std::string_view value) -> Status {
    auto job = std::make_shared<proto::ScheduledJobProto>();
    if (!ParseMessage(value, job.get())) return Corruption("job store: " + std::string(key) + ": no such message");
    jobs_[std::string(key.substr(kScheduleJobPrefix.size()))] = std::move(job);
    return Status::Ok();
  }));
  MRD_RETURN_IF_ERROR(parts_.store.Scan(kSchedulePackPrefix, [&](std::string_view key, std::string_view value) -> Status {
    const std::size_t line = value.find('\n');
    if (line == std::string_view::npos) return Corruption("job store: " + std::string(key) + ": no owner and path");
    left_packs_[std::string(key.substr(kSchedulePackPrefix.size()))] = {std::string(value.substr(0, line)),
                                                                         std::string(value.substr(line + 1))};
    return Status::Ok();
  }));
  MRD_RETURN_IF_ERROR(parts_.store.Scan(
      kScheduleStatePrefix, [&](std::string_view key, std::string_view value) { return RecoverOne(key, value); }));
  Resume();
  return Status::Ok();
}

Status Schedules::RecoverOne(std::string_view key, std::string_view value) {
  const std::string context = "job store: " + std::string(key);
  proto::ScheduleStateProto state;
  if (!ParseMessage(value, &state)) return Corruption(context + ": no such message");
  Result<Schedule> schedule = FromProto(state);
  if (!schedule.ok()) return Corruption(context + ": " + schedule.status().message());
  if (!jobs_.contains(schedule->terms.name)) return Corruption(context + ": its job is missing");
  Result<TimeZone> zone = TimeZone::Load(parts_.env, schedule->terms.zone);
  if (!zone.ok()) {
    log_.Error("schedule disabled name=" + schedule->terms.name + " why=" + zone.status().message());
    schedule->enabled = false;
    zone = TimeZone::Utc();
  }
  return book_.Recover(*std::move(schedule), *std::move(zone)).WithContext(context);
}

// Runs that an earlier life began.
void Schedules::Resume() {
  for (const Run& run : book_.ActiveRuns()) {
    const ScheduleRun& known = *book_.Find(run.schedule)->Find(run.number);
    const Result<proto::JobStatusProto> status =
        known.job.empty() ? Result<proto::JobStatusProto>(NotFound("no job yet")) : parts_.calls.reader().JobStatus(known.job);
    if (!status.ok() && known.state == RunState::kStarting) {
      waiting_.push_back(run);
      continue;
    }
    if (status.ok() && known.state == RunState::kStarting) {
      Carry(book_.Started(run.schedule, run.number, static_cast<std::int64_t>(status->submitms())));
    }
    if (!status.ok()) {
      Carry(book_.JobEnded(known.job, RunState::kFailed, "the job is not known any more", parts_.clock.WallMillis()));
    } else if (IsOver(*status)) {
      Carry(book_.JobEnded(known.job, StateOf(status->state()), status->failure(), static_cast<std::int64_t>(status->endms())));
    }
  }
  std::vector<std::string> ended;
  for (const auto& [job, pack] : left_packs_) {
    const Result<proto::JobStatusProto> status = parts_.calls.reader().JobStatus(job);
    if (!status.ok() || IsOver(*status)) ended.push_back(job);
  }
  for (const std::string& job : ended) DropLeftPack(job);
  StartSome();
}

net::awaitable<void> Schedules::Ticks() {
  while (!stopping_) {
    const std::int64_t now = parts_.clock.WallMillis();
    Carry(book_.Tick(now));
    const std::optional<std::int64_t> next = book_.NextTickMs();
    const std::int64_t wait = next ? std::clamp<std::int64_t>(*next - now, 1, kLookAgainMs) : kIdleMs;
    co_await Bell::Wait(clock_bell_, std::chrono::milliseconds(wait));
  }
}

void Schedules::JobEnded(const std::string& job) {
  const Result<proto::JobStatusProto> status = parts_.calls.reader().JobStatus(job);
  if (!status.ok() || !IsOver(*status)) return;
  Carry(book_.JobEnded(job, StateOf(status->state()), status->failure(), parts_.clock.WallMillis()));
  DropLeftPack(job);
}

net::awaitable<void> Schedules::Stop() {
  stopping_ = true;
  clock_bell_->Ring();
  stop_bell_->Ring();
  co_await gate_.Close();
}

void Schedules::Carry(ScheduleEffects effects) {
  if (effects.changed.empty()) return;
  std::vector<StoreWrite> writes;
  for (const std::string& name : effects.changed) {
    const Schedule* const schedule = book_.Find(name);
    if (schedule != nullptr) {
      writes.push_back({ScheduleStateKey(name), StateToProto(*schedule).SerializeAsString()});
    } else {
      writes.push_back({ScheduleStateKey(name), std::nullopt});
      writes.push_back({ScheduleJobKey(name), std::nullopt});
    }
  }
  parts_.dispatcher.Keep(std::move(writes), true);
  for (ScheduleEffects::Start& start : effects.starts) waiting_.push_back(std::move(start));
  for (const std::string& job : effects.kills) {
    const Result<Access::Job> access = parts_.calls.reader().AccessOf(job);
    if (!access.ok() || stopping_ || !gate_.Enter()) continue;
    parts_.runtime.Spawn(parts_.runtime.executor(), [this, owner = access->owner, job] { return Kill(owner, job); });
  }
  StartSome();
  clock_bell_->Ring();
}

net::awaitable<void> Schedules::Kill(std::string owner, std::string job) {
  proto::KillJobRequestProto request;
  request.set_jobid(job);
  request.set_reason("the next run of its schedule is due");
  const Result<proto::KillJobResponseProto> killed = co_await parts_.calls.KillJob(owner, request);
  if (!killed.ok()) log_.Warn("job of a schedule not killed job=" + job + " why=" + killed.status().message());
  gate_.Leave();
}

void Schedules::StartSome() {
  while (!stopping_ && at_work_ < kStartsAtOnce && !waiting_.empty() && gate_.Enter()) {
    ++at_work_;
    Run run = std::move(waiting_.front());
    waiting_.pop_front();
    parts_.runtime.Spawn(parts_.runtime.executor(), [this, run = std::move(run)] { return Work(run); });
  }
}

net::awaitable<void> Schedules::Work(Run run) {
  co_await StartRun(run);
  --at_work_;
  StartSome();
  gate_.Leave();
}

const ScheduleRun* Schedules::Starting(const Run& run) const {
  const Schedule* const schedule = book_.Find(run.schedule);
  const ScheduleRun* const found = schedule == nullptr ? nullptr : schedule->Find(run.number);
  return found != nullptr && found->state == RunState::kStarting ? found : nullptr;
}

net::awaitable<void> Schedules::StartRun(const Run& run) {
  std::int64_t pause = kPauseMs;
  for (int attempt = 1; !stopping_; ++attempt) {
    const Status done = co_await TrySubmit(run);
    if (stopping_ || done.code() == Code::kCancelled) co_return;
    if (done.ok()) {
      Carry(book_.Started(run.schedule, run.number, parts_.clock.WallMillis()));
      co_return;
    }
    if (!MayPass(done) || attempt == kTries) {
      log_.Warn("run refused schedule=" + run.schedule + " run=" + std::to_string(run.number) + " why=" + done.message());
      Carry(book_.Refused(run.schedule, run.number, done.message(), parts_.clock.WallMillis()));
      co_return;
    }
    co_await Bell::Wait(stop_bell_, std::chrono::milliseconds(pause));
    pause *= 2;
  }
}

net::awaitable<Status> Schedules::TrySubmit(const Run& run) {
  if (Starting(run) == nullptr) co_return Cancelled("the run is not wanted any more");
  RunToPlan plan;
  const Schedule& schedule = *book_.Find(run.schedule);
  plan.job = jobs_.at(run.schedule);
  plan.owner = schedule.terms.owner;
  plan.zone = *book_.ZoneOf(run.schedule);
  plan.time.due_s = Starting(run)->due_ms / 1000;
  plan.time.number = run.number;
  plan.mark = run.schedule + "-" + std::to_string(schedule.created_ms) + "-" + std::to_string(run.number);
  MRD_CO_ASSIGN_OR_RETURN(const proto::NewJobResponseProto place, co_await parts_.calls.NewJob(plan.owner));
  plan.job_id = place.jobid();
  Carry(book_.NameJob(run.schedule, run.number, plan.job_id));
  MRD_CO_RETURN_IF_ERROR(co_await parts_.dispatcher.Settled());

  auto make = [&] { return parts_.planner.Plan(plan); };
  Result<proto::SubmitJobRequestProto> request = co_await files_.Run(make);
  Status failure = request.status();
  if (failure.ok()) {
    // The schedule may have gone meanwhile, or be another one of that name.
    const bool same = jobs_.contains(run.schedule) && jobs_.at(run.schedule) == plan.job;
    if (stopping_ || !same || Starting(run) == nullptr) {
      failure = Cancelled("the run is not wanted any more");
    } else {
      proto::SubmitJobRequestProto message = *std::move(request);
      const Result<proto::SubmitJobResponseProto> submitted = co_await parts_.calls.Submit(plan.owner, std::move(message));
      failure = submitted.status();
    }
  }
  if (failure.ok()) {
    log_.Info("run submitted schedule=" + run.schedule + " run=" + std::to_string(run.number) + " job=" + plan.job_id);
    co_return failure;
  }
  if (stopping_) co_return failure;  // the next life's
  DropLeftPack(plan.job_id);
  if (failure.code() == Code::kAlreadyExists) co_return failure;  // not ours
  auto withdraw = [&] { return parts_.planner.Withdraw(plan); };
  const Status withdrawn = co_await files_.Run(withdraw);
  if (!withdrawn.ok()) log_.Warn("output not removed job=" + plan.job_id + " why=" + withdrawn.message());
  co_return failure;
}

Status Schedules::MayChange(const std::string& user, const std::string& name) {
  const Schedule* const schedule = book_.Find(name);
  if (schedule == nullptr) return NotFound("there is no schedule \"" + name.substr(0, 100) + "\"; mr schedule list shows them");
  const Access::Job access{"schedule " + name, schedule->terms.owner, " ", " "};
  return parts_.access.MayModify(user, access, parts_.dispatcher.Now().mono_ms);
}

net::awaitable<Result<proto::AddScheduleResponseProto>> Schedules::Add(std::string user,
                                                                       proto::AddScheduleRequestProto request) {
  request.mutable_terms()->set_owner(user);
  request.mutable_job()->mutable_spec()->set_user(user);
  MRD_CO_RETURN_IF_ERROR(parts_.access.MaySubmit(user, request.job().spec().queue(), parts_.dispatcher.Now().mono_ms));
  MRD_CO_RETURN_IF_ERROR(parts_.planner.Check(request.job(), user));
  MRD_CO_ASSIGN_OR_RETURN(ScheduleTerms terms, FromProto(request.terms()));
  MRD_CO_ASSIGN_OR_RETURN(TimeZone zone, TimeZone::Load(parts_.env, terms.zone));
  const std::string name = terms.name;
  MRD_CO_ASSIGN_OR_RETURN(ScheduleEffects effects,
                          book_.Add(std::move(terms), std::move(zone), request.enabled(), parts_.clock.WallMillis()));
  jobs_[name] = std::make_shared<const proto::ScheduledJobProto>(request.job());
  log_.Info("schedule added name=" + name + " user=" + user + " cron=\"" + request.terms().cron() + "\"");
  std::vector<StoreWrite> job;
  job.push_back({ScheduleJobKey(name), request.job().SerializeAsString()});
  parts_.dispatcher.Keep(std::move(job), false);  // flushed with what follows
  Carry(std::move(effects));
  MRD_CO_RETURN_IF_ERROR(co_await parts_.dispatcher.Settled());
  const Schedule* const added = book_.Find(name);
  if (added == nullptr) co_return NotFound("schedule " + name + " was removed at once");
  proto::AddScheduleResponseProto response;
  *response.mutable_schedule() = Describe(*added);
  co_return response;
}

proto::ScheduleProto Schedules::Describe(const Schedule& schedule) const {
  proto::ScheduleProto message;
  ToProto(schedule.terms, message.mutable_terms());
  message.set_enabled(schedule.enabled);
  message.set_createdms(schedule.created_ms);
  if (const std::optional<std::int64_t> next = book_.NextDueMs(schedule.terms.name)) message.set_nextms(*next);
  for (const ScheduleRun& run : schedule.runs) ToProto(run, message.add_runs());
  const proto::ScheduledJobProto& job = *jobs_.at(schedule.terms.name);
  message.set_jobname(job.spec().jobname());
  message.set_entry(job.spec().entry());
  message.set_plugin(job.spec().pack().plugin());
  for (const auto& input : job.recipe().inputs()) message.add_inputs(input.path());
  if (!job.spec().output().empty()) message.set_output(job.spec().output());
  message.set_queue(job.spec().queue());
  return message;
}

Result<proto::ListSchedulesResponseProto> Schedules::List(const proto::ListSchedulesRequestProto& request) const {
  proto::ListSchedulesResponseProto response;
  response.set_nowms(parts_.clock.WallMillis());
  for (const Schedule* schedule : book_.All()) {
    if (request.has_name() && request.name() != schedule->terms.name) continue;
    *response.add_schedules() = Describe(*schedule);
  }
  if (request.has_name() && response.schedules().empty()) {
    return NotFound("there is no schedule \"" + request.name().substr(0, 100) + "\"; mr schedule list shows them");
  }
  return response;
}

net::awaitable<Result<proto::RemoveScheduleResponseProto>> Schedules::Remove(std::string user, std::string name) {
  MRD_CO_RETURN_IF_ERROR(MayChange(user, name));
  const Schedule& schedule = *book_.Find(name);
  std::vector<std::string> running;
  for (const ScheduleRun& run : schedule.runs) {
    if (IsActive(run.state) && !run.job.empty()) running.push_back(run.job);
  }
  const std::string owner = schedule.terms.owner;
  const Job job = jobs_.at(name);
  MRD_CO_ASSIGN_OR_RETURN(ScheduleEffects effects, book_.Remove(name));
  jobs_.erase(name);
  log_.Info("schedule removed name=" + name + " by=" + user);
  const LeftPack pack = {owner, job->spec().pack().path()};
  for (const std::string& one : running) LeavePack(one, pack);
  Carry(std::move(effects));
  MRD_CO_RETURN_IF_ERROR(co_await parts_.dispatcher.Settled());
  // One that ended in the meantime has told so already.
  for (const std::string& one : running) {
    const Result<proto::JobStatusProto> status = parts_.calls.reader().JobStatus(one);
    if (status.ok() && IsOver(*status)) DropLeftPack(one);
  }
  DropPack(pack);
  co_return proto::RemoveScheduleResponseProto();
}

// Attempts of a job that runs may yet need it: it goes when the job has ended, in whatever life that is.
void Schedules::LeavePack(const std::string& job, const LeftPack& pack) {
  left_packs_[job] = pack;
  std::vector<StoreWrite> writes;
  writes.push_back({SchedulePackKey(job), pack.owner + "\n" + pack.path});
  parts_.dispatcher.Keep(std::move(writes), false);  // flushed with the removal of the schedule
}

void Schedules::DropLeftPack(const std::string& job) {
  const auto found = left_packs_.find(job);
  if (found == left_packs_.end()) return;
  const LeftPack pack = found->second;
  left_packs_.erase(found);
  std::vector<StoreWrite> writes;
  writes.push_back({SchedulePackKey(job), std::nullopt});
  parts_.dispatcher.Keep(std::move(writes), false);
  DropPack(pack);
}

void Schedules::DropPack(const LeftPack& pack) {
  const bool scheduled = std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& other) {
    return other.second->spec().pack().path() == pack.path;
  });
  const bool running = std::any_of(left_packs_.begin(), left_packs_.end(),
                                   [&](const auto& other) { return other.second.path == pack.path; });
  if (scheduled || running) return;
  files_.Post([this, pack] {
    const Status removed = parts_.planner.RemovePack(pack.owner, pack.path);
    if (!removed.ok()) log_.Warn("pack of a schedule not removed path=" + pack.path + " why=" + removed.message());
  });
}

net::awaitable<Result<proto::EnableScheduleResponseProto>> Schedules::Enable(std::string user, std::string name, bool enabled) {
  MRD_CO_RETURN_IF_ERROR(MayChange(user, name));
  MRD_CO_ASSIGN_OR_RETURN(ScheduleEffects effects, book_.SetEnabled(name, enabled, parts_.clock.WallMillis()));
  log_.Info("schedule " + std::string(enabled ? "enabled" : "disabled") + " name=" + name + " by=" + user);
  Carry(std::move(effects));
  MRD_CO_RETURN_IF_ERROR(co_await parts_.dispatcher.Settled());
  co_return proto::EnableScheduleResponseProto();
}

net::awaitable<Result<proto::RunScheduleResponseProto>> Schedules::RunNow(std::string user, std::string name) {
  MRD_CO_RETURN_IF_ERROR(MayChange(user, name));
  MRD_CO_ASSIGN_OR_RETURN(ScheduleBook::ByHand by_hand, book_.RunNow(name, parts_.clock.WallMillis()));
  log_.Info("schedule run by hand name=" + name + " run=" + std::to_string(by_hand.number) + " by=" + user);
  Carry(std::move(by_hand.effects));
  MRD_CO_RETURN_IF_ERROR(co_await parts_.dispatcher.Settled());
  proto::RunScheduleResponseProto response;
  response.set_number(by_hand.number);
  co_return response;
}

}  // namespace mrd::jobtracker
