#include <string>
#include <vector>

#include "libmr/include/mr/abi.h"
#include "tools/command.h"
#include "tools/compiler.h"
#include "tools/configuration.h"
#include "tools/console.h"
#include "tools/environment.h"

namespace mrd::tools {
namespace {

int Run(const std::vector<std::string>& words) {
  if (!words.empty()) return UsageError(kEnvCommand, "takes no words");
  std::string files;
  for (const std::string& file : SiteFiles("")) files += (files.empty() ? "" : ":") + file;
  const std::string prefix = Prefix();
  std::string text;
  const auto line = [&text](const char* name, const std::string& value) {
    text += std::string(name) + "=" + (value.empty() ? "''" : ShellQuoted(value)) + "\n";
  };
  line("MR_PREFIX", prefix);
  line("MR_VERSION", MRD_VERSION);
  line("MR_ABI_VERSION", std::to_string(MR_ABI_VERSION));
  line("MR_INCLUDE_DIR", IncludeDirectory());
  line("MR_CMAKE_DIR", prefix + "/lib/cmake/mr");
  line("MR_PKG_CONFIG_DIR", prefix + "/lib/pkgconfig");
  line("MR_EXAMPLES_DIR", ExamplesDirectory());
  line("MR_SHARE_DIR", prefix + "/share/mr");
  line("MR_CONF_DIR", ConfigDirectory(""));
  line("MR_CONF_FILES", files);
  line("MR_CXXFLAGS", CommandLine(PluginCompileFlags()));
  line("MR_LDFLAGS", CommandLine(PluginLinkFlags()));
  WriteAll(kStdout, text);
  return kExitOk;
}

}  // namespace

const Command kEnvCommand = {
    "env",
    "",
    "Prints where this installation lies and how plugins are compiled.",
    "One NAME=value line each, quoted for a shell:\n"
    "  MR_PREFIX         the installation\n"
    "  MR_INCLUDE_DIR    where <mr/mr.h> lies\n"
    "  MR_CMAKE_DIR      for -Dmr_DIR; MR_PREFIX in CMAKE_PREFIX_PATH does as well\n"
    "  MR_PKG_CONFIG_DIR for PKG_CONFIG_PATH\n"
    "  MR_EXAMPLES_DIR   where `mr jar NAME` also looks for plugins\n"
    "  MR_CONF_DIR       the directory of site files; empty when there is none\n"
    "  MR_CONF_FILES     the site files that are read, with ':' between\n"
    "  MR_CXXFLAGS, MR_LDFLAGS  what `mr compile` gives to the compiler\n"
    "Example: eval \"$(mr env)\"; g++ $MR_CXXFLAGS $MR_LDFLAGS x.cc -o x.so\n",
    Run,
};

}  // namespace mrd::tools
