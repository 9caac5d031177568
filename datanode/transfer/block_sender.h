#pragma once

#include <cstdint>
#include <memory>

#include "common/net/stream.h"
#include "datanode/store/replica_reader.h"
#include "datanode/transfer/transfer_context.h"

namespace mrd::datanode {

// What of a replica is sent: whole chunks that hold the range, as far as the replica goes.
struct SendPlan {
  std::uint64_t begin = 0;  // a multiple of the chunk size
  std::uint64_t end = 0;    // that too, or the length of the replica
  dfs::wire::ChecksumSpec spec;  // kNull when no checksums are sent
};
// kInvalidArgument when the range is not within the replica.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
Result<SendPlan> PlanSend(const ReplicaReader& reader, const ByteRange& range, bool checksums);

// Sends the plan as packets, then the empty last packet. While one packet is written to the stream, the next is read from
// the disk. `reader` and `stream` must live until it returns, `rate` too: the bytes pass as it allows; null: as they come.
// Errors are the stream's or the disk's.
net::awaitable<Status> SendBlock(TransferContext& context,
                                 ReplicaReader& reader,
                                 net::Stream& stream,
                                 SendPlan plan,
                                 ByteRate* rate = nullptr);

}  // namespace mrd::datanode
