#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "tools/command.h"
#include "tools/environment.h"
#include "tools/nearest.h"
#include "tools/program_name.h"

namespace {

int Dispatch(const std::vector<std::string>& words) {
  using namespace mrd::tools;
  if (words.empty()) return kHelpCommand.run({});
  const std::string& name = words[0];
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (name == "--help" || name == "-h" || name == "-help") return kHelpCommand.run(rest);
  if (name == "--version" || name == "-version") return kVersionCommand.run({});
  const Command* command = FindCommand(name);
  if (command == nullptr) {
    std::vector<std::string> names;
    for (const Command* known : Commands()) {
      if (known->summary != nullptr) names.emplace_back(known->name);
    }
    PrintError("", "unknown command: " + name + DidYouMean(name, names) + "\n`mr help` lists the commands.");
    return kExitUsage;
  }
  // `mr jar x.so --help` is the plugin's, so jar looks for itself.
  if (command != &kJarCommand && rest.size() == 1 && (rest[0] == "--help" || rest[0] == "-h")) {
    PrintHelp(*command);
    return kExitOk;
  }
  return command->run(rest);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    const std::string program = argc > 0 ? mrd::tools::BaseName(argv[0]) : "";
    if (mrd::tools::IsOtherName(program)) return mrd::tools::RunAs(program, std::move(words));
    return Dispatch(words);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "mr: %s\n", e.what());
    return mrd::tools::kExitUsage;
  }
}
