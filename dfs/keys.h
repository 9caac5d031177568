#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::dfs {

// Configuration keys that several DFS parties read. Those of one party stand beside it.
std::span<const ConfigKey> DfsKeys();

}  // namespace mrd::dfs
