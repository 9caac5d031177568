#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "tools/cluster/daemon_state.h"
#include "tools/cluster/processes.h"

namespace mrd::tools {

// The MapReduce side of a private cluster: a jobtracker and as many tasktrackers as there are datanodes, each with a
// directory of its own below the cluster's (jobtracker/, tracker-1/, …). Part of a PrivateCluster, whose lock is held
// while anything is started or stopped.
class MapredDaemons {
 public:
  // `describe` gives the daemon of that name and program with the words that all daemons of the cluster get.
  using Describe = std::function<Daemon(const std::string& name, const std::string& program)>;
  MapredDaemons(std::string directory, Describe describe);

  // In two steps, so that the datanodes start meanwhile. First: writes mapred-site.xml and starts the jobtracker, if
  // it does not run.
  Status StartJobtracker(const ClusterSettings& settings, Launches& launches);
  // Second: waits until it serves, and starts the trackers that do not run.
  Status StartTrackers(const ClusterSettings& settings, Launches& launches, std::vector<DaemonState>* started);
  // Third: waits until they serve.
  Status AwaitTrackers(Launches& launches, std::vector<DaemonState>* started);

  // The jobtracker, then the trackers: those that the settings name and those that have run.
  std::vector<Daemon> All(const ClusterSettings& settings) const;

 private:
  struct Launched {
    int number = 0;
    Daemon daemon;
    pid_t process = 0;
  };
  enum class PortChoice { kUsual, kAny };

  std::string SitePath() const { return directory_ + "/conf/mapred-site.xml"; }
  Daemon Jobtracker() const;
  Daemon Tracker(int number) const;
  Status WriteSite(const ClusterSettings& settings, int rpc_port) const;
  Result<pid_t> LaunchJobtracker(int rpc_port, int http_port, Launches& launches) const;
  Result<pid_t> LaunchTracker(int number, const ClusterSettings& settings, PortChoice choice, Launches& launches) const;

  const std::string directory_;
  const Describe describe_;
  ClusterSettings settings_;
  pid_t jobtracker_ = 0;          // started by StartJobtracker; 0: it ran already
  int rpc_port_ = 0;              // as chosen
  std::vector<Launched> launched_;
};

}  // namespace mrd::tools
