#include "tasktracker/worker/attempt_process.h"

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <utility>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/alt_stack.h"
#include "common/base/clock.h"
#include "common/base/write_confinement.h"
#include "engine/guard/crash_guard.h"
#include "engine/guard/exit_guard.h"
#include "engine/guard/last_rites.h"
#include "engine/guard/signal_text.h"
#include "mapred/wire/convert.h"
#include "tasktracker/worker/attempt_work.h"
#include "tasktracker/worker/bounded_log.h"
#include "tasktracker/worker/failure.h"
#include "tasktracker/worker/lifeline.h"
#include "tasktracker/worker/profiler.h"
#include "tasktracker/worker/task_kinds.h"

namespace mrd::tasktracker {

namespace {

using mapred::proto::FailureProto;
using mapred::proto::LaunchProto;
using mapred::proto::WorkerMessageProto;

constexpr std::size_t kTailBytes = 4096;
constexpr int kDrainPatienceMs = 100;

engine::CancelFlag cancel;  // the handler's

void OnTerminate(int signal) { cancel.signal.store(signal); }

Result<Outcome> RunKind(AttemptWork& work) {
  switch (work.launch.kind()) {
    case mapred::proto::MAP: return RunMap(work);
    case mapred::proto::REDUCE: return RunReduce(work);
    case mapred::proto::COMMIT: return RunCommit(work);
    case mapred::proto::ABORT: return RunAbort(work);
    case mapred::proto::WHOLE: return RunWhole(work);
  }
  return Unimplemented("a task of an unknown kind");
}

// A map with reduces leaves its output to the tracker, even if there is nothing in it.
bool TellsMapOutput(const AttemptWork& work) {
  return work.launch.kind() == mapred::proto::MAP && work.spec().reduces() > 0;
}

void TellUse(WorkerMessageProto::Done* done) {
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) != 0) return;
  const auto milliseconds = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1000 + static_cast<std::uint64_t>(time.tv_usec) / 1000;
  };
  done->set_peakbytes(static_cast<std::uint64_t>(used.ru_maxrss) << 10);
  done->set_cpums(milliseconds(used.ru_utime) + milliseconds(used.ru_stime));
}

// Keeps what was sampled beside the attempt's logs. An attempt does not fail for want of it.
void KeepProfile(Profiler& profiler, const std::string& log_dir) {
  profiler.Stop();
  Env& env = Env::Posix();
  Status kept = CreateDirs(env, log_dir);
  if (kept.ok()) kept = WriteFileDurably(env, log_dir + "/profile.folded", profiler.Folded());
  if (!kept.ok()) std::fprintf(stderr, "The profile could not be kept: %s\n", kept.message().c_str());
}

// Where the tracker says so, takes from this process the right to write outside of its job's places.
Status Confine(const LoadedJob& job, const LaunchProto& launch) {
  if (!job.setup.confined()) return Status::Ok();
  std::vector<std::string> places(job.setup.localdirs().begin(), job.setup.localdirs().end());
  if (launch.profile()) {
    MRD_RETURN_IF_ERROR(CreateDirs(Env::Posix(), launch.logdir()));
    places.push_back(launch.logdir());
  }
  return ConfineWrites(places);
}

