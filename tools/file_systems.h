#pragma once

#include <memory>

#include "common/base/config.h"
#include "common/fs/registry.h"
#include "dfs/client/wait_listener.h"

namespace mrd::tools {

// The file systems that commands work on: local files, with relative paths against the current directory.
// `on_waiting` is told why, when a namenode does not answer for two seconds.
fs::Registry MakeFileSystems(const Config& config, dfs::client::WaitListener on_waiting = {});

}  // namespace mrd::tools
