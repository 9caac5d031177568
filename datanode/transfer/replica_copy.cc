#include "datanode/transfer/replica_copy.h"

#include <utility>

#include "common/net/co_status.h"
#include "datanode/transfer/block_sender.h"
#include "datanode/transfer/mirror.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/operation.h"
#include "dfs/wire/transfer_status.h"

namespace mrd::datanode {
namespace {

using hadoop::hdfs::OpWriteBlockProto;

// Counts a copy while it lasts.
class Counted {
 public:
  explicit Counted(std::atomic<std::uint32_t>& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }

 private:
  std::atomic<std::uint32_t>& count_;
};

// The operation that the first target gets; itself still among the targets, as ForwardedWrite() wants it.
OpWriteBlockProto MakeOperation(const TransferContext& context, const CopyOrder& order, const ReplicaReader& reader) {
  OpWriteBlockProto op;
  auto* const header = op.mutable_header();
  const dfs::ExtendedBlock block{order.block.pool, reader.block()};
  dfs::wire::ToProto(block, header->mutable_baseheader()->mutable_block());
  OwnToken(context, block, dfs::wire::TokenMode::kWrite, header->mutable_baseheader()->mutable_token());
  header->set_clientname(order.client);
  for (const dfs::ReplicaLocation& target : order.targets) {
    dfs::wire::ToProto(target.node, op.add_targets());
    op.add_targetstoragetypes(dfs::wire::ToProto(target.storage_type));
    op.add_targetstorageids(target.storage_uuid);
  }
  if (order.client.empty()) {
    op.set_stage(OpWriteBlockProto::PIPELINE_SETUP_CREATE);
  } else {
    op.set_stage(reader.finalized() ? OpWriteBlockProto::TRANSFER_FINALIZED : OpWriteBlockProto::TRANSFER_RBW);
  }
  op.set_pipelinesize(static_cast<std::uint32_t>(order.targets.size()));
  op.set_minbytesrcvd(0);
  op.set_maxbytesrcvd(0);
  op.set_latestgenerationstamp(0);
  dfs::wire::ToProto(reader.spec(), op.mutable_requestedchecksum());
  return op;
}

net::awaitable<Status> Send(TransferContext& context, const CopyOrder& order, ReplicaReader& reader) {
  if (reader.length() < order.block.block.length) {
    co_return FailedPrecondition(ToString(reader.block()) + " has " + std::to_string(reader.length()) +
                                 " bytes, asked for were " + std::to_string(order.block.block.length));
  }
  if (!reader.finalized() && order.client.empty())
    co_return FailedPrecondition(ToString(reader.block()) + " is not finalized");
  MRD_CO_ASSIGN_OR_RETURN(const SendPlan plan, PlanSend(reader, {0, reader.length()}, true));
  const MirrorSetup target = co_await OpenMirror(context, MakeOperation(context, order, reader), false);
  MRD_CO_RETURN_IF_ERROR(target.status);
  target.link->stream->SetIdleTimeout(context.options.stream_idle_timeout);
  context.store.crash_points().Pass("copy.before_send");
  Status sent = co_await SendBlock(context, reader, *target.link->stream, plan);
  if (!sent.ok()) {
    if (sent.code() == Code::kCorruption) {
      const dfs::ExtendedBlock block{order.block.pool, reader.block()};
      context.events.Corrupt(block, reader.volume().storage_id());
    }
    co_return context.store.Blame(reader.volume(), std::move(sent));
  }
  context.store.crash_points().Pass("copy.before_answer");
  hadoop::hdfs::BlockOpResponseProto response;
  Status answered = co_await target.link->input.ReadDelimited("end of a copy", response);
  // Hadoop's datanodes end a copy that the namenode ordered without a word.
  if (!answered.ok() && order.client.empty() && net::IsEndOfStream(answered)) co_return Status::Ok();
  MRD_CO_RETURN_IF_ERROR(answered);
  if (response.status() != hadoop::hdfs::SUCCESS) {
    co_return Unavailable(order.targets.front().node.id.XferAddress() + " answered " +
                          std::string(dfs::wire::TransferStatusName(dfs::wire::FromProto(response.status()))) + ": " +
                          response.message());
  }
  context.log.Info("copied block=" + ToString(reader.block()) + " bytes=" + std::to_string(reader.length()) +
                   " to=" + order.targets.front().node.id.XferAddress());
  co_return Status::Ok();
}

}  // namespace

net::awaitable<Status> CopyReplica(TransferContext& context, CopyOrder order) {
  const Counted counted(context.counters.copies);
  if (order.targets.empty()) co_return InvalidArgument(ToString(order.block.block) + ": no node to copy to");
  Result<std::unique_ptr<ReplicaReader>> reader =
      co_await context.disks.any().Run([&] { return context.store.OpenReader(order.block); });
  // Not in one expression: g++ 12 destroys temporaries twice where one branch of ?: has a co_await.
  Status status = reader.status();
  if (reader.ok()) status = co_await Send(context, order, **reader);
  co_return std::move(status).WithContext("copy " + ToString(order.block.block) + " to " +
                                          order.targets.front().node.id.XferAddress());
}

}  // namespace mrd::datanode
