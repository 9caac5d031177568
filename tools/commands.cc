#include <array>

#include "tools/command.h"
#include "tools/console.h"
#include "tools/schedule.h"
#include "tools/submit_planned.h"

namespace mrd::tools {

std::span<const Command* const> Commands() {
  static constexpr std::array<const Command*, 25> kAll = {
      &kJarCommand,      &kDfsCommand,     &kUpCommand,     &kDownCommand,       &kStatusCommand,  &kJobCommand,
      &kWhyCommand,     &kLogsCommand,    &kQueueCommand,  &kScheduleCommand,  &kMrAdminCommand,   &kNewCommand,
      &kCompileCommand,  &kDiffCommand,    &kEnvCommand,    &kDfsAdminCommand,   &kGetConfCommand, &kGroupsCommand,
      &kFsckCommand,     &kDoctorCommand,
      &kCompletionCommand, &kVersionCommand, &kHelpCommand,    &kCheckPluginCommand,
      &kSubmitPlannedCommand,
  };
  return kAll;
}

const Command* FindCommand(std::string_view name) {
  for (const Command* command : Commands()) {
    if (command->name == name) return command;
  }
  return nullptr;
}

namespace {
std::string UsageLine(const Command& command) {
  std::string line = std::string("usage: mr ") + command.name;
  if (command.arguments[0] != '\0') line += std::string(" ") + command.arguments;
  return line + "\n";
}
}  // namespace

void PrintHelp(const Command& command) {
  WriteAll(kStdout, UsageLine(command) + "\n" + command.details);
}

void PrintError(std::string_view command, std::string_view message) {
  std::string line = "mr";
  if (!command.empty()) line.append(" ").append(command);
  line.append(": ").append(message);
  if (line.back() != '\n') line += '\n';
  WriteAll(kStderr, line);
}

int UsageError(const Command& command, std::string_view message) {
  PrintError(command.name, message);
  WriteAll(kStderr, UsageLine(command) + "`mr help " + command.name + "` tells more.\n");
  return kExitUsage;
}

}  // namespace mrd::tools
