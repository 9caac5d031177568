#pragma once

#include <memory>

#include "common/base/config.h"
#include "common/fs/registry.h"

namespace mrd::tools {

// The file systems that commands work on: local files, with relative paths against the current directory.
fs::Registry MakeFileSystems(const Config& config);

}  // namespace mrd::tools
