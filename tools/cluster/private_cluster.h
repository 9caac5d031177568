#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"
#include "tools/cluster/daemon_state.h"
#include "tools/cluster/mapred_daemons.h"
#include "tools/cluster/processes.h"

namespace mrd::tools {

// A cluster of one user on one machine: a namenode, some datanodes, and unless it is not wanted a jobtracker with as many
// tasktrackers, on the loopback address, with everything they own in one directory below the user's data home. Made, started and stopped by commands that run and end; so the truth about it
// lies in that directory: settings.json, conf/ (site files for the daemons and for clients), run/ (process ids and ports),
// logs/, name/ and data-1/, …. One command at a time changes a cluster: they hold run/lock.
class PrivateCluster {
 public:
  // ${XDG_DATA_HOME:-~/.local/share}/mr/clusters/NAME. kInvalidArgument for a name that is no plain word.
  static Result<PrivateCluster> At(const std::string& name);
  // Names of the clusters that exist, sorted.
  static std::vector<std::string> Names();

  const std::string& directory() const { return directory_; }
  std::string conf_directory() const { return directory_ + "/conf"; }
  bool Exists() const;
  // Between `mr up` and `mr down`, whether or not its processes live. Commands that name no configuration then use it.
  bool IsUp() const;

  // kUnavailable when another `mr up` or `mr down` of this cluster runs for longer than ten seconds.
  Result<std::unique_ptr<File>> Lock() const;

  Result<ClusterSettings> ReadSettings() const;  // kNotFound when it was never up
  // Starts what does not run, on the ports that it had before when they are free, and waits until it serves. What was
  // written to conf/ before is replaced. When something does not start, what this call has started is stopped again, and
  // the error says so. REQUIRES: the lock is held.
  Status Start(const ClusterSettings& settings, std::vector<DaemonState>* started);
  // Trackers and jobtracker first, since they write to the file system; then datanodes, so that they can still report; then
  // the namenode. Names of those that had to be killed.
  std::vector<std::string> Stop();
  std::vector<DaemonState> States() const;
  // Deletes all of it. REQUIRES: stopped.
  Status Wipe();

 private:
  explicit PrivateCluster(std::string name, std::string directory)
      : name_(std::move(name)), directory_(std::move(directory)) {}

  Daemon Describe(const std::string& name, const std::string& program) const;
  Daemon Namenode() const;
  Daemon Datanode(int number) const;
  std::vector<Daemon> Datanodes() const;  // as many as the settings say, or have run
  Status WriteSettings(const ClusterSettings& settings) const;
  Status WriteSiteFiles(const ClusterSettings& settings, int rpc_port, int http_port) const;
  Status StartMissing(const ClusterSettings& settings, Launches& launches, std::vector<DaemonState>* started);
  Result<pid_t> StartNamenode(int rpc_port, int http_port, Launches& launches) const;
  enum class PortChoice { kUsual, kAny };
  Result<pid_t> StartDatanode(int number, PortChoice choice, Launches& launches) const;
  MapredDaemons Mapred() const;
  std::vector<Daemon> MapredAll() const;

  std::string name_;
  std::string directory_;
};

}  // namespace mrd::tools
