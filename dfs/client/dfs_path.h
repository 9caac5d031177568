#pragma once

#include <cstdint>
#include <string>

#include "common/base/status.h"
#include "common/fs/path.h"
#include "dfs/client/context.h"

namespace mrd::dfs::client {

// The path as the namenode is told it: "." and ".." resolved by their names, ".." of the root being the root. The namenode
// would take them for names, and refuse those.
std::string DfsPath(const fs::Path& path);

// "host", "host:port", "[ipv6]:port".
Result<NamenodeAddress> ParseAuthority(const std::string& authority, std::uint16_t default_port);

}  // namespace mrd::dfs::client
