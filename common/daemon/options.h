#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/env.h"
#include "common/base/status.h"
#include "common/daemon/daemon.h"

namespace mrd::daemon {

// The command line of a daemon.
struct Options {
  bool help = false;
  bool background = false;
  std::string log_file;    // "": stderr
  std::string pid_file;    // "": none
  std::string ports_file;  // "": none
  std::vector<std::string> configurations;  // directories and files, in order
  std::vector<std::string> assignments;     // of -D
  std::vector<std::string> site_files = {"core-site.xml", "hdfs-site.xml"};  // looked for in directories, in this order
  std::map<std::string, std::string> switches;
};

// kInvalidArgument names the word and what to do.
Result<Options> ParseOptions(const std::vector<std::string>& words, const std::vector<Switch>& switches);
std::string HelpText(const Program& program);

// Site files of the directories named (else of $MR_CONF_DIR or $HADOOP_CONF_DIR), files named, then -D. kNotFound for a
// directory or file that was named and is not there.
Status LoadConfiguration(Env& env, const Options& options, Config* config);

}  // namespace mrd::daemon
