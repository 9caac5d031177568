#pragma once

#include <string>

#include "common/base/status.h"
#include "common/fs/file_system.h"
#include "dfs/check.h"

namespace mrd::check {

// Copies what can be read of a file with lost blocks to /lost+found: each run of good blocks becomes a file 0, 1, … in a
// directory of the file's own path. Returns that directory; kAlreadyExists when it is there from before. The file stays.
// REQUIRES: `file.blocks` has every lost block.
Result<std::string> CopyRemains(fs::FileSystem& files, const dfs::CheckedFile& file);

}  // namespace mrd::check
