#include "tools/admin/dfsadmin.h"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/edit_distance.h"
#include "tools/admin/command.h"
#include "tools/shell/faults.h"

namespace mrd::admin {
namespace {

constexpr int kStatusFailed = 255;

// Known to Hadoop; what they are about is not there.
struct Absent {
  std::string_view name;
  std::string_view reason;
};
constexpr std::array kAbsent = {
    Absent{"reconfig", "this version reads its configuration once; restart the daemon"},
    Absent{"refresh", "this version has nothing that registers to be refreshed by name"},
    Absent{"fetchImage", "this namenode gives no image away; -saveNamespace in safe mode, then copy its directory"},
    Absent{"provisionSnapshotTrash", "this version has no snapshots"},
};

std::vector<Command> AllCommands() {
  std::vector<Command> all;
  for (const auto& list : {StateCommands(), QuotaCommands(), RefreshCommands(), DatanodeCommands()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

std::string UsageLine(const Command& command) {
  return std::string("-") + command.name + (command.arguments[0] == '\0' ? "" : std::string(" ") + command.arguments);
}

std::string FullUsage() {
  std::string text =
      "Usage: hdfs dfsadmin\nNote: Administrative commands can only be run as the HDFS superuser.\n";
  for (const Command& command : AllCommands()) text += "\t[" + UsageLine(command) + "]\n";
  return text +
         "\t[-help [cmd]]\n\n"
         "Generic options: -conf FILE, -D NAME=VALUE, -fs URI, --config DIRECTORY. They stand before "
         "the command.\n";
}

std::string Indented(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    text.append("\t").append(lines.substr(0, end)).append("\n");
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  return text;
}

int Help(shell::Console& console, const Words& names) {
  if (names.empty()) {
    std::string text = FullUsage();
    for (const Command& command : AllCommands()) text += "\n" + UsageLine(command) + ":\n" + Indented(command.help);
    console.Out(text);
    return 0;
  }
  for (const std::string& given : names) {
    const std::string name = given.starts_with('-') ? given.substr(1) : given;
    bool found = false;
    for (const Command& command : AllCommands()) {
      if (name != command.name) continue;
      console.Out(UsageLine(command) + ":\n" + Indented(command.help) + "\n");
      found = true;
    }
    if (!found) {
      console.Err("help: " + name + ": unknown command; -help lists them\n");
      return kStatusFailed;
    }
  }
  return 0;
}

int Unknown(shell::Console& console, const std::string& name) {
  for (const Absent& absent : kAbsent) {
    if (absent.name != name) continue;
    console.Err(name + ": " + std::string(absent.reason) + "\n");
    return kStatusFailed;
  }
  std::vector<std::string> names;
  for (const Command& command : AllCommands()) names.emplace_back(command.name);
  std::string text = name + ": Unknown command\n";
  if (const auto nearest = NearestName(name, names)) text += "Did you mean -" + *nearest + "?\n";
  console.Err(text + FullUsage());
  return kStatusFailed;
}

}  // namespace

int RunDfsAdmin(shell::Console& console, const Config& config, Words words) {
  if (words.empty()) {
    console.Err(FullUsage());
    return kStatusFailed;
  }
  const std::string name = words[0].starts_with('-') ? words[0].substr(1) : words[0];
  words.erase(words.begin());
  if (name == "help" || name == "-help" || name == "h") return Help(console, words);
  for (const Command& command : AllCommands()) {
    if (name != command.name) continue;
    Session session(console, config, name);
    Status status;
    if (words.size() < command.words_min) {
      status = shell::UsageFault("Not enough arguments: expected " + std::to_string(command.words_min) + " but got " +
                                 std::to_string(words.size()));
    } else if (words.size() > command.words_max) {
      status = shell::UsageFault("Too many arguments: expected " + std::to_string(command.words_max) + " but got " +
                                 std::to_string(words.size()));
    } else {
      status = command.run(session, words);
    }
    if (!status.ok()) session.Fail(status);
    if (shell::IsUsageFault(status)) console.Err("Usage: hdfs dfsadmin [" + UsageLine(command) + "]\n");
    return session.failed() ? kStatusFailed : 0;
  }
  return Unknown(console, name);
}

}  // namespace mrd::admin
