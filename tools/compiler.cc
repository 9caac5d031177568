#include "tools/compiler.h"

#include "tools/console.h"
#include "tools/environment.h"

namespace mrd::tools {

std::vector<std::string> PluginCompileFlags() {
  return {"-std=c++20", "-O2", "-g", "-fPIC", "-fvisibility=hidden", "-I" + IncludeDirectory()};
}

std::vector<std::string> PluginLinkFlags() {
  std::vector<std::string> flags = {"-shared"};
  // One exported symbol, as mr_add_plugin() has it; a plugin's own names then never meet another library's.
  const std::string symbols = Prefix() + "/lib/cmake/mr/mr_plugin.map";
  if (IsRegularFile(symbols)) flags.push_back("-Wl,--version-script=" + symbols);
  return flags;
}

namespace {
std::vector<std::string> SplitAtBlanks(const std::string& text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string::npos) {
    const std::size_t end = text.find_first_of(" \t", at);
    words.push_back(text.substr(at, end - at));
    if (end == std::string::npos) break;
    at = end;
  }
  return words;
}
}  // namespace

Result<std::vector<std::string>> FindCompiler() {
  if (const auto chosen = Environment("CXX")) {
    std::vector<std::string> words = SplitAtBlanks(*chosen);
    if (!words.empty()) {
      if (!FindProgram(words[0])) {
        return NotFound("the compiler named by CXX, " + words[0] + ", is not to be found");
      }
      return words;
    }
  }
  for (const char* name : {"c++", "g++", "clang++"}) {
    if (FindProgram(name)) return std::vector<std::string>{name};
  }
  return NotFound("no C++ compiler: looked for c++, g++ and clang++ in PATH; install one (Debian: apt install g++) or "
                  "name it in the environment variable CXX");
}

std::string CommandLine(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    line += ShellQuoted(word);
  }
  return line;
}

}  // namespace mrd::tools
