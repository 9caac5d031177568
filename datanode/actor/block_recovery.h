#pragma once

#include <optional>
#include <vector>

#include "datanode/actor/actor_context.h"
#include "datanode/actor/namenode_link.h"
#include "datanode/transfer/transfer_context.h"
#include "dfs/types.h"

namespace mrd::datanode {

// The namenode's order to be the primary of a block's recovery.
struct RecoveryOrder {
  dfs::ExtendedBlock block;
  dfs::GenerationStamp new_stamp;
  std::vector<dfs::DatanodeInfo> locations;  // all holders, this node among them
  std::optional<std::uint64_t> truncate_length;
};

// Asks all holders, decides (PlanRecovery), has the participants changed and tells the namenode. The namenode orders again
// what fails.
net::awaitable<Status> RecoverBlock(TransferContext& context,
                                    ProtoCaller& namenode,
                                    const ActorOptions& options,
                                    RecoveryOrder order);

}  // namespace mrd::datanode
