#include "jobtracker/service/dispatcher.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include <boost/asio/awaitable.hpp>

#include "jobtracker/journal/store_keys.h"
#include "jobtracker/service/record_codec.h"
#include "jobtracker/service/view_convert.h"
#include "mapred/wire/convert.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

// Time is looked at this often even if the core asks for nothing: ended jobs are let go of.
constexpr std::int64_t kIdleTickMs = 30'000;
constexpr std::size_t kOrdersPerAnswer = 500;

}  // namespace

Dispatcher::Dispatcher(DispatcherOptions options, const KeyRegistry& keys, Clock& clock, Logger log, JobStore& store,
                       StoreWriter& writer, boost::asio::any_io_executor executor, Hooks hooks)
    : options_(std::move(options)),
      keys_(keys),
      clock_(clock),
      log_(std::move(log)),
      store_(store),
      writer_(writer),
      executor_(std::move(executor)),
      hooks_(std::move(hooks)),
      core_(std::make_unique<Core>(options_.core)),
      retired_(store, options_.retired_jobs_max),
      tick_bell_(std::make_shared<Bell>()) {}

Dispatcher::~Dispatcher() = default;

Instant Dispatcher::Now() const { return {clock_.MonotonicNanos() / 1'000'000, clock_.WallMillis()}; }

const JobPapers* Dispatcher::Papers(std::string_view job) const {
  const auto found = papers_.find(job);
  return found == papers_.end() ? nullptr : found->second.get();
}

Status Dispatcher::Submit(proto::JobSpecProto spec, SplitTable splits) {
  const std::string job = spec.jobid();
  if (papers_.contains(job) || retired_.Has(job)) return AlreadyExists("job " + job + " was submitted before");
  std::vector<StoreWrite> with = splits.ToWrites(job);
  with.push_back({SpecKey(job), spec.SerializeAsString()});
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<JobPapers> papers, JobPapers::Make(std::move(spec), std::move(splits), keys_));
  const std::shared_ptr<const JobSubmission> submission = papers->submission();
  // Before the core speaks of it.
  papers_[job] = std::move(papers);
  Result<Effects> effects = core_->Submit(*submission, Now());
  if (!effects.ok()) {
    papers_.erase(job);
    return effects.status();
  }
  log_.Info("job submitted id=" + job + " user=" + submission->user + " queue=" + submission->queue + " maps=" +
            std::to_string(submission->splits.size()) + " reduces=" + std::to_string(submission->settings.reduces));
  ++jobs_by_user_[submission->user];
  Apply(*std::move(effects), {}, std::move(with));
  return Status::Ok();
}

Status Dispatcher::KillJob(const std::string& job, std::string reason) {
  if (retired_.Has(job)) return Status::Ok();
  MRD_ASSIGN_OR_RETURN(Effects effects, core_->KillJob(job, std::move(reason), Now()));
  Apply(std::move(effects));
  return Status::Ok();
}

Result<bool> Dispatcher::KillAttempt(const AttemptName& attempt, bool as_failure, std::string reason) {
  MRD_ASSIGN_OR_RETURN(Killed killed, core_->KillAttempt(attempt, as_failure, std::move(reason), Now()));
  Apply(std::move(killed.effects));
  return killed.killed;
}

Status Dispatcher::SetPriority(const std::string& job, Priority priority) {
  MRD_ASSIGN_OR_RETURN(Effects effects, core_->SetPriority(job, priority, Now()));
  Apply(std::move(effects));
  return Status::Ok();
}

void Dispatcher::SetExcludedHosts(std::set<std::string> hosts) {
  Apply(core_->SetExcludedHosts(std::move(hosts), Now()));
}

Dispatcher::RegisterAnswer Dispatcher::Register(const TrackerInfo& tracker, const std::vector<AttemptReport>& attempts,
                                                const std::vector<AttemptName>& kept) {
  Registration registration = core_->Register(tracker, attempts, kept, Now());
  Apply(std::move(registration.effects));
  return {std::move(registration.forget_jobs), std::move(registration.kill_attempts)};
}

