#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "common/base/status.h"

namespace mrd::tools {

// A daemon of a private cluster: a program of our prefix running in the background. What is known of it lies in two
// files that it writes itself, its process id and its ports.
struct Daemon {
  std::string name;        // "namenode", "datanode-1"
  std::string program;     // "namenode", "datanode"
  std::vector<std::string> words;  // arguments
  std::string pid_file;
  std::string ports_file;
  std::string log_file;
};

// The process of the daemon if it lives; a process that took over the number of a dead one is told apart by its command
// line, which names the pid file.
std::optional<pid_t> RunningProcess(const Daemon& daemon);

// The daemons that one command has started: its children, so that it can take them back when its start fails halfway,
// whether or not they have come so far as to write their files.
class Launches {
 public:
  // Starts it in a session of its own, output to its log, and returns at once. Old pid and ports files are removed before.
  Result<pid_t> Launch(const Daemon& daemon);
  // Ends those that still run: SIGTERM to all, and SIGKILL to what has not ended after `patience`. Their names, in the
  // order of starting.
  std::vector<std::string> End(std::chrono::milliseconds patience);

 private:
  struct Child {
    std::string name;
    pid_t process = 0;
  };
  std::vector<Child> children_;
};

// Waits until the daemon has written its ports, which it does when it serves. Fails with the last line of its log when it
// ends before, and when `patience` is over.
Result<std::map<std::string, int>> AwaitPorts(const Daemon& daemon, pid_t process, std::chrono::milliseconds patience);
// The ports of a daemon that serves; kNotFound before.
Result<std::map<std::string, int>> ReadPorts(const Daemon& daemon);

// SIGTERM, without waiting. Once only: a second one makes a daemon end at once.
void AskToStop(const Daemon& daemon);
// After AskToStop(): waits, and after `patience` sends SIGKILL. True when it ended by itself. Fine when it does not run.
bool AwaitStop(const Daemon& daemon, std::chrono::milliseconds patience);
// Both.
bool StopProcess(const Daemon& daemon, std::chrono::milliseconds patience);

// Whether a TCP port of the loopback address can be bound now.
bool PortIsFree(int port);

}  // namespace mrd::tools
