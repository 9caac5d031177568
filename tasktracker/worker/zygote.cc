#include "tasktracker/worker/zygote.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/syscall_denials.h"
#include "engine/guard/crash_guard.h"
#include "tasktracker/worker/attempt_process.h"
#include "tasktracker/worker/failure.h"
#include "tasktracker/worker/offspring.h"

namespace mrd::tasktracker {

namespace {

using mapred::proto::FailureProto;
using mapred::proto::LaunchProto;
using mapred::proto::ZygoteMessageProto;

constexpr std::size_t kDrainBytes = 64 << 10;
constexpr int kDrainsAtOnce = 16;  // then another pipe's turn
constexpr std::size_t kLastWordsMax = 64 << 10;
constexpr std::size_t kTailBytes = 4096;
// An attempt that prints nothing gets its empty logs, which somebody may follow, when it has lived this long: to make them
// costs a tenth of a short attempt.
constexpr std::int64_t kLogsAfterNanos = 250'000'000;

std::string ReadAll(int descriptor, std::size_t size_max) {
  std::string text(size_max, '\0');
  std::size_t have = 0;
  while (have < size_max) {
    const ssize_t got = ::pread(descriptor, text.data() + have, size_max - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

// Where a machine runs out of memory, attempts are to die before its daemons. They inherit this, and hold more than the
// zygote does.
void OfferToTheKiller() {
  const UniqueFd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (!file.valid()) return;
  const ssize_t wrote = ::write(file.get(), "500", 3);
  static_cast<void>(wrote);
}

// Gives root's rights up for those of this user, for good.
Status Become(const mapred::proto::SetupProto::User& user) {
  const std::string what = "mr.tasktracker.task.user: become " + user.name();
  if (user.uid() == 0 || user.gid() == 0) return PermissionDenied(what + ": attempts do not run as root");
  if (::initgroups(user.name().c_str(), user.gid()) != 0 || ::setresgid(user.gid(), user.gid(), user.gid()) != 0 ||
      ::setresuid(user.uid(), user.uid(), user.uid()) != 0) {
    return FromErrno(errno, what);
  }
  // The change has taken from this process that it may look at its own and its children's files in /proc, and what the
  // tracker's death does to it.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  return Status::Ok();
}

Status MakePipe(UniqueFd* reader, UniqueFd* writer) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return FromErrno(errno, "make a pipe for an attempt's output");
  *reader = UniqueFd(ends[0]);
  *writer = UniqueFd(ends[1]);
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) return FromErrno(errno, "make a pipe non-blocking");
  return Status::Ok();
}

}  // namespace

int Zygote::Run() {
  Status ended = Prepare();
  if (ended.ok()) ended = Serve();
  KillAll();
  if (!ended.ok()) std::fprintf(stderr, "mr-worker: %s\n", ended.message().c_str());
  return ended.ok() ? 0 : 1;
}

Status Zygote::Prepare() {
  mapred::proto::SetupProto setup;
  MRD_ASSIGN_OR_RETURN(const bool told, tracker_.Receive(&setup));
  if (!told) return Status::Ok();  // the tracker has gone; Serve() sees it too
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  AdoptOrphans();
  OfferToTheKiller();
  RaiseOpenFileLimit();
  rlimit cores{};
  if (::getrlimit(RLIMIT_CORE, &cores) == 0) {
    cores.rlim_cur = 0;  // attempts may have been given some: job_->limits
    ::setrlimit(RLIMIT_CORE, &cores);
  }

  ZygoteMessageProto message;
  Status safe = setup.has_user() ? Become(setup.user()) : Status::Ok();
  // What attempts do in file systems is done for who handed the job in.
  if (setup.has_user()) ::setenv("HADOOP_USER_NAME", setup.spec().user().c_str(), 1);
  // Before there is any code of the plugin in this process.
  if (safe.ok() && setup.filtered()) safe = DenySystemCalls().WithContext("mr.tasktracker.sandbox");
  Result<std::unique_ptr<LoadedJob>> job =
      safe.ok() ? LoadJob(std::move(setup)) : Result<std::unique_ptr<LoadedJob>>(std::move(safe));
  mapred::proto::ReadyProto* const ready = message.mutable_ready();
  if (job.ok()) {
    job_ = std::move(*job);
    engine::guard::InstallCrashGuard(job_->subject.c_str());
  } else {
    FailureProto* const failure = ready->mutable_failure();
    failure->set_kind(mapred::proto::FAILED_TRACKER);
    failure->set_message(Legible(job.status().message()));
  }
  return tracker_.Send(message);
}

Status Zygote::Serve() {
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child_ended, nullptr);
  signals_ = UniqueFd(::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.valid()) return FromErrno(errno, "watch for ended attempts");
  std::vector<pollfd> ready;
  while (true) {
    ready.assign({{tracker_.descriptor(), POLLIN, 0}, {signals_.get(), POLLIN, 0}});
    for (const auto& child : children_) {
      // A descriptor of -1, of a pipe that was closed, is passed over.
      ready.push_back({child->out.pipe.get(), POLLIN, 0});
      ready.push_back({child->err.pipe.get(), POLLIN, 0});
    }
    if (::poll(ready.data(), ready.size(), UntilLogs()) < 0) {
      if (errno == EINTR) continue;
      return FromErrno(errno, "wait for the tracker and the attempts");
    }
    for (std::size_t i = 0; i < children_.size(); ++i) {
      Child& child = *children_[i];
      if (ready[2 + 2 * i].revents != 0 && !Drain(child.out)) child.out.pipe.Reset();
      if (ready[3 + 2 * i].revents != 0 && !Drain(child.err)) child.err.pipe.Reset();
    }
    OpenDueLogs();
    if (ready[1].revents != 0) MRD_RETURN_IF_ERROR(Reap());
    if (ready[0].revents != 0) {
      LaunchProto launch;
      UniqueFd umbilical;
      MRD_ASSIGN_OR_RETURN(const bool told, tracker_.Receive(&launch, &umbilical));
      if (!told) return Status::Ok();
      Status launched = job_ == nullptr ? FailedPrecondition("the job could not be loaded")
                        : !umbilical.valid() ? InvalidArgument("the order to launch came without a socket")
                                             : Status::Ok();
      if (launched.ok()) {
        Result<std::unique_ptr<Child>> child = Fork(launch, std::move(umbilical));
        if (child.ok()) {
          ZygoteMessageProto message;
          message.mutable_started()->set_attemptid((*child)->id);
          message.mutable_started()->set_processid(static_cast<std::uint64_t>((*child)->process));
          children_.push_back(std::move(*child));
          MRD_RETURN_IF_ERROR(tracker_.Send(message));
        } else {
          launched = child.status();
        }
      }
      if (!launched.ok()) MRD_RETURN_IF_ERROR(SendUnlaunched(launch.attemptid(), launched));
    }
  }
}

Result<std::unique_ptr<Zygote::Child>> Zygote::Fork(const LaunchProto& launch, UniqueFd umbilical) {
  auto child = std::make_unique<Child>();
  child->id = launch.attemptid();
  child->log_dir = launch.logdir();
  child->mark = ++launched_ & 0xFFFF;
  child->begun_ns = Clock::System().MonotonicNanos();
  child->out.path = launch.logdir() + "/stdout";
  child->err.path = launch.logdir() + "/stderr";
  UniqueFd out;
  UniqueFd err;
  MRD_RETURN_IF_ERROR(MakePipe(&child->out.pipe, &out));
  MRD_RETURN_IF_ERROR(MakePipe(&child->err.pipe, &err));
  child->last_words = UniqueFd(::memfd_create("last words", MFD_CLOEXEC));
  if (!child->last_words.valid()) return FromErrno(errno, "make a file in memory for " + child->id);

  const pid_t zygote = ::getpid();
  const pid_t process = ::fork();
  if (process < 0) return FromErrno(errno, "fork a process for " + child->id);
  if (process == 0) {
    // From here on the attempt. What it must not hold of the zygote is closed; the rest goes with exec.
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (::getppid() != zygote) ::_exit(1);
    ::dup2(out.get(), STDOUT_FILENO);
    ::dup2(err.get(), STDERR_FILENO);
    out.Reset();
    err.Reset();
    UniqueFd last_words = std::move(child->last_words);
    child.reset();
    children_.clear();
    signals_.Reset();
    ::close(tracker_.descriptor());
    sigset_t child_ended;
    sigemptyset(&child_ended);
    sigaddset(&child_ended, SIGCHLD);
    ::sigprocmask(SIG_UNBLOCK, &child_ended, nullptr);
    MarkOffspring(launched_ & 0xFFFF);
    RunAttemptProcess(*job_, launch, std::move(umbilical), std::move(last_words));
  }
  ::setpgid(process, process);  // whoever comes first
  child->process = process;
  return child;
}

bool Zygote::OpenLog(Child::Stream& stream) const {
  if (stream.log != nullptr) return true;
  Env& env = Env::Posix();
  if (!CreateDirs(env, stream.path.substr(0, stream.path.rfind('/'))).ok()) return false;
  Result<std::unique_ptr<BoundedLog>> log = BoundedLog::Open(env, stream.path, job_->log_limit_bytes);
  if (log.ok()) stream.log = std::move(*log);
  return stream.log != nullptr;
}

int Zygote::UntilLogs() const {
  std::int64_t least = -1;
  const std::int64_t now_ns = Clock::System().MonotonicNanos();
  for (const auto& child : children_) {
    if (child->logs()) continue;
    const std::int64_t left = std::max<std::int64_t>(0, child->begun_ns + kLogsAfterNanos - now_ns);
    if (least < 0 || left < least) least = left;
  }
  return least < 0 ? -1 : static_cast<int>((least + 999'999) / 1'000'000);
}

void Zygote::OpenDueLogs() {
  const std::int64_t now_ns = Clock::System().MonotonicNanos();
  for (const auto& child : children_) {
    if (child->logs() || now_ns - child->begun_ns < kLogsAfterNanos) continue;
    const bool out = OpenLog(child->out);
    const bool err = OpenLog(child->err);
    if (!out || !err) child->begun_ns = now_ns;  // the disk is full, say: asked again later
  }
}

bool Zygote::Drain(Child::Stream& stream) const {
  // Before anything is taken out: an attempt that sees the pipe empty looks for its text in the file.
  int held = 0;
  if (stream.log == nullptr && ::ioctl(stream.pipe.get(), FIONREAD, &held) == 0 && held > 0) OpenLog(stream);
  char buffer[kDrainBytes];
  for (int round = 0; round < kDrainsAtOnce; ++round) {
    const ssize_t got = ::read(stream.pipe.get(), buffer, sizeof(buffer));
    if (got > 0) {
      // A disk that takes no more loses text, never the attempt.
      if (stream.log != nullptr) stream.log->Write(buffer, static_cast<std::size_t>(got));
    } else if (got == 0) {
      return false;
    } else if (errno != EINTR) {
      return true;  // empty for now
    }
  }
  return true;
}

Status Zygote::Reap() {
  signalfd_siginfo told[16];
  while (::read(signals_.get(), told, sizeof(told)) > 0) {
  }
  while (true) {
    int wait_status = 0;
    rusage used{};
    const pid_t process = ::wait4(-1, &wait_status, WNOHANG, &used);
    if (process <= 0) return Status::Ok();
    const auto at = std::find_if(children_.begin(), children_.end(),
                                 [process](const auto& child) { return child->process == process; });
    if (at == children_.end()) continue;  // an orphan of an attempt
    const std::unique_ptr<Child> child = std::move(*at);
    children_.erase(at);
    const auto milliseconds = [](const timeval& time) {
      return static_cast<std::uint64_t>(time.tv_sec) * 1000 + static_cast<std::uint64_t>(time.tv_usec) / 1000;
    };
    MRD_RETURN_IF_ERROR(Bury(*child, wait_status, static_cast<std::uint64_t>(used.ru_maxrss) << 10,
                             milliseconds(used.ru_utime) + milliseconds(used.ru_stime)));
  }
}

Status Zygote::Bury(Child& child, int wait_status, std::uint64_t peak_bytes, std::uint64_t cpu_ms) {
  KillOffspring(child.process, child.mark);
  for (Child::Stream* stream : {&child.out, &child.err}) {
    if (stream->pipe.valid()) Drain(*stream);  // its writers are dead: there is no more than a pipe holds
    if (stream->log != nullptr) stream->log->Finish();
  }
  ZygoteMessageProto message;
  ZygoteMessageProto::Exited* const exited = message.mutable_exited();
  exited->set_attemptid(child.id);
  exited->set_waitstatus(wait_status);
  exited->set_peakbytes(peak_bytes);
  exited->set_cpums(cpu_ms);
  const std::string last_words = ReadAll(child.last_words.get(), kLastWordsMax);
  const bool spoke = WIFEXITED(wait_status) && (WEXITSTATUS(wait_status) == 0 || WEXITSTATUS(wait_status) == 1);
  if (!last_words.empty()) {
    *exited->mutable_failure() = FailureOfCrash(last_words);
  } else if (!spoke) {
    *exited->mutable_failure() = FailureOfSilence(child.id, wait_status);
  }
  if (exited->has_failure()) {
    std::string* const why = exited->mutable_failure()->mutable_message();
    if (const std::string hint = job_->limits.Hint(*why); !hint.empty()) *why += ". " + hint;
    exited->mutable_failure()->set_peakbytes(peak_bytes);
    const std::string_view headline = std::string_view(last_words).substr(0, last_words.find('\n', 1));
    exited->mutable_failure()->set_stderrtail(LogTail(Env::Posix(), child.log_dir + "/stderr", kTailBytes, headline));
  }
  return tracker_.Send(message);
}

Status Zygote::SendUnlaunched(const std::string& id, const Status& why) {
  ZygoteMessageProto message;
  message.mutable_exited()->set_attemptid(id);
  message.mutable_exited()->set_waitstatus(1 << 8);
  FailureProto* const failure = message.mutable_exited()->mutable_failure();
  failure->set_kind(mapred::proto::FAILED_TRACKER);
  failure->set_message(Legible(id + " could not be started: " + why.message()));
  return tracker_.Send(message);
}

void Zygote::KillAll() {
  for (const auto& child : children_) {
    ::kill(child->process, SIGKILL);
    int status = 0;
    while (::waitpid(child->process, &status, 0) < 0 && errno == EINTR) {
    }
    KillOffspring(child->process, child->mark);
  }
  children_.clear();
}

}  // namespace mrd::tasktracker
