#pragma once

#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace mrd::tools {

// Of one machine.
inline constexpr int kDatanodesMax = 64;

// What `mr up` was told and keeps for the next time.
struct ClusterSettings {
  std::string name = "default";
  int datanodes = 3;                     // 1 to kDatanodesMax; and tasktrackers
  bool mapred = true;                    // jobtracker and tasktrackers too
  std::vector<std::string> conf_files;   // --conf: added to the site files of every daemon
  std::vector<std::string> assignments;  // -D key=value
};

// What happened to one daemon.
struct DaemonState {
  std::string name;
  bool running = false;
  pid_t process = 0;
  std::map<std::string, int> ports;
};

}  // namespace mrd::tools
