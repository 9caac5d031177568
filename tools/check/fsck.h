#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/fs/file_system.h"
#include "dfs/client/check_client.h"
#include "tools/check/fsck_words.h"
#include "tools/shell/console.h"

namespace mrd::check {

// What a check works with; outlives it.
struct FsckSurroundings {
  shell::Console& console;
  dfs::client::CheckClient& namenode;
  fs::FileSystem& files;  // of the same namenode: for -move and -delete
  Clock& clock;
};

// Carries out `hdfs fsck` and returns its exit status. `words.path` is absolute, as the namenode knows it.
int RunFsck(const FsckSurroundings& around, const FsckWords& words);

}  // namespace mrd::check
