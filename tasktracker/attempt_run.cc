#include "tasktracker/attempt_run.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/base/human.h"
#include "mapred/ids.h"
#include "tasktracker/worker/umbilical.h"

namespace mrd::tasktracker {

namespace proto = mapred::proto;

namespace {

// How long an attempt that said its last word may take to leave.
constexpr std::chrono::milliseconds kLeaveTime{5'000};
// How long last words may take to be read once the process is gone; children that hold the umbilical must not keep it.
constexpr std::chrono::milliseconds kWordsTime{500};

std::int64_t Nanos(std::chrono::milliseconds time) { return std::chrono::nanoseconds(time).count(); }

proto::OrderProto::Launch WithoutSpec(const proto::OrderProto::Launch& order) {
  proto::OrderProto::Launch copy = order;
  copy.clear_spec();
  return copy;
}

const char* MemoryKey(proto::TaskKindProto kind) {
  return kind == proto::REDUCE ? "mapreduce.reduce.memory.mb" : "mapreduce.map.memory.mb";
}

}  // namespace

proto::FailureProto MakeFailure(proto::FailureKindProto kind, std::string message) {
  proto::FailureProto failure;
  failure.set_kind(kind);
  failure.set_message(std::move(message));
  return failure;
}

AttemptRun::AttemptRun(Context& context, const Launch& order, std::uint32_t maps, AttemptEvents& events)
    : context_(context),
      order_(WithoutSpec(order)),
      job_id_(order.spec().jobid()),
      maps_(maps),
      events_(events) {
  status_.set_attemptid(order.attemptid());
  status_.set_state(proto::ATTEMPT_RUNNING);
  status_.set_phase(proto::PHASE_STARTING);
  status_.set_startms(NowMs());
  progress_ns_ = context_.clock.MonotonicNanos();
}

bool AttemptRun::ended() const {
  return status_.state() != proto::ATTEMPT_RUNNING && status_.state() != proto::ATTEMPT_COMMIT_PENDING;
}

bool AttemptRun::publishes() const {
  return !ended() && (granted_ || kind() == proto::COMMIT || kind() == proto::ABORT);
}

void AttemptRun::Begin(ZygoteProcess& zygote, AttemptPlaces places) {
  begun_ = true;
  places_ = std::move(places);
  proto::LaunchProto launch;
  launch.set_attemptid(id());
  launch.set_kind(order_.kind());
  launch.set_number(order_.number());
  launch.set_attempt(order_.attempt());
  if (order_.has_split()) *launch.mutable_split() = order_.split();
  launch.set_maps(maps_);
  launch.set_workdir(places_.work_dir);
  launch.set_logdir(places_.log_dir);
  *launch.mutable_committedtasks() = order_.committedtasks();
  *launch.mutable_parts() = order_.parts();
  if (order_.has_ledger()) *launch.mutable_ledger() = order_.ledger();
  if (order_.memorybytes() != 0) launch.set_memorylimitbytes(order_.memorybytes());
  if (order_.profile()) launch.set_profile(true);
  *launch.mutable_skipranges() = order_.skipranges();

  Result<std::pair<UniqueFd, UniqueFd>> ends = UmbilicalPair();
  Status status = ends.status();
  if (status.ok()) {
    Result<std::shared_ptr<FrameStream>> stream =
        FrameStream::Make(context_.runtime, context_.strand, std::move(ends->first), id());
    status = stream.status();
    if (status.ok()) umbilical_ = std::move(*stream);
  }
  if (status.ok()) status = zygote.Launch(launch, std::move(ends->second));
  if (!status.ok()) {
    begun_ = false;
    Refuse(MakeFailure(proto::FAILED_TRACKER, "The attempt could not be started: " + status.message() + "."));
    return;
  }
  if (context_.memory_groups != nullptr && order_.memorybytes() != 0) {
    Result<std::unique_ptr<MemoryGroup>> group = context_.memory_groups->Make(id(), order_.memorybytes());
    if (group.ok()) {
      group_ = std::move(*group);
    } else {
      context_.log.Warn(id() + " has no control group: " + group.status().message());
    }
  }
  progress_ns_ = context_.clock.MonotonicNanos();
  listening_ = true;
  std::function<net::awaitable<void>()> body = [self = shared_from_this()] {
    return self->Listen(self, self->umbilical_);
  };
  context_.runtime.Spawn(context_.strand, std::move(body));
}

void AttemptRun::Refuse(proto::FailureProto failure) {
  if (ended()) return;
  *status_.mutable_failure() = std::move(failure);
  gone_ = true;
  Finish(proto::ATTEMPT_FAILED);
  events_.Gone(*this);
}

void AttemptRun::Kill(const std::string& reason, bool as_failure) {
  if (ended() || killed_ || verdict_) return;
  killed_ = true;
  killed_as_failure_ = as_failure;
  kill_reason_ = reason;
  if (begun_) {
    Leave();
    return;
  }
  FinishWithoutWord();
  gone_ = true;
  events_.Gone(*this);
}

void AttemptRun::Condemn(proto::FailureProto failure) {
  if (ended() || killed_ || verdict_) return;
  if (!begun_) {
    Refuse(std::move(failure));
    return;
  }
  verdict_ = std::move(failure);
  Leave();
}

// Asks the processes to end; what asks politely has a deadline.
void AttemptRun::Leave() {
  if (pid_ == 0 || exited_) return;
  SignalAll(SIGTERM);
  kill_at_ns_ = context_.clock.MonotonicNanos() + Nanos(context_.options.kill_grace);
}

void AttemptRun::SignalAll(int signal) const {
  if (pid_ <= 1) return;
  // Looking for those that left the group takes a while, so it is done elsewhere; the group itself must not wait.
  (void)::kill(-pid_, signal);
  (void)::kill(pid_, signal);
  context_.disk.Post([pid = pid_, signal] { SignalFamily(pid, signal); });
}

void AttemptRun::Abandon() {
  if (pid_ > 1 && !exited_) {
    (void)::kill(-pid_, SIGKILL);
    (void)::kill(pid_, SIGKILL);
  }
}

void AttemptRun::Answer(const proto::OrderProto::Commit& answer) {
  if (status_.state() != proto::ATTEMPT_COMMIT_PENDING || umbilical_ == nullptr) return;
  granted_ = answer.granted();
  status_.set_state(proto::ATTEMPT_RUNNING);
  status_.set_phase(proto::PHASE_COMMIT);
  progress_ns_ = context_.clock.MonotonicNanos();
  proto::TrackerMessageProto message;
  message.mutable_commit()->set_granted(answer.granted());
  if (!answer.reason().empty()) message.mutable_commit()->set_reason(answer.reason());
  *message.mutable_commit()->mutable_superseded() = answer.superseded();
  (void)umbilical_->Send(message);
  events_.Changed(*this, false);
}

void AttemptRun::Give(const proto::TrackerMessageProto::Segments& segments) {
  if (ended() || umbilical_ == nullptr) return;
  progress_ns_ = context_.clock.MonotonicNanos();
  proto::TrackerMessageProto message;
  *message.mutable_segments() = segments;
  const Status sent = umbilical_->Send(message);
  if (!sent.ok()) Condemn(MakeFailure(proto::FAILED_TRACKER, sent.message() + "."));
}

void AttemptRun::Started(pid_t pid) {
  pid_ = pid;
  status_.set_processid(static_cast<std::uint64_t>(pid));
  if (group_ != nullptr) {
    if (const Status entered = group_->Enter(pid); !entered.ok()) {
      context_.log.Warn(id() + " is not in its control group: " + entered.message());
      LeaveGroup();
    }
  }
  if (killed_ || verdict_) Leave();
}

net::awaitable<void> AttemptRun::Listen(std::shared_ptr<AttemptRun>, std::shared_ptr<FrameStream> stream) {
  for (;;) {
    proto::WorkerMessageProto message;
    Result<bool> got = co_await stream->Receive(&message);
    if (!got.ok() && got.status().code() == Code::kCorruption && !exited_) {
      Condemn(MakeFailure(proto::FAILED_CRASH, "The attempt's process said something that is no message (" +
                                                   got.status().message() + "); its memory is damaged."));
    }
    if (!got.ok() || !*got) break;
    Take(message);
  }
  stream->Close();
  listening_ = false;
  if (exited_ && !gone_) {
    FinishWithoutWord();
    gone_ = true;
    events_.Gone(*this);
  }
}

void AttemptRun::Take(const proto::WorkerMessageProto& message) {
  if (ended()) return;
  if (message.has_progress()) TakeProgress(message.progress());
  if (message.has_mapoutput()) TakeMapOutput(message.mapoutput());
  if (message.has_badsegment()) {
    events_.BadSegment(*this, message.badsegment().map(), message.badsegment().reason());
  }
  if (message.has_commitrequest()) {
    *status_.mutable_parts() = message.commitrequest().parts();
    status_.set_state(proto::ATTEMPT_COMMIT_PENDING);
    status_.set_phase(proto::PHASE_COMMIT);
    events_.Changed(*this, true);
  }
  if (message.has_done()) TakeDone(message.done());
  if (message.has_failed()) {
    failure_ = message.failed();
    kill_at_ns_ = context_.clock.MonotonicNanos() + Nanos(kLeaveTime);
  }
}

void AttemptRun::TakeProgress(const proto::WorkerMessageProto::Progress& progress) {
  progress_ns_ = context_.clock.MonotonicNanos();
  const proto::AttemptPhaseProto before = status_.phase();
  if (status_.state() == proto::ATTEMPT_RUNNING) status_.set_phase(progress.phase());
  status_.set_progress(std::clamp(progress.progress(), 0.0, 1.0));
  stands_at_ = progress.has_standsat() ? std::optional<std::uint64_t>(progress.standsat()) : std::nullopt;
  if (progress.has_records()) status_.set_records(progress.records());
  if (progress.has_bytes()) status_.set_bytes(progress.bytes());
  if (progress.has_statustext()) status_.set_statustext(progress.statustext());
  if (progress.has_counters()) *status_.mutable_counters() = progress.counters();
  if (order_.kind() == proto::REDUCE && progress.phase() != before) {
    if (progress.phase() > proto::PHASE_SHUFFLE && !status_.has_shuffleendms()) status_.set_shuffleendms(NowMs());
    if (progress.phase() > proto::PHASE_SORT && !status_.has_sortendms()) status_.set_sortendms(NowMs());
  }
  events_.Changed(*this, false);
}

bool AttemptRun::IsOurs(const std::string& path) const {
  if (path.find("/../") != std::string::npos) return false;
  return std::any_of(places_.job_dirs.begin(), places_.job_dirs.end(),
                     [&path](const std::string& dir) { return path.starts_with(dir + "/"); });
}

void AttemptRun::TakeMapOutput(const proto::WorkerMessageProto::MapOutput& message) {
  std::vector<MapOutput::Spill> spills;
  for (const proto::SpillProto& told : message.spills()) {
    // It will be given to other trackers, so a plugin must not name a file of somebody else's.
    if (!IsOurs(told.path())) {
      Condemn(MakeFailure(proto::FAILED_CRASH,
                          "The attempt named " + told.path() + " as its output, which is not in its directories."));
      return;
    }
    MapOutput::Spill spill;
    spill.sequence = told.sequence();
    spill.path = told.path();
    for (const proto::SegmentProto& segment : told.segments()) {
      spill.segments.push_back({segment.offset(), segment.bytes(), segment.records()});
    }
    spills.push_back(std::move(spill));
  }
  map_output_.emplace(std::move(spills));
}

void AttemptRun::TakeDone(const proto::WorkerMessageProto::Done& done) {
  *status_.mutable_counters() = done.counters();
  *status_.mutable_ledger() = done.ledger();
  *status_.mutable_parts() = done.parts();
  status_.set_progress(1.0);
  if (map_output_) {
    for (const std::uint64_t bytes : map_output_->BytesByReduce()) status_.add_outputbytes(bytes);
    context_.outputs.Add(id(), std::move(*map_output_));
    map_output_.reset();
  }
  status_.set_peakbytes(std::max(status_.peakbytes(), done.peakbytes()));
  status_.set_cpums(done.cpums());
  kill_at_ns_ = context_.clock.MonotonicNanos() + Nanos(kLeaveTime);
  Finish(proto::ATTEMPT_SUCCEEDED);
}

void AttemptRun::Finish(proto::AttemptStateProto state) {
  status_.set_state(state);
  status_.set_endms(NowMs());
  events_.Changed(*this, true);
}

void AttemptRun::Exited(const proto::ZygoteMessageProto::Exited& exited) {
  if (exited_) return;
  exited_ = true;
  // Children that it left go with it.
  if (pid_ > 1) (void)::kill(-pid_, SIGKILL);
  if (!ended()) {
    status_.set_peakbytes(std::max(status_.peakbytes(), exited.peakbytes()));
    if (exited.has_cpums()) status_.set_cpums(exited.cpums());
  }
  if (exited.has_failure() && !failure_) failure_ = exited.failure();
  if (group_ != nullptr) {
    const MemoryGroup::Use use = group_->Read();
    if (!ended()) status_.set_peakbytes(std::max(status_.peakbytes(), use.peak_bytes));
    if (use.oom_kills != 0) {
      const std::uint64_t peak_bytes = std::max(use.peak_bytes, exited.peakbytes());
      failure_ = OverLimit("The kernel ended the attempt, which needed more memory than its limit of " +
                               HumanBytes(order_.memorybytes()) + " and had " + HumanBytes(peak_bytes) + " at its peak",
                           peak_bytes);
    }
    LeaveGroup();
  }
  if (!failure_ && exited.waitstatus() != 0) {
    failure_ = MakeFailure(proto::FAILED_CRASH, "The attempt's process ended with " +
                                                    WaitStatusText(exited.waitstatus()) + " without a word.");
  }
  if (listening_) {
    give_up_at_ns_ = context_.clock.MonotonicNanos() + Nanos(kWordsTime);
    return;
  }
  FinishWithoutWord();
  gone_ = true;
  events_.Gone(*this);
}

void AttemptRun::ZygoteEnded(const Status& why) {
  if (exited_) return;
  exited_ = true;
  SignalAll(SIGKILL);
  LeaveGroup();
  if (!failure_) {
    failure_ = MakeFailure(proto::FAILED_TRACKER, "The attempt ended with its zygote: " + why.message() + ".");
  }
  if (listening_) {
    give_up_at_ns_ = context_.clock.MonotonicNanos() + Nanos(kWordsTime);
    return;
  }
  FinishWithoutWord();
  gone_ = true;
  events_.Gone(*this);
}

// Nothing more will be heard of it.
void AttemptRun::FinishWithoutWord() {
  if (ended()) return;
  proto::AttemptStateProto state = proto::ATTEMPT_FAILED;
  if (verdict_) {
    const bool has_tail = failure_ && failure_->has_stderrtail();
    if (has_tail && !verdict_->has_stderrtail()) verdict_->set_stderrtail(failure_->stderrtail());
    *status_.mutable_failure() = *verdict_;
  } else if (killed_) {
    if (!killed_as_failure_) state = proto::ATTEMPT_KILLED;
    *status_.mutable_failure() = MakeFailure(proto::FAILED_TRACKER, kill_reason_);
  } else if (failure_) {
    *status_.mutable_failure() = *failure_;
  } else {
    *status_.mutable_failure() = MakeFailure(
        proto::FAILED_CRASH, "The attempt's process ended with exit status 0 before its work was done: something in "
                             "the plugin called _exit(), or closed the umbilical.");
  }
  if (status_.peakbytes() != 0) status_.mutable_failure()->set_peakbytes(status_.peakbytes());
  Finish(state);
}

proto::FailureProto AttemptRun::OverLimit(const std::string& what, std::uint64_t peak_bytes) const {
  proto::FailureProto failure =
      MakeFailure(proto::FAILED_MEMORY, what + ". Raise " + MemoryKey(order_.kind()) +
                                            ", lower mapreduce.task.io.sort.mb, or have the plugin keep less.");
  failure.set_peakbytes(peak_bytes);
  return failure;
}

// What is still in it ends; to remove it touches the disk.
void AttemptRun::LeaveGroup() {
  if (group_ == nullptr) return;
  context_.disk.Post([group = std::move(group_)]() mutable { group.reset(); });
  group_ = nullptr;
}

void AttemptRun::Watch(std::int64_t now_ns, const ProcessTree* processes) {
  if (gone_) return;
  if (give_up_at_ns_ != 0 && now_ns >= give_up_at_ns_ && listening_) {
    give_up_at_ns_ = 0;
    umbilical_->Close();  // its listener then ends it
    return;
  }
  if (kill_at_ns_ != 0 && now_ns >= kill_at_ns_ && !exited_) {
    kill_at_ns_ = 0;
    SignalAll(SIGKILL);
  }
  if (ended() || !begun_ || killed_ || verdict_) return;
  // It is not its fault that segments, or the grant, take long.
  const bool waits = (order_.kind() == proto::REDUCE && !fed_) || status_.state() == proto::ATTEMPT_COMMIT_PENDING;
  if (waits) progress_ns_ = now_ns;
  const std::int64_t timeout_ns = Nanos(std::chrono::milliseconds(order_.timeoutms()));
  if (timeout_ns != 0 && now_ns - progress_ns_ > timeout_ns) {
    proto::FailureProto failure =
        MakeFailure(proto::FAILED_TIMEOUT,
                    "No progress for " + std::to_string(order_.timeoutms()) +
                        " ms: no record was read or written, and neither status nor progress was set. If that is "
                        "as it should be, call progress() now and then, or raise mapreduce.task.timeout.");
    // It tells of each step within a second: it stands there still.
    if (stands_at_) failure.set_badrecord(*stands_at_);
    Condemn(std::move(failure));
    return;
  }
  if (processes == nullptr || pid_ == 0) return;
  const std::uint64_t resident = processes->ResidentBytes(pid_);
  status_.set_peakbytes(std::max(status_.peakbytes(), resident));
  if (order_.memorybytes() == 0 || resident <= order_.memorybytes()) return;
  Condemn(OverLimit("The attempt took " + HumanBytes(resident) + " of memory, more than its limit of " +
                        HumanBytes(order_.memorybytes()),
                    resident));
  SignalAll(SIGKILL);  // it may grow faster than it can be asked
}

}  // namespace mrd::tasktracker
