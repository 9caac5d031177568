#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "proto/mr/umbilical.pb.h"
#include "tasktracker/worker/bounded_log.h"
#include "tasktracker/worker/loaded_job.h"
#include "tasktracker/worker/umbilical.h"

namespace mrd::tasktracker {

// The process that a tracker starts for one job: loads the plugin, then forks a process for each attempt, drains what
// attempts write to stdout and stderr into their logs, and tells how they ended. When the tracker's end of its umbilical
// closes it kills all attempts and ends.
//
// It has one thread and opens no file system: a fork copies no lock that somebody holds. One per process.
class Zygote {
 public:
  explicit Zygote(UniqueFd tracker) : tracker_(std::move(tracker)) {}

  // Returns the exit status.
  int Run();

 private:
  // A running attempt.
  struct Child {
    std::string id;
    std::string log_dir;
    std::int64_t begun_ns = 0;
    pid_t process = 0;
    std::uint32_t mark = 0;
    UniqueFd last_words;  // what the guards say of a crash; a file in memory, so that a full disk loses nothing
    struct Stream {
      UniqueFd pipe;
      std::string path;
      std::unique_ptr<BoundedLog> log;  // nullptr as long as there is nothing to keep
    };
    bool logs() const { return out.log != nullptr && err.log != nullptr; }
    Stream out;
    Stream err;
  };

  Status Prepare();
  Status Serve();
  Result<std::unique_ptr<Child>> Fork(const mapred::proto::LaunchProto& launch, UniqueFd umbilical);
  Status Reap();
  Status Bury(Child& child, int wait_status, std::uint64_t peak_bytes, std::uint64_t cpu_ms);
  Status SendUnlaunched(const std::string& id, const Status& why);
  void KillAll();
  // Takes what the pipe holds, up to a bound; false when all writers have closed it.
  bool Drain(Child::Stream& stream) const;
  // Opens the log if it is not; whether it is then.
  bool OpenLog(Child::Stream& stream) const;
  // How long to wait, in milliseconds, until an attempt has lived long enough for empty logs; -1: for ever.
  int UntilLogs() const;
  void OpenDueLogs();

  Umbilical tracker_;
  std::unique_ptr<LoadedJob> job_;
  UniqueFd signals_;
  std::vector<std::unique_ptr<Child>> children_;
  std::uint32_t launched_ = 0;
};

}  // namespace mrd::tasktracker
