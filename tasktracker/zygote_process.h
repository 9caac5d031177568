#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "common/base/status.h"
#include "common/net/runtime.h"
#include "proto/mr/umbilical.pb.h"
#include "tasktracker/frame_stream.h"

namespace mrd::tasktracker {

// What a zygote tells, on its executor, until `ended`, which is the last.
struct ZygoteEvents {
  std::function<void(const mapred::proto::ReadyProto&)> ready;
  std::function<void(const mapred::proto::ZygoteMessageProto::Started&)> started;
  std::function<void(const mapred::proto::ZygoteMessageProto::Exited&)> exited;
  std::function<void(const Status& why)> ended;  // its process is gone, and its attempts with it
};

// The children of this process that are zygotes and not yet reaped, to tell them from those that attempts left behind.
// One for the process. Thread-safe.
class ZygotePids {
 public:
  void Insert(pid_t pid) {
    const std::lock_guard lock(mutex_);
    pids_.insert(pid);
  }
  void Erase(pid_t pid) {
    const std::lock_guard lock(mutex_);
    pids_.erase(pid);
  }
  bool Contains(pid_t pid) const {
    const std::lock_guard lock(mutex_);
    return pids_.contains(pid);
  }

 private:
  mutable std::mutex mutex_;
  std::set<pid_t> pids_;  // guarded by the mutex
};

// A mr-worker process that has one job's plugin loaded and forks an attempt at each order. It may be started before it
// is known for which job's files: the program loads while they are fetched. Everything on one executor; shared with the
// coroutine that listens to the process.
class ZygoteProcess : public std::enable_shared_from_this<ZygoteProcess> {
 public:
  // Starts the process; its output goes to the end of the file at `log_path`. `runtime` and `pids`,
  // in which it is entered, must outlive it.
  static Result<std::shared_ptr<ZygoteProcess>> Start(net::Runtime& runtime, boost::asio::any_io_executor executor,
                                               ZygotePids& pids, const std::string& program,
                                                       const std::string& log_path);
  ~ZygoteProcess();

  // Once, at first: the job. Answered by events.ready.
  Status Setup(const mapred::proto::SetupProto& setup, ZygoteEvents events);
  // The attempt gets `umbilical`.
  Status Launch(const mapred::proto::LaunchProto& launch, UniqueFd umbilical);
  // Ends the process and its attempts; events.ended follows, if there are events.
  void Stop();

  pid_t pid() const { return pid_; }
  // Whether the process has not ended. REQUIRES: Setup() was not called; afterwards events.ended tells.
  bool Alive();

 private:
  ZygoteProcess(net::Runtime& runtime, boost::asio::any_io_executor executor, ZygotePids& pids, pid_t pid)
      : runtime_(runtime), executor_(std::move(executor)), pids_(pids), pid_(pid) {
    pids_.Insert(pid);
  }
  net::awaitable<void> Listen(std::shared_ptr<ZygoteProcess> self);
  net::awaitable<Status> Reap();

  net::Runtime& runtime_;
  const boost::asio::any_io_executor executor_;
  ZygotePids& pids_;
  const pid_t pid_;
  std::shared_ptr<FrameStream> stream_;
  ZygoteEvents events_;
  bool stopping_ = false;
  bool reaped_ = false;
};

// "signal 11 (Segmentation fault)", "exit status 3": a status of waitpid() for people.
std::string WaitStatusText(int wait_status);

}  // namespace mrd::tasktracker
