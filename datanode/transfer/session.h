#pragma once

#include <memory>
#include <string>
#include <vector>

#include "datanode/transfer/block_receiver.h"
#include "datanode/transfer/block_sender.h"
#include "datanode/transfer/transfer_context.h"
#include "dfs/types.h"
#include "dfs/wire/block_token.h"
#include "dfs/wire/operation.h"
#include "dfs/wire/transfer_status.h"
#include "proto/hdfs/datatransfer.pb.h"

namespace mrd::datanode {

// One connection on the data port: operations one after another (hdfs-protocol §4). On the stream's executor.
class Session {
 public:
  enum class Kind {
    kTcp,
    kUnix,  // may pass descriptors
    kBusy,  // one too many: the first operation is refused with the reason
  };
  Session(TransferContext& context, std::unique_ptr<net::Stream> stream, Kind kind);

  // Until the peer closes, an operation fails, or nothing is asked for a while.
  net::awaitable<void> Run();
  // Ends it from outside, on its executor.
  void Close() { link_->stream->Close(); }

 private:
  // Each serves one operation, its header read. True when the connection may carry another.
  net::awaitable<bool> Dispatch(dfs::wire::Operation operation);
  net::awaitable<bool> ReadBlock();
  net::awaitable<bool> AwaitReadStatus();
  net::awaitable<bool> WriteBlock();
  net::awaitable<bool> WriteInPlace();
  net::awaitable<bool> BlockChecksum();
  net::awaitable<bool> TransferBlock();
  net::awaitable<bool> CopyBlock();
  net::awaitable<bool> ReplaceBlock();
  net::awaitable<bool> PassDescriptors();
  net::awaitable<bool> ReleaseDescriptors();
  net::awaitable<bool> ShareMemory();
  net::awaitable<bool> Custom();
  net::awaitable<bool> RefuseUnsupported(dfs::wire::Operation operation);

  // WRITE_BLOCK's parts.
  struct Opened {
    std::shared_ptr<ReplicaWriter> writer;  // null when the replica was finalized by the opening
    FinalizedReplica finalized;
  };
  Result<Opened> OpenReplica(const hadoop::hdfs::OpWriteBlockProto& op);
  net::awaitable<bool> ReceiveFromClient(std::shared_ptr<ReplicaWriter> writer, std::shared_ptr<Link> mirror,
                                         bool placed);
  net::awaitable<bool> ReceiveCopy(hadoop::hdfs::OpWriteBlockProto op,
                                   std::shared_ptr<ReplicaWriter> writer,
                                   std::shared_ptr<Link> mirror);
  net::awaitable<Status> Receive(BlockReceiver::Setup setup);
  net::awaitable<void> Leave(std::shared_ptr<ReplicaWriter> writer);
  net::awaitable<Status> FetchFromProxy(hadoop::hdfs::OpReplaceBlockProto op, dfs::ExtendedBlock block);

  // OK when tokens are off, or the operation's allows it.
  Status Allowed(const hadoop::hdfs::BaseHeaderProto& header, const dfs::ExtendedBlock& block,
                 dfs::wire::TokenMode mode) const;
  // Opens a replica for a reader of `range`; waits a little for one that is being written to grow that far.
  net::awaitable<Result<std::unique_ptr<ReplicaReader>>> OpenForRead(dfs::ExtendedBlock block, ByteRange range);
  net::awaitable<Status> Respond(hadoop::hdfs::BlockOpResponseProto response);
  // ERROR, or what stands for the status' code, with its message; `first_bad_link` as in MirrorSetup.
  net::awaitable<bool> RespondError(Status status);
  net::awaitable<bool> RespondError(Status status, std::string first_bad_link);
  net::awaitable<bool> RespondUnsupported(std::string what);

  TransferContext& context_;
  const Kind kind_;
  const std::shared_ptr<Link> link_;
};

}  // namespace mrd::datanode
