#include "tasktracker/zygote_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "tasktracker/worker/umbilical.h"

extern char** environ;

namespace mrd::tasktracker {
namespace {

constexpr int kUmbilical = 3;  // the descriptor that mr-worker expects its umbilical at
constexpr const char* kBindNow = "LD_BIND_NOW=1";  // the worker takes it out of its environment
constexpr std::chrono::milliseconds kReapPause{5};
constexpr int kReapsBeforeKill = 40;

// 0 or an error number.
int Spawn(const std::string& program, const std::string& log_path, int socket, pid_t* pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0640);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  posix_spawn_file_actions_adddup2(&actions, socket, kUmbilical);
  // Not every descriptor of ours is closed by exec, and attempts must not hold connections of the tracker.
  posix_spawn_file_actions_addclosefrom_np(&actions, kUmbilical + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::string name = "mr-worker";
  char* words[] = {name.data(), nullptr};
  // What the dynamic linker finds once in the zygote it need not find again in every attempt.
  std::string bind = kBindNow;
  std::vector<char*> variables;
  for (char** one = environ; *one != nullptr; ++one) variables.push_back(*one);
  variables.push_back(bind.data());
  variables.push_back(nullptr);
  const int error = ::posix_spawn(pid, program.c_str(), &actions, &attributes, words, variables.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

}  // namespace

std::string WaitStatusText(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return "exit status " + std::to_string(WEXITSTATUS(wait_status));
}

Result<std::shared_ptr<ZygoteProcess>> ZygoteProcess::Start(net::Runtime& runtime,
                                                            boost::asio::any_io_executor executor, ZygotePids& pids,
                                                            const std::string& program, const std::string& log_path) {
  MRD_ASSIGN_OR_RETURN(auto ends, UmbilicalPair());
  int socket = ends.second.get();
  UniqueFd moved;
  if (socket == kUmbilical) {  // dup2 to itself would leave it closed on exec
    moved = UniqueFd(::fcntl(socket, F_DUPFD_CLOEXEC, kUmbilical + 1));
    if (!moved.valid()) return FromErrno(errno, "start " + program);
    socket = moved.get();
  }
  pid_t pid = 0;
  if (const int error = Spawn(program, log_path, socket, &pid); error != 0) return FromErrno(error, "start " + program);
  std::shared_ptr<ZygoteProcess> zygote(new ZygoteProcess(runtime, executor, pids, pid));
  MRD_ASSIGN_OR_RETURN(zygote->stream_, FrameStream::Make(runtime, std::move(executor), std::move(ends.first),
                                                          "mr-worker " + std::to_string(pid)));
  return zygote;
}

ZygoteProcess::~ZygoteProcess() {
  if (stream_ != nullptr) stream_->Close();
  if (reaped_) return;
  (void)::kill(pid_, SIGKILL);
  (void)::waitpid(pid_, nullptr, 0);
  pids_.Erase(pid_);
}

bool ZygoteProcess::Alive() {
  if (!reaped_ && ::waitpid(pid_, nullptr, WNOHANG) != 0) {
    reaped_ = true;
    pids_.Erase(pid_);
  }
  return !reaped_;
}

Status ZygoteProcess::Setup(const mapred::proto::SetupProto& setup, ZygoteEvents events) {
  events_ = std::move(events);
  std::function<net::awaitable<void>()> body = [self = shared_from_this()] { return self->Listen(self); };
  runtime_.Spawn(executor_, std::move(body));
  return stream_->Send(setup);
}

Status ZygoteProcess::Launch(const mapred::proto::LaunchProto& launch, UniqueFd umbilical) {
  return stream_->Send(launch, std::move(umbilical));
}

void ZygoteProcess::Stop() {
  stopping_ = true;
  stream_->Close();
}

net::awaitable<void> ZygoteProcess::Listen(std::shared_ptr<ZygoteProcess>) {
  Status why;
  for (;;) {
    mapred::proto::ZygoteMessageProto message;
    Result<bool> got = co_await stream_->Receive(&message);
    if (!got.ok()) why = got.status();
    if (!got.ok() || !*got) break;
    if (message.has_ready()) events_.ready(message.ready());
    if (message.has_started()) events_.started(message.started());
    if (message.has_exited()) events_.exited(message.exited());
  }
  stream_->Close();
  const Status end = co_await Reap();
  if (why.ok()) why = end;
  ZygoteEvents events = std::move(events_);
  events_ = ZygoteEvents();
  events.ended(why);
}

// Its socket is closed, so it ends or has ended. One that does not is helped.
net::awaitable<Status> ZygoteProcess::Reap() {
  int wait_status = 0;
  for (int attempt = 0;; ++attempt) {
    const pid_t got = ::waitpid(pid_, &wait_status, WNOHANG);
    if (got == pid_ || (got < 0 && errno == ECHILD)) break;
    if (attempt == (stopping_ ? 1 : kReapsBeforeKill)) (void)::kill(pid_, SIGKILL);
    (void)co_await net::SleepFor(kReapPause);
  }
  reaped_ = true;
  pids_.Erase(pid_);
  if (stopping_) co_return Cancelled("the worker process was stopped");
  co_return Unavailable("the worker process of the job ended: " + WaitStatusText(wait_status));
}

}  // namespace mrd::tasktracker