bool Dispatcher::Report(const TrackerReport& report, const std::vector<proto::AttemptStatusProto>& statuses) {
  Reported reported = core_->Report(report, Now());
  if (reported.must_register) return false;
  Details details;
  for (const proto::AttemptStatusProto& status : statuses) {
    details[status.attemptid()] = &status;
    const std::optional<AttemptName> name = mapred::ParseAttemptId(status.attemptid());
    const auto papers = name ? papers_.find(name->job_id) : papers_.end();
    if (papers != papers_.end()) papers->second->NoteStatus(status);
  }
  Apply(std::move(reported.effects), details);
  return true;
}

TakenOrders Dispatcher::TakeOrders(const std::string& tracker, std::uint64_t have) {
  return core_->TakeOrders(tracker, have, records_->durable(), kOrdersPerAnswer);
}

void Dispatcher::DutyDone(const JobDuty& duty) {
  if (duties_.erase({duty.job, duty.name}) == 0) return;
  std::vector<StoreWrite> writes;
  writes.push_back({DutyKey(duty.job, duty.name), std::nullopt});
  records_->Append(std::move(writes), 0, false);
  RetireSome();
}

void Dispatcher::Apply(Effects effects, const Details& details, std::vector<StoreWrite> with) {
  Notices notices;
  bool sync = false;
  for (const Record& record : effects.records) {
    TakeRecord(record, details, &with, &notices);
    sync = sync || record.sync;
    last_record_ = record.number;
  }
  if (!with.empty()) records_->Append(std::move(with), last_record_, sync);
  notices.record = last_record_;
  notices.trackers = std::move(effects.trackers);
  notices.jobs = std::move(effects.jobs);
  unannounced_.push_back(std::move(notices));
  AnnounceWhatIsSafe();
  ScheduleTick(effects.wake_at_ms);
}

void Dispatcher::TakeRecord(const Record& record, const Details& details, std::vector<StoreWrite>* writes,
                            Notices* notices) {
  const proto::AttemptStatusProto* detail = nullptr;
  if (const auto* ended = std::get_if<AttemptEnded>(&record.body)) {
    const auto found = details.find(ended->attempt.ToString());
    if (found != details.end()) detail = found->second;
  }
  writes->push_back({RecordKey(record.number), EncodeRecord(record, detail)});
  const auto found = papers_.find(JobOf(record.body));
  if (found == papers_.end()) return;
  JobPapers& papers = *found->second;
  papers.NoteRecord(record.number);
  if (const auto* launched = std::get_if<AttemptLaunched>(&record.body)) papers.Note(*launched);
  if (const auto* ended = std::get_if<AttemptEnded>(&record.body)) papers.Note(*ended, detail);
  const auto* over = std::get_if<JobEnded>(&record.body);
  if (over == nullptr) return;
  log_.Info("job ended id=" + over->job + " state=" + std::string(JobStateName(over->state)) +
            " ms=" + std::to_string(over->end_wall_ms - over->start_wall_ms) +
            (over->failure.empty() ? "" : " why=" + over->failure));
  NoteEnded(papers);
  std::vector<std::string> names = {"history"};
  if (!papers.notification_url().empty()) names.push_back("notify");
  for (std::string& name : names) {
    writes->push_back({DutyKey(over->job, name), ""});
    duties_.emplace(over->job, name);
    notices->duties.push_back({over->job, std::move(name)});
  }
}

void Dispatcher::NoteEnded(JobPapers& papers) {
  papers.NoteEnd();
  const auto jobs = jobs_by_user_.find(papers.spec().user());
  if (jobs != jobs_by_user_.end() && --jobs->second == 0) jobs_by_user_.erase(jobs);
  ended_.push_back(papers.spec().jobid());
  ended_tasks_ += papers.splits().size() + papers.spec().reduces();
}

std::size_t Dispatcher::JobsOf(const std::string& user) const {
  const auto jobs = jobs_by_user_.find(user);
  return jobs == jobs_by_user_.end() ? 0 : jobs->second;
}

void Dispatcher::AnnounceWhatIsSafe() {
  while (!unannounced_.empty() && unannounced_.front().record <= records_->durable()) {
    const Notices notices = std::move(unannounced_.front());
    unannounced_.pop_front();
    Announce(notices);
  }
}

void Dispatcher::Announce(const Notices& notices) {
  for (const std::string& tracker : notices.trackers) tracker_bells_.Ring(tracker);
  for (const std::string& job : notices.jobs) job_bells_.Ring(job);
  for (const JobDuty& duty : notices.duties) hooks_.on_duty(duty);
}

