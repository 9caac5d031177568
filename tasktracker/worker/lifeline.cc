#include "tasktracker/worker/lifeline.h"

#include <algorithm>
#include <csignal>

#include <poll.h>
#include <sys/types.h>

#include "common/base/clock.h"
#include "engine/guard/last_rites.h"
#include "mapred/wire/convert.h"
#include "tasktracker/worker/failure.h"

namespace mrd::tasktracker {

namespace {

using mapred::proto::TrackerMessageProto;
using mapred::proto::WorkerMessageProto;

constexpr std::int64_t kTellEveryNanos = 1'000'000'000;
constexpr std::size_t kStatusMax = 4096;

// Nobody is there to run for.
[[noreturn]] void EndWithAllOfThem() {
  ::kill(0, SIGKILL);  // the attempt's own process group
  engine::guard::EndProcess(1);
}

}  // namespace

void Lifeline::Start() {
  // Signals are for the task's thread, which plugins and handlers know.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  for (int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, crash);
  for (int real_time = SIGRTMIN; real_time <= SIGRTMAX; ++real_time) sigdelset(&all, real_time);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  std::thread([this] { Run(); }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Lifeline::Run() {
  Clock& clock = Clock::System();
  std::int64_t due = clock.MonotonicNanos() + kTellEveryNanos;
  while (true) {
    const std::int64_t left = std::max<std::int64_t>(0, due - clock.MonotonicNanos());
    pollfd readable{tracker_.descriptor(), POLLIN, 0};
    const int count = ::poll(&readable, 1, static_cast<int>((left + 999'999) / 1'000'000));
    if (count > 0) {
      TrackerMessageProto message;
      Result<bool> got = tracker_.Receive(&message);
      if (!got.ok() || !*got) EndWithAllOfThem();
      Take(std::move(message));
    }
    if (clock.MonotonicNanos() < due) continue;
    due = clock.MonotonicNanos() + kTellEveryNanos;
    Tell(/*in_any_case=*/false);
  }
}

void Lifeline::Take(TrackerMessageProto message) {
  const std::lock_guard lock(mutex_);
  if (message.has_segments()) segments_.push_back(std::move(*message.mutable_segments()));
  if (message.has_commit()) commits_.push_back(std::move(*message.mutable_commit()));
  came_.notify_all();
}

void Lifeline::Watch(std::function<LiveFigures()> figures) {
  const std::lock_guard lock(watching_);
  // Once more, so that what is told later does not fall behind what was told before.
  if (figures_ != nullptr && figures == nullptr) last_ = figures_();
  figures_ = std::move(figures);
}

void Lifeline::EnterPhase(mapred::proto::AttemptPhaseProto phase) {
  {
    const std::lock_guard lock(mutex_);
    phase_ = phase;
  }
  Tell(/*in_any_case=*/true);
}

void Lifeline::Tell(bool in_any_case) {
  WorkerMessageProto message;
  WorkerMessageProto::Progress* const progress = message.mutable_progress();
  {
    const std::lock_guard lock(mutex_);
    progress->set_phase(phase_);
    in_any_case = in_any_case || waits_;
  }
  {
    const std::lock_guard lock(watching_);
    if (figures_ != nullptr) {
      last_ = figures_();
      in_any_case = in_any_case || last_.pulse != told_pulse_;
      told_pulse_ = last_.pulse;
    }
    if (!in_any_case) return;
    progress->set_progress(std::clamp(last_.progress, 0.0, 1.0));
    progress->set_records(last_.records);
    progress->set_bytes(last_.bytes);
    if (last_.stands_at) progress->set_standsat(*last_.stands_at);
    if (!last_.status.empty()) progress->set_statustext(Legible(std::string_view(last_.status).substr(0, kStatusMax)));
    mapred::wire::ToProto(last_.counters, progress->mutable_counters());
  }
  // When the tracker has gone, Run() sees it too.
  static_cast<void>(Send(message).ok());
}

Status Lifeline::Send(const WorkerMessageProto& message) {
  const std::lock_guard lock(sending_);
  return tracker_.Send(message);
}

TrackerMessageProto::Segments Lifeline::NextSegments() {
  std::unique_lock lock(mutex_);
  waits_ = true;
  came_.wait(lock, [this] { return !segments_.empty(); });
  waits_ = false;
  TrackerMessageProto::Segments next = std::move(segments_.front());
  segments_.pop_front();
  return next;
}

Result<std::vector<std::string>> Lifeline::AskToPublish(const google::protobuf::RepeatedPtrField<mapred::proto::PartProto>& parts) {
  WorkerMessageProto message;
  *message.mutable_commitrequest()->mutable_parts() = parts;
  MRD_RETURN_IF_ERROR(Send(message));
  std::unique_lock lock(mutex_);
  waits_ = true;
  came_.wait(lock, [this] { return !commits_.empty(); });
  waits_ = false;
  const TrackerMessageProto::Commit answer = std::move(commits_.front());
  commits_.pop_front();
  if (answer.granted()) return std::vector<std::string>(answer.superseded().begin(), answer.superseded().end());
  return FailedPrecondition(answer.has_reason() ? answer.reason()
                                                : "the jobtracker lets another attempt of the task publish its output");
}

}  // namespace mrd::tasktracker
