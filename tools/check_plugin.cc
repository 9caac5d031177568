#include <string>

#include "engine/plugin.h"
#include "tools/command.h"
#include "tools/console.h"

namespace mrd::tools {
namespace {

// Runs in a process of its own, so that a plugin whose static initialisers crash takes nobody along.
int Run(const std::vector<std::string>& words) {
  if (words.size() != 2) return UsageError(kCheckPluginCommand, "takes the path of one plugin and its name to be");
  auto plugin = engine::Plugin::Load(words[0]);
  if (!plugin.ok()) {
    PrintError("compile", plugin.status().message());
    return kExitFailed;
  }
  std::string jobs;
  for (const mr_job_entry* entry : (*plugin)->Public()) {
    jobs += (jobs.empty() ? "" : ", ") + std::string(entry->name);
  }
  WriteAll(kStdout, "wrote " + words[1] + ": " + (jobs.empty() ? "no job to run" : "job " + jobs) + "\n");
  return kExitOk;
}

}  // namespace

const Command kCheckPluginCommand = {
    "__check-plugin", "PLUGIN NAME", nullptr, "Loads a plugin and prints the names of its jobs.\n", Run,
};

}  // namespace mrd::tools