// Runs the attempt and says its last word.
bool Run(const LoadedJob& job, const LaunchProto& launch, Lifeline& lifeline, const Status& prepared) {
  WorkerMessageProto last_word;
  AttemptWork work(job, launch, lifeline, cancel);
  Status status;
  bool own_trouble = false;  // neither the plugin's nor a disk's
  std::unique_ptr<Profiler> profiler;
  if (launch.profile()) {
    Result<std::unique_ptr<Profiler>> started = Profiler::Start();
    if (started.ok()) profiler = std::move(*started);
  }
  try {
    status = prepared.ok() ? work.Prepare() : Internal(prepared.message());
    own_trouble = !status.ok() && status.code() == Code::kInternal;
    if (status.ok()) {
      Result<Outcome> outcome = RunKind(work);
      status = outcome.status();
      if (outcome.ok()) {
        WorkerMessageProto::Done* const done = last_word.mutable_done();
        mapred::wire::ToProto(outcome->counters, done->mutable_counters());
        mapred::wire::ToProto(outcome->ledger, done->mutable_ledger());
        for (const engine::ManifestPart& part : outcome->parts) mapred::wire::ToProto(part, done->add_parts());
        if (TellsMapOutput(work)) *last_word.mutable_mapoutput() = std::move(outcome->map_output);
        TellUse(done);
      }
    }
  } catch (const std::bad_alloc&) {
    status = ResourceExhausted(launch.attemptid() + " got no more memory; lower mapreduce.task.io.sort.mb or let fewer "
                               "tasks run at once on a tracker");
    last_word.mutable_failed()->set_kind(mapred::proto::FAILED_MEMORY);
  } catch (const std::exception& thrown) {
    status = Internal(launch.attemptid() + ": " + thrown.what());
    own_trouble = true;
  }
  lifeline.Watch(nullptr);
  if (profiler != nullptr) KeepProfile(*profiler, launch.logdir());
  std::fflush(nullptr);
  std::cout.flush();
  std::clog.flush();
  if (!status.ok()) {
    const bool memory = last_word.has_failed();
    FailureProto failure = FailureOf(status);
    const std::string hint = job.limits.Hint(status.message());
    if (!hint.empty()) *failure.mutable_message() += ". " + hint;
    if (work.bad_record) failure.set_badrecord(*work.bad_record);
    if (memory) failure.set_kind(mapred::proto::FAILED_MEMORY);
    if (own_trouble || (status.code() == Code::kCancelled && cancel.set())) {
      failure.set_kind(mapred::proto::FAILED_TRACKER);
    }
    // The zygote empties the pipe into the file.
    for (int waited = 0; waited < kDrainPatienceMs; ++waited) {
      int left = 0;
      if (::ioctl(STDERR_FILENO, FIONREAD, &left) != 0) break;
      if (left == 0 && waited > 0) break;
      Pause(1);
    }
    failure.set_stderrtail(LogTail(Env::Posix(), launch.logdir() + "/stderr", kTailBytes));
    last_word.clear_failed();
    *last_word.mutable_failed() = std::move(failure);
    work.DropOutput();
  }
  work.DropLocalFiles(/*keep_map_output=*/status.ok() && TellsMapOutput(work));
  const bool told = lifeline.Send(last_word).ok();
  return told && status.ok();
}

}  // namespace

void RunAttemptProcess(const LoadedJob& job, const LaunchProto& launch, UniqueFd umbilical, UniqueFd last_words) {
  engine::guard::GuardThisProcess();
  engine::guard::RecordSignalText(last_words.get());
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing > STDERR_FILENO) {
    ::dup2(nothing, STDIN_FILENO);
    ::close(nothing);
  }
  struct sigaction terminate{};
  terminate.sa_handler = OnTerminate;
  terminate.sa_flags = SA_RESTART | SA_ONSTACK;
  sigemptyset(&terminate.sa_mask);
  ::sigaction(SIGTERM, &terminate, nullptr);

  const ThreadSignalStack stack;
  const engine::guard::ExitGuard guard(job.subject.c_str());
  Lifeline lifeline(std::move(umbilical));
  Status prepared = Confine(job, launch);  // before there is a second thread, which would not be
  if (!prepared.ok()) prepared = std::move(prepared).WithContext("mr.tasktracker.sandbox");
  lifeline.Start();
  // The lifeline's own thread is not what a limit is meant for.
  if (prepared.ok()) prepared = job.limits.Apply(launch.kind());
  if (job.limits.file_bytes() != 0) engine::guard::GuardFileSize();
  const bool succeeded = Run(job, launch, lifeline, prepared);
  // No destructors, of ours or the plugin's: others' threads still run.
  engine::guard::EndProcess(succeeded ? 0 : 1);
}

}  // namespace mrd::tasktracker
