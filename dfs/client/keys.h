#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::dfs::client {

// The configuration keys of the DFS client alone. It also reads some of dfs::DfsKeys() and fs::CoreKeys().
std::span<const ConfigKey> ClientKeys();

}  // namespace mrd::dfs::client
