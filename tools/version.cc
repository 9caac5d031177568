#include <string>

#include "libmr/include/mr/abi.h"
#include "tools/command.h"
#include "tools/console.h"

namespace mrd::tools {
namespace {

// Third-party programs take the first number of the first line.
int Run(const std::vector<std::string>& words) {
  if (!words.empty()) return UsageError(kVersionCommand, "takes no words");
  WriteAll(kStdout, "mr " MRD_VERSION "\nPlugin ABI " + std::to_string(MR_ABI_VERSION) +
                        "\nCompiled with " MRD_COMPILER "\n");
  return kExitOk;
}

}  // namespace

const Command kVersionCommand = {
    "version",
    "",
    "Prints the version of this program and of its plugin interface.",
    "The first line is \"mr X.Y.Z\". A plugin runs when its ABI version equals the one printed.\n",
    Run,
};

}  // namespace mrd::tools
