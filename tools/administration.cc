// Commands of those who look after a file system; what they do is tools/admin.

#include <string>
#include <vector>

#include "tools/admin/dfsadmin.h"
#include "tools/admin/getconf.h"
#include "tools/admin/groups.h"
#include "tools/command.h"
#include "tools/configuration.h"
#include "tools/generic_options.h"
#include "tools/process_console.h"

namespace mrd::tools {
namespace {

using Main = int (*)(shell::Console& console, const Config& config, const admin::Words& words);

int Run(const Command& command, const std::vector<std::string>& given, Main main) {
  std::vector<std::string> words = given;
  Result<ConfigurationChoices> choices = TakeGenericOptions(words);
  if (!choices.ok()) return UsageError(command, choices.status().message());
  choices->more_keys = admin::KeysOfDaemons();
  const Result<Configuration> configuration = LoadConfiguration(*choices);
  if (!configuration.ok()) {
    PrintError(command.name, configuration.status().message());
    return kExitUsage;
  }
  ProcessConsole console;
  return main(console, *configuration->config, words);
}

int DfsAdmin(const std::vector<std::string>& words) {
  return Run(kDfsAdminCommand, words, [](shell::Console& console, const Config& config, const admin::Words& rest) {
    return admin::RunDfsAdmin(console, config, rest);
  });
}
int GetConf(const std::vector<std::string>& words) { return Run(kGetConfCommand, words, admin::RunGetConf); }
int Groups(const std::vector<std::string>& words) { return Run(kGroupsCommand, words, admin::RunGroups); }

}  // namespace

const Command kDfsAdminCommand = {
    "dfsadmin",
    "[GENERIC OPTIONS] -COMMAND [WORD...]",
    "Looks after the distributed file system: report, safemode, quotas and the like.",
    "The commands are those of `hdfs dfsadmin`: `mr dfsadmin -report`. `mr dfsadmin -help` explains them all,\n"
    "`-help report` one. Generic options: -D NAME=VALUE, -conf FILE, -fs URI, --config DIRECTORY.\n"
    "Exit status: 0, 255 when it failed.\n",
    DfsAdmin,
};

const Command kGetConfCommand = {
    "getconf",
    "[GENERIC OPTIONS] QUESTION",
    "Tells what the configuration says: addresses, host files, any key.",
    "Questions are those of `hdfs getconf`: -namenodes, -nnRpcAddresses, -includeFile, -excludeFile, -confKey KEY and\n"
    "so on.\n"
    "Exit status: 0, 255 for what is not set.\n",
    GetConf,
};

const Command kGroupsCommand = {
    "groups",
    "[GENERIC OPTIONS] [USER...]",
    "Prints the groups that the namenode believes users to be in.",
    "Without names it is the user who asks. Exit status: 0, 255 when the namenode could not be asked.\n",
    Groups,
};

}  // namespace mrd::tools
