#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <vector>

namespace mrd::tasktracker {

// What the system tells of a process.
struct ProcessInfo {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  bool zombie = false;
  std::uint64_t resident_bytes = 0;
  std::uint64_t cpu_ms = 0;
};

// The processes of this machine at one moment, as far as they can be seen. Pure once it is made.
class ProcessTree {
 public:
  ProcessTree() = default;
  explicit ProcessTree(std::vector<ProcessInfo> processes) : processes_(std::move(processes)) {}
  // Reads /proc, which takes some milliseconds on a busy machine.
  static ProcessTree Read();

  // The process, its descendants, and whoever is in the process group that it leads.
  std::vector<ProcessInfo> Family(pid_t root) const;
  std::uint64_t ResidentBytes(pid_t root) const;
  std::vector<ProcessInfo> ChildrenOf(pid_t parent) const;

 private:
  std::vector<ProcessInfo> processes_;
};

// Sends the signal to the group that `root` leads and to all its descendants, which may have left the group.
void SignalFamily(pid_t root, int signal);

}  // namespace mrd::tasktracker
