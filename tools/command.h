#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mrd::tools {

// Exit statuses, as Hadoop's commands have them.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;    // the job failed; the outputs differ
inline constexpr int kExitUsage = 255;   // wrong words, or the command could not start

// One command of the `mr` binary. `run` gets the words after the command's name and returns the exit status.
struct Command {
  const char* name;
  const char* arguments;  // as in a usage line
  const char* summary;    // one line; nullptr hides the command from lists
  const char* details;    // what `mr help NAME` prints after the usage line
  int (*run)(const std::vector<std::string>& words);
};

// In the order of the help text.
std::span<const Command* const> Commands();
const Command* FindCommand(std::string_view name);  // nullptr if there is none

// Prints usage and details of one command to stdout.
void PrintHelp(const Command& command);

// "mr NAME: message" on stderr.
void PrintError(std::string_view command, std::string_view message);
// The same with the usage line below; returns kExitUsage.
int UsageError(const Command& command, std::string_view message);

extern const Command kJarCommand;
extern const Command kNewCommand;
extern const Command kCompileCommand;
extern const Command kDiffCommand;
extern const Command kEnvCommand;
extern const Command kCompletionCommand;
extern const Command kVersionCommand;
extern const Command kHelpCommand;
extern const Command kDfsCommand;
extern const Command kDfsAdminCommand;
extern const Command kGetConfCommand;
extern const Command kGroupsCommand;
extern const Command kFsckCommand;
extern const Command kDoctorCommand;
extern const Command kJobCommand;
extern const Command kQueueCommand;
extern const Command kMrAdminCommand;
extern const Command kWhyCommand;
extern const Command kLogsCommand;
extern const Command kUpCommand;
extern const Command kDownCommand;
extern const Command kStatusCommand;
extern const Command kCheckPluginCommand;  // hidden: loads a plugin in a process of its own

}  // namespace mrd::tools
