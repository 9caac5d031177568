#pragma once

#include <string>
#include <vector>

#include "common/fs/registry.h"
#include "engine/input_recipe.h"

namespace mrd::engine {

// How many hosts a split names at most (mapreduce.job.max.split.locations is Hadoop's name for such a bound).
inline constexpr std::size_t kSplitHostsMax = 10;

// For each split the hosts that hold most of its bytes, best first, by name among equals: those with at least half as
// much as the best. None where the file system does not know, says no host, or cannot be asked: a map may then run
// anywhere, and if the file is really unreadable its task says so. Asks once for each file, several at a time.
std::vector<std::vector<std::string>> SplitHosts(const std::vector<InputSplit>& splits, fs::Registry& file_systems);

}  // namespace mrd::engine
