#include "tools/program_name.h"

#include <cstdlib>
#include <string_view>

#include "tools/command.h"
#include "tools/console.h"
#include "tools/daemon_program.h"

namespace mrd::tools {
namespace {

// The release whose commands, wire and outputs these are.
constexpr const char* kHadoopVersion = "3.4.2";

// Programs that drive Hadoop take the first number of the first line.
int PrintHadoopVersion() {
  WriteAll(kStdout, std::string("Hadoop ") + kHadoopVersion + "\nSpoken by mr " MRD_VERSION "\n");
  return kExitOk;
}

std::string Usage(const std::string& program) {
  std::string text = "usage: " + program + " [--config DIRECTORY] COMMAND [WORD...]\n\nCommands:\n";
  if (program != "mapred") text += "  " + std::string(program == "hadoop" ? "fs, " : "") + "dfs, version";
  if (program == "hdfs") text += ", namenode, datanode";
  if (program != "hdfs") text += std::string(program == "mapred" ? "  " : ", ") + "jobtracker, tasktracker";
  for (const Command* command : Commands()) {
    if (command->summary == nullptr || std::string_view(command->name) == "dfs" ||
        std::string_view(command->name) == "version") {
      continue;
    }
    text += std::string(text.back() == '\n' ? "  version, " : ", ") + command->name;
  }
  return text + "\n";
}

}  // namespace

bool IsOtherName(const std::string& program) {
  return program == "dfs" || program == "hadoop" || program == "hdfs" || program == "mapred";
}

int RunAs(const std::string& program, std::vector<std::string> words) {
  if (program == "dfs") return kDfsCommand.run(words);
  // Options of the launcher stand before the command.
  while (words.size() >= 2 && (words[0] == "--config" || words[0] == "--loglevel")) {
    if (words[0] == "--config") ::setenv("MR_CONF_DIR", words[1].c_str(), 1);
    words.erase(words.begin(), words.begin() + 2);
  }
  if ((program == "hdfs" || program == "mapred") && words.size() >= 3 && words[0] == "--daemon") {
    return BecomeDaemonScript({words.begin() + 1, words.end()});
  }
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "-help") {
    WriteAll(words.empty() ? kStderr : kStdout, Usage(program));
    return words.empty() ? kExitFailed : kExitOk;
  }
  const std::string name = words[0];
  words.erase(words.begin());
  if (name == "version" || name == "-version") return PrintHadoopVersion();
  if (name == "fs" || name == "dfs") return kDfsCommand.run(words);
  if (program == "hdfs" && IsDaemonName(name)) return BecomeDaemon(name, words);
  if (program != "hdfs" && IsMapredDaemonName(name)) return BecomeDaemon(name, words);
  const Command* command = FindCommand(name);
  if (command == nullptr) {
    WriteAll(kStderr, program + ": this version has no command " + name + ".\n" + Usage(program));
    return kExitFailed;
  }
  if (command != &kJarCommand && words.size() == 1 && (words[0] == "--help" || words[0] == "-h")) {
    PrintHelp(*command);
    return kExitOk;
  }
  return command->run(words);
}

}  // namespace mrd::tools
