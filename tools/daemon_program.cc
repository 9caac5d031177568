#include "tools/daemon_program.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tools/command.h"
#include "tools/environment.h"

namespace mrd::tools {
namespace {

int Become(const std::string& path, const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  std::string own = path;
  std::vector<std::string> copies = words;
  arguments.push_back(own.data());
  for (std::string& word : copies) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(path.c_str(), arguments.data());
  PrintError("", "run " + path + ": " + std::strerror(errno));
  return kExitUsage;
}

}  // namespace

bool IsDaemonName(const std::string& name) { return name == "namenode" || name == "datanode"; }

bool IsMapredDaemonName(const std::string& name) { return name == "jobtracker" || name == "tasktracker"; }

int BecomeDaemon(const std::string& name, const std::vector<std::string>& words) {
  const bool named = Environment("MR_CONF_DIR") || Environment("HADOOP_CONF_DIR");
  const std::string directory = DefaultConfigDirectory();
  if (!named && IsDirectory(directory)) ::setenv("MR_CONF_DIR", directory.c_str(), 1);
  return Become(Prefix() + "/bin/" + name, words);
}

int BecomeDaemonScript(const std::vector<std::string>& words) { return Become(Prefix() + "/sbin/mr-daemon.sh", words); }

}  // namespace mrd::tools
