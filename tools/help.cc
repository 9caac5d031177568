#include <algorithm>
#include <string>

#include "tools/command.h"
#include "tools/console.h"
#include "tools/nearest.h"

namespace mrd::tools {
namespace {

std::string CommandList() {
  std::string text =
      "usage: mr COMMAND [WORD...]\n\n"
      "MapReduce in C++: runs jobs that are written as plugins (shared objects) over files.\n\n"
      "Commands:\n";
  std::size_t width = 0;
  for (const Command* command : Commands()) {
    if (command->summary != nullptr) width = std::max(width, std::string_view(command->name).size());
  }
  for (const Command* command : Commands()) {
    if (command->summary == nullptr) continue;
    std::string name = command->name;
    name.resize(width + 3, ' ');
    text += "  " + name + command->summary + "\n";
  }
  text +=
      "\n`mr help COMMAND` tells more of one. First steps:\n"
      "  mr jar wordcount.so INPUT OUTPUT    counts the words of a file or folder\n"
      "  mr new NAME                         starts a plugin of your own\n";
  return text;
}

int Run(const std::vector<std::string>& words) {
  if (words.empty()) {
    WriteAll(kStdout, CommandList());
    return kExitOk;
  }
  if (words.size() > 1) return UsageError(kHelpCommand, "one command at a time");
  const Command* command = FindCommand(words[0]);
  if (command == nullptr) {
    std::vector<std::string> names;
    for (const Command* known : Commands()) {
      if (known->summary != nullptr) names.emplace_back(known->name);
    }
    PrintError("help", "unknown command: " + words[0] + DidYouMean(words[0], names));
    return kExitUsage;
  }
  PrintHelp(*command);
  return kExitOk;
}

}  // namespace

const Command kHelpCommand = {
    "help",
    "[COMMAND]",
    "Lists the commands, or explains one.",
    "Without a word: the list of commands. With one: its usage, options and exit status.\n",
    Run,
};

}  // namespace mrd::tools
