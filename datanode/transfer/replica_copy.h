#pragma once

#include <string>
#include <vector>

#include "datanode/transfer/transfer_context.h"
#include "dfs/types.h"

namespace mrd::datanode {

// A replica to be sent to other datanodes, which form a pipeline.
struct CopyOrder {
  dfs::ExtendedBlock block;                   // at least this long, of this stamp or a later one
  std::vector<dfs::ReplicaLocation> targets;  // at least one
  std::string client;                         // for whose pipeline; "" on the namenode's order
};

// Sends it, and waits until the first target has it. For a client the copy is RBW or FINALIZED as the original is; on the
// namenode's order only finalized replicas are sent.
net::awaitable<Status> CopyReplica(TransferContext& context, CopyOrder order);

}  // namespace mrd::datanode
