#include <unistd.h>

#include <string>
#include <vector>

#include "common/base/env.h"
#include "tools/command.h"
#include "tools/compiler.h"
#include "tools/console.h"
#include "tools/environment.h"
#include "tools/subprocess.h"

namespace mrd::tools {
namespace {

struct CompileWords {
  std::vector<std::string> sources;
  std::string output;
  std::vector<std::string> extra;  // what stands after "--"
};

Result<CompileWords> Parse(const std::vector<std::string>& words) {
  CompileWords result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") {
      result.extra.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    if (word == "-o") {
      if (i + 1 == words.size()) return InvalidArgument("-o needs a file name");
      result.output = words[++i];
    } else if (word.size() > 1 && word[0] == '-') {
      return InvalidArgument("unknown option " + word + "; flags for the compiler stand after --");
    } else {
      result.sources.push_back(word);
    }
  }
  if (result.sources.empty()) return InvalidArgument("needs a source file");
  if (result.output.empty()) {
    std::string stem = BaseName(result.sources[0]);
    if (const std::size_t dot = stem.rfind('.'); dot != std::string::npos && dot > 0) stem.resize(dot);
    result.output = stem + ".so";
  }
  return result;
}

int Fail(const Status& status) {
  PrintError("compile", status.message());
  return kExitFailed;
}

int Run(const std::vector<std::string>& words) {
  auto parsed = Parse(words);
  if (!parsed.ok()) return UsageError(kCompileCommand, parsed.status().message());
  for (const std::string& source : parsed->sources) {
    if (!PathExists(source)) {
      PrintError("compile", source + ": no such file");
      return kExitUsage;
    }
    if (source == parsed->output) {
      PrintError("compile", "-o " + source + " would overwrite a source file");
      return kExitUsage;
    }
  }
  auto compiler = FindCompiler();
  if (!compiler.ok()) {
    PrintError("compile", compiler.status().message());
    return kExitUsage;
  }

  // Compiled under another name and renamed when it is known to be good, so that a process which has the old plugin
  // mapped keeps its bytes, and a failure leaves the old one in place.
  const std::string temporary = parsed->output + ".tmp" + std::to_string(::getpid());
  std::vector<std::string> line = *compiler;
  const auto append = [&line](const std::vector<std::string>& more) {
    line.insert(line.end(), more.begin(), more.end());
  };
  append(PluginCompileFlags());
  append(PluginLinkFlags());
  append(parsed->sources);
  append({"-o", temporary});
  append(parsed->extra);

  auto status = RunProgram(line);
  if (!status.ok()) return Fail(status.status());
  if (*status != 0) {
    (void)Env::Posix().RemoveFile(temporary);
    PrintError("compile", "the compiler ended with status " + std::to_string(*status) + "; it was called as\n  " +
                              CommandLine(line));
    return kExitFailed;
  }
  const std::string loadable = temporary.find('/') == std::string::npos ? "./" + temporary : temporary;
  status = RunProgram({OwnExecutable(), kCheckPluginCommand.name, loadable, parsed->output});
  if (!status.ok() || *status != 0) {
    (void)Env::Posix().RemoveFile(temporary);
    if (!status.ok()) return Fail(status.status());
    if (*status > 128) {
      PrintError("compile", "loading the plugin killed the process with signal " + std::to_string(*status - 128));
    }
    PrintError("compile", parsed->output + " compiled but is no plugin that runs here, and was not kept");
    return kExitFailed;
  }
  if (const Status renamed = Env::Posix().Rename(temporary, parsed->output); !renamed.ok()) return Fail(renamed);
  return kExitOk;
}

}  // namespace

const Command kCompileCommand = {
    "compile",
    "SOURCE.cc... [-o PLUGIN.so] [-- COMPILER_FLAGS...]",
    "Compiles C++ source into a plugin, with the right flags.",
    "Calls the compiler ($CXX, else c++, g++ or clang++) with the flags that `mr env` prints, then loads the\n"
    "plugin once to see that it fits and prints the jobs in it. Without -o the plugin gets the name of the first\n"
    "source, in the current directory. What follows -- goes to the compiler as it stands, after all the rest.\n\n"
    "Example: mr compile wordcount.cc && mr jar wordcount.so INPUT OUTPUT\n\n"
    "Exit status: 0 written, 1 it did not compile or is no plugin, 255 wrong words, no source or no compiler.\n",
    Run,
};

}  // namespace mrd::tools
