#pragma once

#include <memory>
#include <string>

#include "datanode/transfer/block_receiver.h"
#include "datanode/transfer/transfer_context.h"
#include "dfs/types.h"
#include "proto/hdfs/datatransfer.pb.h"

namespace mrd::datanode {

// The operation as the next node shall get it: the first target becomes the node itself, with its storage.
// REQUIRES: op.targets_size() > 0.
hadoop::hdfs::OpWriteBlockProto ForwardedWrite(const hadoop::hdfs::OpWriteBlockProto& op);

// What came of connecting a pipeline.
struct MirrorSetup {
  std::shared_ptr<Link> link;  // null when it failed
  Status status;
  std::string first_bad_link;  // "ip:port" of the node at fault, as the client knows it
};

// Connects to the first target, sends it the operation for it, and with `answers` waits for the answer of all nodes from
// there on.
net::awaitable<MirrorSetup> OpenMirror(TransferContext& context, hadoop::hdfs::OpWriteBlockProto op, bool answers);

// The token for an operation that this node asks of another on its own account: empty where tokens are off.
void OwnToken(const TransferContext& context, const dfs::ExtendedBlock& block, dfs::wire::TokenMode mode,
              hadoop::common::TokenProto* token);

// Connects to another datanode's data port.
net::awaitable<Result<std::shared_ptr<Link>>> ConnectTo(TransferContext& context, dfs::DatanodeId node, int nodes_behind);

}  // namespace mrd::datanode
