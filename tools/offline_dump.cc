#include "tools/offline_dump.h"

#include "common/base/status.h"
#include "tools/command.h"
#include "tools/console.h"
#include "tools/environment.h"
#include "tools/subprocess.h"

namespace mrd::tools {
namespace {

constexpr const char* kUsage =
    "usage: mr dfs journal PATH...   a namenode's directory, or a file edits_* of it; may be in use\n"
    "       mr dfs checkpoint DIR    a directory that no namenode runs on\n"
    "They print JSON, one object a line, and change nothing.\n";

}  // namespace

std::optional<int> RunOfflineDump(const std::vector<std::string>& words) {
  if (words.empty()) return std::nullopt;
  const std::string name = words[0].starts_with('-') ? words[0].substr(1) : words[0];
  const bool journal = name == "journal";
  if (!journal && name != "checkpoint") return std::nullopt;
  if (words.size() < 2 || (!journal && words.size() > 2) || words[1].starts_with("-")) {
    WriteAll(kStderr, kUsage);
    return kExitUsage;
  }
  const std::string namenode = Prefix() + "/bin/namenode";
  if (!IsRegularFile(namenode)) {
    WriteAll(kStderr, name + ": there is no " + namenode + ", which reads these files; install it beside this program\n");
    return kExitUsage;
  }
  int worst = kExitOk;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const Result<int> status = RunProgram({namenode, journal ? "-dumpJournal" : "-dumpCheckpoint", AbsolutePath(words[i])});
    if (!status.ok()) {
      WriteAll(kStderr, name + ": " + status.status().message() + "\n");
      return kExitUsage;
    }
    if (*status != kExitOk) worst = kExitFailed;
  }
  return worst;
}

}  // namespace mrd::tools
