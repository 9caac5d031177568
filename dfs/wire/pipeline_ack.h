#pragma once

// What a datanode answers to packets: one status for itself and one for each node after it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "dfs/wire/transfer_status.h"

namespace mrd::dfs::wire {

// Statuses in one ack at most: no pipeline is longer.
inline constexpr std::size_t kAckRepliesMax = 512;

struct PipelineAck {
  std::int64_t seqno = 0;
  std::vector<TransferStatus> replies;    // own first, then downstream in order
  std::uint64_t downstream_ack_nanos = 0;  // time spent waiting for downstream
};

// Appends the ack, delimited. Always at least 5 bytes, since some clients wait for as many.
void AppendPipelineAck(const PipelineAck& ack, std::string& out);

// From a message without its length. A status within the flags, where there are any, counts more than the one beside
// it, as for Hadoop's clients. kInvalidArgument when it is no ack, has more than kAckRepliesMax replies, or as many
// flags as do not fit its replies.
Result<PipelineAck> DecodePipelineAck(std::string_view bytes);

// Where the first reply that is no success stands; replies.size() if all are.
std::size_t FirstBadReply(const PipelineAck& ack);

}  // namespace mrd::dfs::wire
