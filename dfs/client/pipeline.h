#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "dfs/client/block_reader.h"
#include "dfs/client/buffered_stream.h"
#include "dfs/client/packet.h"
#include "dfs/client/placed_file.h"
#include "dfs/types.h"
#include "dfs/wire/pipeline_ack.h"
#include "proto/hdfs/datatransfer.pb.h"

namespace mrd::dfs::client {

using Stage = hadoop::hdfs::OpWriteBlockProto::BlockConstructionStage;

// How a chain of datanodes is set up to receive a block.
struct PipelineSetup {
  ExtendedBlock block;  // with its present stamp
  std::vector<ReplicaLocation> nodes;  // the first is the one that we talk to
  Stage stage{};
  GenerationStamp new_stamp;            // 0 for a new block
  std::uint64_t acknowledged_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t block_size = 0;         // a hint for the room to keep
  wire::ChecksumSpec checksum;
};

// Why a pipeline is of no use any more.
struct PipelineFailure {
  Status why;
  std::size_t bad_node = 0;  // whose fault it is; the first node's when nobody can tell
  bool restarting = false;   // that node says that it comes back
};

// The connection to the first datanode of a chain that receives a block. One sender and one receiver at a time.
//
// The data of a new block of one replica on this host do not go over it where that can be: the datanode lends the block's
// file, the data are put there, and their packets bring the checksums alone.
class Pipeline {
 public:
  // Connects and asks for the chain. On failure fills `failure` and returns null.
  static awaitable<std::unique_ptr<Pipeline>> Open(Transport transport, PipelineSetup setup, PipelineFailure& failure);

  // The packet must stay until it returns.
  awaitable<Status> Send(const Packet& packet);
  awaitable<Status> SendHeartbeat();
  awaitable<Result<wire::PipelineAck>> ReceiveAck();
  // Ends calls that are under way.
  void Close() {
    stream_->stream().Close();
    if (placed_) placed_->Close();
  }
  // The block's file while it is lent; null when packets bring their data.
  const std::shared_ptr<PlacedFile>& placed() const { return placed_; }

 private:
  Pipeline(std::unique_ptr<BufferedStream> stream, std::shared_ptr<PlacedFile> placed)
      : stream_(std::move(stream)), placed_(std::move(placed)) {}
  static awaitable<std::unique_ptr<Pipeline>> OpenInPlace(Transport transport, const PipelineSetup& setup);

  const std::unique_ptr<BufferedStream> stream_;
  const std::shared_ptr<PlacedFile> placed_;
};

// Has `source` copy what it holds of a block that is being written to `target`, so that it may join the chain.
struct BlockTransfer {
  ExtendedBlock block;
  DatanodeId source;
  ReplicaLocation target;
};
awaitable<Status> TransferBlock(Transport transport, BlockTransfer transfer);

}  // namespace mrd::dfs::client
