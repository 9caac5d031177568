#pragma once

#include <cstdint>

#include "datanode/transfer/transfer_context.h"
#include "dfs/types.h"

namespace mrd::datanode {

// Reads a finalized replica against its checksums, at most this fast (0: as fast as the disk). kCorruption, which the
// namenode is told of, when it does not match. OK also when the replica goes away meanwhile.
net::awaitable<Status> CheckReplica(TransferContext& context, dfs::ExtendedBlock block, std::uint64_t bytes_per_second);

}  // namespace mrd::datanode
