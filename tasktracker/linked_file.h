#pragma once

#include <cstdint>
#include <string>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::tasktracker {

// A file of another tracker on this host, as that one names it.
struct NamedFile {
  std::string path;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};

// Gives the file a second name, `link`, in a directory that is made where it is not there: it then stays for as long as the
// link does, whatever becomes of the other tracker. Fails, with nothing left behind, where this process does not see the
// same file under that path, may not link it, or has it on another disk. Blocks.
Status LinkNamedFile(Env& env, const NamedFile& file, const std::string& link);

}  // namespace mrd::tasktracker
