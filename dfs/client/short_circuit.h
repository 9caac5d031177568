#pragma once

#include <string>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "dfs/client/block_token_store.h"
#include "dfs/types.h"

namespace mrd::dfs::client {

struct ReplicaFiles {
  UniqueFd data;
  UniqueFd meta;
};

// Asks the datanode behind a Unix socket for the open files of a block (REQUEST_SHORT_CIRCUIT_FDS). Blocks, a few seconds
// at most.
Result<ReplicaFiles> RequestReplicaFiles(const std::string& socket_path, const ExtendedBlock& block,
                                         const BlockTokenStore& tokens);

// An address of this host.
bool IsLocalAddress(const std::string& ip);

}  // namespace mrd::dfs::client
