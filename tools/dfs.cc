#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "tools/command.h"
#include "tools/configuration.h"
#include "tools/console.h"
#include "tools/file_systems.h"
#include "tools/shell/console.h"
#include "tools/shell/shell.h"

namespace mrd::tools {
namespace {

// Standard input, output and errors of this process.
class ProcessConsole final : public shell::Console {
 public:
  bool Out(std::string_view text) override {
    while (!text.empty()) {
      const ssize_t written = ::write(kStdout, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
  }
  void Err(std::string_view text) override { WriteAll(kStderr, text); }
  Result<std::size_t> In(char* out, std::size_t size) override {
    // A signal ends the wait, and the caller looks whether it should go on.
    const ssize_t got = ::read(STDIN_FILENO, out, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    return errno == EINTR ? Result<std::size_t>(std::size_t{0}) : FromErrno(errno, "read standard input");
  }
  bool live() const override { return StderrIsLive(); }
  int columns() const override { return StderrColumns(); }
};

// Options of Hadoop's launcher that take a value and mean nothing to the shell.
bool IsIgnoredOption(const std::string& word) {
  return word == "-jt" || word == "-files" || word == "-libjars" || word == "-archives" || word == "-tokenCacheFile" ||
         word == "--loglevel";
}

// Takes the generic options off the front of `words`.
Result<ConfigurationChoices> TakeGenericOptions(std::vector<std::string>& words) {
  ConfigurationChoices choices;
  std::size_t at = 0;
  for (; at < words.size(); ++at) {
    const std::string& word = words[at];
    if (word.starts_with("-D") && word.size() > 2) {
      choices.assignments.push_back(word.substr(2));
      continue;
    }
    if (word != "-D" && word != "-conf" && word != "-fs" && word != "--config" && !IsIgnoredOption(word)) break;
    if (++at == words.size()) return InvalidArgument(word + " needs a value");
    const std::string& value = words[at];
    if (word == "-D") choices.assignments.push_back(value);
    if (word == "-conf") choices.files.push_back(value);
    if (word == "--config") choices.directory = value;
    if (word == "-fs") choices.settings.emplace_back("fs.defaultFS", value == "local" ? "file:///" : value);
  }
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at));
  return choices;
}

int Failed(const Status& status) {
  WriteAll(kStderr, "dfs: " + status.message() + "\n");
  return kExitUsage;
}

int Run(const std::vector<std::string>& given) {
  std::vector<std::string> words = given;
  const Result<ConfigurationChoices> choices = TakeGenericOptions(words);
  if (!choices.ok()) return Failed(choices.status());
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
    "explains them all, `dfs -help ls` one. Generic options: -D NAME=VALUE, -conf FILE, -fs URI, --config DIRECTORY.\n"
    "Exit status: 0, 1 when a path failed, 255 for wrong words, 130 when interrupted.\n",
    Run,
};

}  // namespace mrd::tools