void Dispatcher::ScheduleTick(std::int64_t at_ms) {
  const bool earlier = at_ms < tick_at_ms_;
  tick_at_ms_ = at_ms;
  if (earlier) tick_bell_->Ring();
}

net::awaitable<void> Dispatcher::Ticks() {
  std::int64_t housekeeping_ms = Now().mono_ms;
  while (!stopping_) {
    const Instant now = Now();
    if (now.mono_ms >= tick_at_ms_) Apply(core_->Tick(now));
    if (now.mono_ms >= housekeeping_ms) {
      RetireSome();
      housekeeping_ms = now.mono_ms + kIdleTickMs;
    }
    const std::int64_t next = std::min(tick_at_ms_, housekeeping_ms);
    // At least a millisecond: whatever the core asks for, others get their turn.
    const std::int64_t wait = std::clamp<std::int64_t>(next - now.mono_ms, 1, kIdleTickMs);
    co_await Bell::Wait(tick_bell_, std::chrono::milliseconds(wait));
  }
}

void Dispatcher::Stop() {
  stopping_ = true;
  tick_bell_->Ring();
  tracker_bells_.RingAll();
  job_bells_.RingAll();
}

net::awaitable<Status> Dispatcher::Close() {
  if (!records_) co_return Status::Ok();
  Status written = co_await records_->Written();
  records_->Close();
  co_return written;
}

Result<proto::GetJobResultResponseProto> Dispatcher::ResultOf(const std::string& job) const {
  const JobPapers* const papers = Papers(job);
  if (papers == nullptr) return NotFound("job " + job + " is not known");
  MRD_ASSIGN_OR_RETURN(const JobView view, core_->JobStatus(job, Now()));
  MRD_ASSIGN_OR_RETURN(const JobResult sums, core_->JobSums(job));
  proto::GetJobResultResponseProto result;
  ToProto(view, result.mutable_status());
  if (!papers->spec().output().empty()) result.mutable_status()->set_output(papers->spec().output());
  mapred::wire::ToProto(sums.counters, result.mutable_counters());
  mapred::wire::ToProto(sums.ledger, result.mutable_ledger());
  for (proto::FailureGroupProto& group : papers->FailureGroups()) *result.add_failures() = std::move(group);
  for (std::string& sentence : papers->SkipWarnings(sums.counters)) result.add_warnings(std::move(sentence));
  return result;
}

void Dispatcher::RetireSome() {
  const std::int64_t now = clock_.WallMillis();
  while (!ended_.empty()) {
    const std::string& job = ended_.front();
    const Result<JobView> view = core_->JobStatus(job, Now());
    if (!view.ok()) {
      ended_.pop_front();
      continue;
    }
    const bool room = ended_.size() <= options_.ended_jobs_max && ended_tasks_ <= options_.ended_tasks_max;
    const bool over_age = now - view->end_ms >= options_.keep_ended_ms;
    const auto duty = duties_.lower_bound({job, ""});
    const bool busy = duty != duties_.end() && duty->first == job;
    // What is still to be done for a job needs it here. Duties end by themselves, at the latest when they are given up.
    if ((room && !over_age) || busy) return;
    Retire(std::string(job));
    ended_.pop_front();
  }
}

void Dispatcher::Retire(const std::string& job) {
  const auto papers = papers_.find(job);
  if (papers == papers_.end()) return;
  const Result<proto::GetJobResultResponseProto> result = ResultOf(job);
  std::vector<StoreWrite> writes;
  if (result.ok()) {
    proto::RetiredJobProto retired;
    *retired.mutable_result() = result.value();
    *retired.mutable_spec() = papers->second->spec();
    writes = retired_.Add(retired);
  }
  for (const std::uint64_t number : papers->second->records()) writes.push_back({RecordKey(number), std::nullopt});
  const std::size_t splits = papers->second->splits().size();
  for (std::size_t chunk = 0; chunk * kSplitsPerChunk < splits; ++chunk) writes.push_back({SplitsKey(job, chunk), std::nullopt});
  writes.push_back({SpecKey(job), std::nullopt});
  if (Status removed = core_->Remove(job); !removed.ok()) {
    log_.Warn("job not let go of id=" + job + " why=" + removed.message());
    return;
  }
  ended_tasks_ -= std::min(ended_tasks_, splits + papers->second->spec().reduces());
  papers_.erase(papers);
  records_->Append(std::move(writes), 0, false);
}

}  // namespace mrd::jobtracker
