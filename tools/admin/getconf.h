#pragma once

#include <span>
#include <vector>

#include "common/base/config.h"
#include "tools/admin/session.h"
#include "tools/shell/console.h"

namespace mrd::admin {

// The keys that daemons read and commands do not: `getconf` tells their defaults too.
std::vector<std::span<const ConfigKey>> KeysOfDaemons();

// Runs `hdfs getconf` with its words, {"-confKey", "dfs.replication"}. Only the configuration is looked at, no daemon.
// Returns 0, or 255 for wrong words and for what is not set.
int RunGetConf(shell::Console& console, const Config& config, const Words& words);

}  // namespace mrd::admin
