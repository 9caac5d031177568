#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "tools/command.h"
#include "tools/configuration.h"
#include "tools/console.h"
#include "tools/file_systems.h"
#include "tools/generic_options.h"
#include "tools/offline_dump.h"
#include "tools/process_console.h"
#include "tools/shell/shell.h"

namespace mrd::tools {
namespace {

int Failed(const Status& status) {
  WriteAll(kStderr, "dfs: " + status.message() + "\n");
  return kExitUsage;
}

int Run(const std::vector<std::string>& given) {
  std::vector<std::string> words = given;
  const Result<ConfigurationChoices> choices = TakeGenericOptions(words);
  if (!choices.ok()) return Failed(choices.status());
  if (const std::optional<int> status = RunOfflineDump(words)) return *status;
  const Result<Configuration> configuration = LoadConfiguration(*choices);
  if (!configuration.ok()) return Failed(configuration.status());
  const Result<shell::Settings> settings = shell::ReadSettings(*configuration->config);
  if (!settings.ok()) return Failed(settings.status());
  fs::Registry file_systems = MakeFileSystems(*configuration->config);
  ProcessConsole console;
  return shell::Run({console, file_systems, Clock::System(), *settings}, std::move(words));
}

}  // namespace

const Command kDfsCommand = {
    "dfs",
    "[GENERIC OPTIONS] -COMMAND [WORD...]",
    "Works with files of any file system: ls, put, get, rm and the like.",
    "The commands are those of `hadoop fs`, with or without their dash: `dfs -ls /`, `dfs put FILE /data`. `dfs -help`\n"
    "explains them all, `dfs -help ls` one. `mr dfs journal PATH...` and `mr dfs checkpoint DIR` print what a namenode keeps\n"
    "on its disk as JSON lines. Generic options: -D NAME=VALUE, -conf FILE, -fs URI, --config DIRECTORY.\n"
    "Exit status: 0, 1 when a path failed, 255 for wrong words, 130 when interrupted.\n",
    Run,
};

}  // namespace mrd::tools
