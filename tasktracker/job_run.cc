#include "tasktracker/job_run.h"

#include <charconv>
#include <chrono>
#include <utility>

#include "common/net/co_status.h"

namespace mrd::tasktracker {

namespace proto = mapred::proto;

namespace {

proto::FailureProto FailureOf(const Status& status, const std::string& what) {
  const bool disk = status.code() == Code::kResourceExhausted || status.code() == Code::kIo;
  return MakeFailure(disk ? proto::FAILED_DISK : proto::FAILED_TRACKER, what + ": " + status.message() + ".");
}

PackName NameOf(const proto::PackProto& pack) {
  PackName name;
  name.path = pack.path();
  name.sha256 = pack.sha256();
  name.bytes = pack.bytes();
  name.plugin = pack.plugin();
  return name;
}

// mapreduce.job.userlog.retain.hours of the job, if it sets it.
std::chrono::milliseconds LogsRetained(const proto::JobSpecProto& spec, std::chrono::milliseconds fallback) {
  for (const proto::PropertyProto& property : spec.config()) {
    if (property.name() != "mapreduce.job.userlog.retain.hours") continue;
    std::uint32_t hours = 0;
    const char* const end = property.value().data() + property.value().size();
    if (std::from_chars(property.value().data(), end, hours).ec == std::errc()) return std::chrono::hours(hours);
  }
  return fallback;
}

}  // namespace

JobRun::JobRun(Context& context, proto::JobSpecProto spec, Options options)
    : context_(context),
      spec_(std::move(spec)),
      options_(std::move(options)),
      work_dirs_(std::make_shared<WorkDirs>(context.env)) {}

void JobRun::Add(std::shared_ptr<AttemptRun> attempt) {
  known_[attempt->id()] = false;
  attempts_[attempt->id()] = attempt;
  idle_since_ns_ = 0;
  if (state_ == State::kReady) {
    ++launching_;
    std::function<net::awaitable<void>()> body = [self = shared_from_this(), attempt] {
      return self->Launch(self, attempt);
    };
    context_.runtime.Spawn(context_.strand, std::move(body));
    return;
  }
  waiting_.push_back(std::move(attempt));
  if (state_ != State::kResting) return;
  state_ = State::kPreparing;
  std::function<net::awaitable<void>()> body = [self = shared_from_this()] { return self->Prepare(self); };
  context_.runtime.Spawn(context_.strand, std::move(body));
}

std::shared_ptr<AttemptRun> JobRun::Find(const std::string& attempt_id) const {
  const auto at = attempts_.find(attempt_id);
  return at == attempts_.end() ? nullptr : at->second;
}

Status JobRun::PreparePlaces() {
  MRD_RETURN_IF_ERROR(CreateDirs(context_.env, context_.logs.JobDir(id())));
  if (!dirs_.empty()) return Status::Ok();
  MRD_ASSIGN_OR_RETURN(const std::optional<Account> user, context_.options.task_user.For(spec_.user()));
  MRD_ASSIGN_OR_RETURN(std::vector<std::string> dirs, context_.dirs.MakeJobDirs(id()));
  if (user) {
    work_dirs_->SetOwner(*user);
    dirs.push_back(context_.logs.JobDir(id()));
    for (const std::string& dir : dirs) {
      MRD_RETURN_IF_ERROR(GiveDirectory(dir, *user));
      MRD_RETURN_IF_ERROR(CheckReachable(dir, *user));
    }
    dirs.pop_back();
  }
  user_ = user;
  dirs_ = std::move(dirs);
  return Status::Ok();
}

net::awaitable<void> JobRun::Prepare(std::shared_ptr<JobRun>) {
  Status status = co_await context_.disk.Run([&] { return PreparePlaces(); });
  if (status.ok()) {
    // The program loads while the pack is on its way.
    Result<std::shared_ptr<ZygoteProcess>> zygote = options_.take_zygote(context_.logs.JobDir(id()) + "/zygote.log");
    status = zygote.status();
    if (status.ok()) zygote_ = std::move(*zygote);
  }
  if (status.ok() && pack_ == nullptr) {
    const PackName name = NameOf(spec_.pack());
    Result<std::shared_ptr<const Pack>> pack = co_await context_.disk.Run([&] { return context_.packs.Get(name); });
    status = pack.status();
    if (status.ok()) pack_ = std::move(*pack);
  }
  if (status.ok() && user_) {
    status = co_await context_.disk.Run([&] { return CheckReachable(pack_->dir, *user_); });
  }
  if (status.ok() && retiring_) status = Cancelled("the job is over");
  if (status.ok()) {
    proto::SetupProto setup;
    *setup.mutable_spec() = spec_;
    setup.set_packdir(pack_->dir);
    setup.set_sidefiledir(pack_->side_file_dir);
    for (const std::string& dir : dirs_) setup.add_localdirs(dir);
    setup.set_trackerhost(options_.tracker_host);
    if (user_) {
      proto::SetupProto::User* const user = setup.mutable_user();
      user->set_name(user_->name);
      user->set_uid(user_->uid);
      user->set_gid(user_->gid);
    }
    if (context_.options.confine_attempts) setup.set_confined(true);
    if (context_.options.filter_calls) setup.set_filtered(true);
    const std::shared_ptr<ZygoteProcess> zygote = zygote_;
    status = zygote->Setup(setup, EventsOf(zygote));
    if (status.ok()) {
      state_ = State::kLoading;  // its answer goes on from here
      loading_since_ns_ = context_.clock.MonotonicNanos();
      co_return;
    }
  }
  zygote_.reset();
  state_ = State::kResting;
  context_.log.Warn("job " + id() + " cannot run here: " + status.message());
  FailWaiting(FailureOf(status, "The tracker " + options_.tracker_host + " could not prepare the job"));
  EndIfIdle();
}

ZygoteEvents JobRun::EventsOf(const std::shared_ptr<ZygoteProcess>& zygote) {
  // The zygote's listener holds these until its process is gone, so they hold the job.
  const std::shared_ptr<JobRun> self = shared_from_this();
  const ZygoteProcess* const which = zygote.get();
  ZygoteEvents events;
  events.ready = [self, which](const proto::ReadyProto& ready) {
    if (self->zygote_.get() == which) self->ZygoteReady(ready);
  };
  events.started = [self](const proto::ZygoteMessageProto::Started& started) {
    if (const auto attempt = self->Find(started.attemptid())) attempt->Started(static_cast<pid_t>(started.processid()));
  };
  events.exited = [self](const proto::ZygoteMessageProto::Exited& exited) {
    if (const auto attempt = self->Find(exited.attemptid())) attempt->Exited(exited);
  };
  events.ended = [self, which](const Status& why) {
    if (self->zygote_.get() == which) self->ZygoteEnded(why);
  };
  return events;
}

void JobRun::ZygoteReady(const proto::ReadyProto& ready) {
  if (ready.has_failure()) {
    zygote_->Stop();
    zygote_.reset();
    state_ = State::kResting;
    FailWaiting(ready.failure());
    EndIfIdle();
    return;
  }
  state_ = State::kReady;
  StartWaiting();
}

void JobRun::StartWaiting() {
  std::deque<std::shared_ptr<AttemptRun>> waiting;
  waiting.swap(waiting_);
  for (std::shared_ptr<AttemptRun>& attempt : waiting) {
    if (attempt->ended()) continue;
    ++launching_;
    std::function<net::awaitable<void>()> body = [self = shared_from_this(), attempt] {
      return self->Launch(self, attempt);
    };
    context_.runtime.Spawn(context_.strand, std::move(body));
  }
}

net::awaitable<void> JobRun::Launch(std::shared_ptr<JobRun>, std::shared_ptr<AttemptRun> attempt) {
  AttemptPlaces places;
  places.job_dirs = dirs_;
  places.log_dir = context_.logs.AttemptDir(attempt->id());
  places.work_dir = work_dirs_->Take();
  Status made;
  if (places.work_dir.empty()) {
    Result<std::string> dir = co_await context_.disk.Run([&] { return work_dirs_->Make(dirs_); });
    made = dir.status();
    if (made.ok()) places.work_dir = std::move(*dir);
  }
  --launching_;
  if (attempt->ended()) {  // killed meanwhile
    LeaveWorkDir(places.work_dir);
    co_return;
  }
  if (!made.ok()) {
    proto::FailureProto failure = FailureOf(made, "The attempt's working directory could not be made");
    failure.set_kind(proto::FAILED_DISK);
    attempt->Refuse(std::move(failure));
    co_return;
  }
  if (state_ != State::kReady || zygote_ == nullptr) {
    LeaveWorkDir(places.work_dir);
    attempt->Refuse(MakeFailure(proto::FAILED_TRACKER, "The job's worker process ended before the attempt began."));
    co_return;
  }
  attempt->Begin(*zygote_, std::move(places));
  if (attempt->begun()) options_.begun(*attempt);
}

void JobRun::FailWaiting(const proto::FailureProto& failure) {
  std::deque<std::shared_ptr<AttemptRun>> waiting;
  waiting.swap(waiting_);
  for (const std::shared_ptr<AttemptRun>& attempt : waiting) {
    if (!attempt->ended()) attempt->Refuse(failure);
  }
}

void JobRun::ZygoteEnded(const Status& why) {
  zygote_.reset();
  const bool was_ready = state_ == State::kReady;
  state_ = State::kResting;
  if (!retiring_ && (!was_ready || why.code() != Code::kCancelled)) {
    context_.log.Warn("job " + id() + ": " + why.message() + "; see " + context_.logs.JobDir(id()) + "/zygote.log");
  }
  FailWaiting(MakeFailure(proto::FAILED_CRASH, "The plugin could not be loaded: " + why.message() +
                                                   ". What it printed is in zygote.log beside the attempts' logs."));
  std::vector<std::shared_ptr<AttemptRun>> running;
  for (const auto& [name, attempt] : attempts_) running.push_back(attempt);
  for (const std::shared_ptr<AttemptRun>& attempt : running) {
    if (attempt->begun()) attempt->ZygoteEnded(why);
  }
  EndIfIdle();
}

void JobRun::Gone(const AttemptRun& attempt) {
  const bool keeps = attempt.status().state() == proto::ATTEMPT_SUCCEEDED && attempt.kind() == proto::MAP;
  context_.disk.Post([&env = context_.env, dirs = dirs_, id = attempt.id(), keeps, work_dirs = work_dirs_,
                      work_dir = attempt.work_dir()] {
    work_dirs->Leave(work_dir);
    if (keeps) return;
    for (const std::string& dir : dirs) {
      (void)RemoveTree(env, dir + "/" + id);
      (void)RemoveTree(env, dir + "/fetched/" + id);
    }
  });
  Drop(attempt.id());
}

void JobRun::LeaveWorkDir(const std::string& dir) {
  context_.disk.Post([work_dirs = work_dirs_, dir] { work_dirs->Leave(dir); });
}

void JobRun::Told(const std::string& attempt_id) {
  const auto known = known_.find(attempt_id);
  if (known == known_.end()) return;
  known->second = true;
  Drop(attempt_id);
}

void JobRun::Drop(const std::string& attempt_id) {
  const auto at = attempts_.find(attempt_id);
  if (at == attempts_.end() || !at->second->gone()) return;
  if (!retiring_ && !known_[attempt_id]) return;
  attempts_.erase(at);
  EndIfIdle();
}

void JobRun::Retire(std::function<void()> done) {
  if (retiring_) return;
  retiring_ = true;
  retired_ = std::move(done);
  std::vector<std::shared_ptr<AttemptRun>> all;
  for (const auto& [name, attempt] : attempts_) all.push_back(attempt);
  for (const std::shared_ptr<AttemptRun>& attempt : all) {
    if (!attempt->ended()) attempt->Kill("The job is over.", false);
    if (attempt->gone()) Drop(attempt->id());
  }
  EndIfIdle();
}

void JobRun::EndIfIdle() {
  if (!attempts_.empty()) return;
  if (!retiring_) {
    if (idle_since_ns_ == 0) idle_since_ns_ = context_.clock.MonotonicNanos();
    return;
  }
  if (state_ == State::kPreparing) return;  // its coroutine looks again
  if (zygote_ != nullptr) {
    zygote_->Stop();
    zygote_.reset();
  }
  state_ = State::kResting;
  if (retired_ == nullptr) return;
  pack_.reset();
  const std::chrono::milliseconds retained = LogsRetained(spec_, context_.options.userlogs_retained);
  context_.disk.Post([&context = context_, id = id(), retained] {
    context.dirs.RemoveJob(id);
    context.logs.Ended(id, retained);
  });
  const std::function<void()> done = std::move(retired_);
  retired_ = nullptr;
  done();
}

void JobRun::Abandon() {
  for (const auto& [name, attempt] : attempts_) attempt->Abandon();
  if (zygote_ != nullptr) zygote_->Stop();
}

void JobRun::Watch(std::int64_t now_ns, const ProcessTree* processes) {
  std::vector<std::shared_ptr<AttemptRun>> all;
  for (const auto& [name, attempt] : attempts_) all.push_back(attempt);
  for (const std::shared_ptr<AttemptRun>& attempt : all) attempt->Watch(now_ns, processes);
  if (state_ == State::kLoading && !waiting_.empty()) {
    const std::uint64_t timeout_ms = waiting_.front()->timeout_ms();
    if (timeout_ms == 0 || now_ns - loading_since_ns_ < static_cast<std::int64_t>(timeout_ms) * 1'000'000) return;
    zygote_->Stop();
    zygote_.reset();
    state_ = State::kResting;
    FailWaiting(MakeFailure(proto::FAILED_TIMEOUT,
                            "The plugin was not loaded within " + std::to_string(timeout_ms) +
                                " ms (mapreduce.task.timeout): something in its static initialisation or in its "
                                "configure function does not return."));
    EndIfIdle();
    return;
  }
  if (retiring_ || state_ != State::kReady || !attempts_.empty() || launching_ != 0 || idle_since_ns_ == 0) return;
  if (now_ns - idle_since_ns_ < std::chrono::nanoseconds(context_.options.zygote_idle).count()) return;
  zygote_->Stop();
}

}  // namespace mrd::tasktracker
