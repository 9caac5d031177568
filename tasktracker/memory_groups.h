#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::tasktracker {

// The control group (version 2) of one attempt: the kernel keeps the memory of all its processes within a limit, ends them
// when it cannot, and counts the most that they took. What lies in it ends with it. Thread-safe for its one owner.
class MemoryGroup {
 public:
  MemoryGroup(Env& env, std::string dir) : env_(env), dir_(std::move(dir)) {}
  // Ends what is in it and removes it, if it can be: processes that are ending hold it for a moment, then
  // MemoryGroups::Sweep() has it.
  ~MemoryGroup();
  MemoryGroup(const MemoryGroup&) = delete;
  MemoryGroup& operator=(const MemoryGroup&) = delete;

  // The process, and all that it starts from now on. What it has taken already stays where it was counted.
  Status Enter(pid_t pid);

  struct Use {
    std::uint64_t peak_bytes = 0;  // 0: this kernel does not tell
    std::uint64_t oom_kills = 0;   // processes that the kernel ended for want of memory within the limit
  };
  Use Read() const;

 private:
  Env& env_;
  const std::string dir_;
};

// Where the groups of a tracker's attempts lie: below a group that the machine has left to it, such as that of a service
// with "Delegate=yes". The tracker itself moves into a group "tracker" there, since a group with limited children has no
// processes of its own. Threads: the tracker's.
class MemoryGroups {
 public:
  // The directory of the group that a process is in, from what it reads in /proc/self/mountinfo and /proc/self/cgroup.
  // kUnavailable with the reason when there is none, or it is the machine's own, which nobody has left to us. Pure.
  static Result<std::string> OwnGroup(std::string_view mountinfo, std::string_view cgroup);

  // Makes `dir` ready for groups of attempts; what it cannot leave so is as it was before. kUnavailable with a reason for
  // people: the controller is not there, the group is not ours to write, others are in it. `env` must outlive it.
  static Result<std::unique_ptr<MemoryGroups>> Open(Env& env, const std::string& dir, pid_t self);
  // By the key mr.tasktracker.cgroup: "auto" looks for the process's own group, a path is one; not for "none".
  static Result<std::unique_ptr<MemoryGroups>> Find(Env& env, const std::string& word, pid_t self);

  // A group for an attempt.
  Result<std::unique_ptr<MemoryGroup>> Make(const std::string& attempt_id, std::uint64_t limit_bytes);
  // Removes groups of attempts that nothing is in any more. Touches the disk, if little.
  void Sweep();

  const std::string& dir() const { return dir_; }

 private:
  MemoryGroups(Env& env, std::string dir) : env_(env), dir_(std::move(dir)) {}

  Env& env_;
  const std::string dir_;
};

}  // namespace mrd::tasktracker
