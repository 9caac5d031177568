#include "dfs/wire/pipeline_ack.h"

#include <algorithm>

#include "common/base/check.h"
#include "dfs/wire/delimited.h"

namespace mrd::dfs::wire {
namespace {

// Of a flag. The bits above tell of congestion and slow disks; 0 there means that the node does not say.
constexpr std::uint32_t kFlagStatusMask = 0x0F;
constexpr std::size_t kClientReadBytesMin = 5;

}  // namespace

void AppendPipelineAck(const PipelineAck& ack, std::string& out) {
  hadoop::hdfs::PipelineAckProto proto;
  proto.set_seqno(ack.seqno);
  for (const TransferStatus status : ack.replies) {
    proto.add_reply(ToProto(status));
    proto.add_flag(static_cast<std::uint32_t>(status));
  }
  proto.set_downstreamacktimenanos(ack.downstream_ack_nanos);
  const std::size_t before = out.size();
  AppendDelimited(proto, out);
  MRD_CHECK(out.size() - before >= kClientReadBytesMin);
}

Result<PipelineAck> DecodePipelineAck(std::string_view bytes) {
  hadoop::hdfs::PipelineAckProto proto;
  MRD_RETURN_IF_ERROR(ParseMessage(bytes, "pipeline ack", proto));
  const auto replies = static_cast<std::size_t>(proto.reply_size());
  if (replies > kAckRepliesMax || (proto.flag_size() != 0 && proto.flag_size() != proto.reply_size())) {
    return InvalidArgument("pipeline ack " + std::to_string(proto.seqno()) + " with " + std::to_string(replies) +
                           " replies and " + std::to_string(proto.flag_size()) + " flags");
  }
  PipelineAck ack{.seqno = proto.seqno(), .replies = {}, .downstream_ack_nanos = proto.downstreamacktimenanos()};
  ack.replies.reserve(replies);
  for (int i = 0; i < proto.reply_size(); ++i) {
    if (proto.flag_size() == 0) {
      ack.replies.push_back(FromProto(proto.reply(i)));
      continue;
    }
    const auto status = static_cast<int>(proto.flag(i) & kFlagStatusMask);
    if (!hadoop::hdfs::Status_IsValid(status)) {
      return InvalidArgument("pipeline ack " + std::to_string(proto.seqno()) + " with status " +
                             std::to_string(status));
    }
    ack.replies.push_back(static_cast<TransferStatus>(status));
  }
  return ack;
}

std::size_t FirstBadReply(const PipelineAck& ack) {
  const auto bad = std::find_if(ack.replies.begin(), ack.replies.end(),
                                [](TransferStatus status) { return status != TransferStatus::kSuccess; });
  return static_cast<std::size_t>(bad - ack.replies.begin());
}

}  // namespace mrd::dfs::wire
