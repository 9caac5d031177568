#pragma once

#include <string>

#include "common/base/config.h"
#include "common/fs/registry.h"
#include "dfs/client/wait_listener.h"

namespace mrd::dfs::client {

// The file systems that commands and tasks work on: local files and HDFS. `fs.defaultFS` is what a path without a scheme
// means, `working_dir` what a relative local one does. Makes no connection and starts no thread: that happens when a file
// system is first asked for. `on_waiting` is told why, when a namenode does not answer for two seconds.
fs::Registry MakeFileSystems(const Config& config, std::string working_dir, WaitListener on_waiting = {});

// The configuration of jobs and daemons that must outlast a restart of the namenode: what does not listen is tried again
// for a minute, and what refuses calls in the safe mode of its start for two, unless `dfs.client.namenode.patience` or
// `ipc.client.connect.max.retries` says otherwise.
Config OutlastingRestarts(Config config);

}  // namespace mrd::dfs::client
