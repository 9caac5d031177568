#include "tools/shell/shell.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/edit_distance.h"
#include "tools/shell/command.h"
#include "tools/shell/faults.h"

namespace mrd::shell {
namespace {

constexpr int kStatusUsage = 255;

// Hadoop's commands for what this file system does not have.
struct Absent {
  std::string_view name;
  std::string_view what;
};
constexpr std::array kAbsent = {
    Absent{"getfacl", "access control lists"},     Absent{"setfacl", "access control lists"},
    Absent{"getfattr", "extended attributes"},     Absent{"setfattr", "extended attributes"},
    Absent{"createSnapshot", "snapshots"},         Absent{"deleteSnapshot", "snapshots"},
    Absent{"renameSnapshot", "snapshots"},
};

int Unknown(const Surroundings& around, const std::string& word, std::string_view name) {
  for (const Absent& absent : kAbsent) {
    if (absent.name != name) continue;
    around.console.Err(std::string(name) + ": this version has no " + std::string(absent.what) +
                       "; `-help` lists what there is\n");
    return 1;
  }
  std::vector<std::string> names;
  for (const Command& command : Commands()) names.emplace_back(command.name);
  std::string text = word + ": Unknown command\n";
  if (const auto nearest = NearestName(name, names)) text += "Did you mean -" + *nearest + "?\n";
  around.console.Err(text);
  return kStatusUsage;
}

void PrintAllUsages(Console& console) {
  std::string text = "Usage: hadoop fs [generic options]\n";
  for (const Command& command : Commands()) {
    if (command.replacement == nullptr) text += "\t[" + UsageLine(command) + "]\n";
  }
  text +=
      "\nGeneric options: -conf FILE, -D NAME=VALUE, -fs URI, --config DIRECTORY. They stand before the command.\n"
      "`-help COMMAND` tells what a command does.\n";
  console.Err(text);
}

}  // namespace

int Run(const Surroundings& around, Words words) {
  if (words.empty()) {
    PrintAllUsages(around.console);
    return kStatusUsage;
  }
  const std::string word = words[0];
  words.erase(words.begin());
  const std::string name = word.starts_with('-') ? word.substr(1) : word;
  const Command* command = FindCommand(name);
  if (command == nullptr) return Unknown(around, word, name);

  Session session(around, name);
  if (command->replacement != nullptr) {
    session.Warn(std::string("DEPRECATED: Please use '") + command->replacement + "' instead.");
  }
  const Status status = command->run(session, std::move(words));
  if (IsUsageFault(status)) {
    session.Flush();
    around.console.Err("-" + name + ": " + status.message() + "\nUsage: hadoop fs [generic options] " +
                       UsageLine(*command) + "\n");
    return kStatusUsage;
  }
  if (!status.ok()) session.Fail(status);
  session.ShowTransient("");
  session.Flush();
  return session.exit_status();
}

}  // namespace mrd::shell
