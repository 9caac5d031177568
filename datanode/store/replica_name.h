#pragma once

// How replicas are called on disk, as HDFS calls them: blk_<id> holds the data, blk_<id>_<stamp>.meta the checksums.

#include <optional>
#include <string>
#include <string_view>

#include "dfs/types.h"

namespace mrd::datanode {

std::string DataFileName(dfs::BlockId id);
std::string MetaFileName(dfs::BlockId id, dfs::GenerationStamp stamp);
// Where below "finalized" a replica lies: "subdir3/subdir17". At most 32 times 32 directories.
std::string FinalizedSubdir(dfs::BlockId id);

struct ReplicaFileName {
  dfs::BlockId id;
  std::optional<dfs::GenerationStamp> stamp;  // of a meta file; nothing for a data file
};
// Nothing for names that are no replica's.
std::optional<ReplicaFileName> ParseReplicaFileName(std::string_view name);

}  // namespace mrd::datanode
