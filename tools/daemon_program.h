#pragma once

#include <string>
#include <vector>

namespace mrd::tools {

// The daemons are programs beside this one; Hadoop's users know them as commands: `hdfs namenode -format`.
bool IsDaemonName(const std::string& name);
// The same of MapReduce: `mapred jobtracker`.
bool IsMapredDaemonName(const std::string& name);
// Becomes that daemon, in the foreground. It reads the site files of $MR_CONF_DIR, else $HADOOP_CONF_DIR, else of the
// installation. Returns an exit status only when it could not be started.
int BecomeDaemon(const std::string& name, const std::vector<std::string>& words);
// `hdfs --daemon start namenode`: words are "start", "stop" or "status", the daemon's name, its options. Becomes the
// script that does it. Returns an exit status only when it could not be started.
int BecomeDaemonScript(const std::vector<std::string>& words);

}  // namespace mrd::tools
