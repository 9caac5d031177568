#pragma once

#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::mapred {

// What a shared library wants the loader to find with it.
struct ElfNeeds {
  std::vector<std::string> libraries;    // DT_NEEDED, in order
  std::vector<std::string> directories;  // of DT_RUNPATH, else of DT_RPATH; "$ORIGIN" as it is written
};

// Reads them from a 64-bit ELF file of this machine's byte order. kInvalidArgument, naming the file, for anything else;
// a file without dynamic section needs nothing.
Result<ElfNeeds> ReadElfNeeds(Env& env, const std::string& path);

}  // namespace mrd::mapred
