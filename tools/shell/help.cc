#include <string>

#include "tools/shell/command.h"
#include "tools/shell/text_columns.h"

namespace mrd::shell {
namespace {

constexpr std::size_t kHelpColumns = 76;

Status UnknownName(const std::string& name) { return InvalidArgument("`" + name + "': Unknown command"); }

// The words may carry the dash.
const Command* Named(const std::string& word) { return FindCommand(word.starts_with('-') ? word.substr(1) : word); }

void PrintHelp(Session& session, const Command& command) {
  session.PrintLine(UsageLine(command) + " :");
  session.Print(Wrapped(command.help, kHelpColumns, "  "));
  session.PrintLine("");
}

void PrintUsage(Session& session, const Command& command) {
  session.PrintLine("Usage: hadoop fs [generic options] " + UsageLine(command));
}

Status ForEach(Session& session, const Words& words, void (*print)(Session&, const Command&)) {
  for (const std::string& word : words) {
    const Command* command = Named(word);
    if (command != nullptr) {
      print(session, *command);
    } else {
      session.Fail(UnknownName(word));
    }
  }
  if (!words.empty()) return Status::Ok();
  for (const Command& command : Commands()) {
    if (command.replacement == nullptr) print(session, command);
  }
  return Status::Ok();
}

}  // namespace

Status RunHelp(Session& session, Words words) { return ForEach(session, words, PrintHelp); }
Status RunUsage(Session& session, Words words) { return ForEach(session, words, PrintUsage); }

}  // namespace mrd::shell
