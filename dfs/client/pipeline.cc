#include "dfs/client/pipeline.h"

#include <utility>

#include "common/net/co_status.h"
#include "dfs/client/block_operation.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/packet.h"
#include "dfs/wire/transfer_status.h"

namespace mrd::dfs::client {

namespace pb = hadoop::hdfs;

namespace {

std::string EncodeSetup(const PipelineSetup& setup, const Transport& transport) {
  pb::OpWriteBlockProto message;
  ExtendedBlock block = setup.block;
  block.block.length = setup.block_size;  // no length here, but how much may come
  FillHeader({block, transport.tokens, TokenUse::kWrite}, transport.client_name, message.mutable_header());
  const ReplicaLocation& first = setup.nodes.front();
  message.set_storagetype(wire::ToProto(first.storage_type));
  message.set_storageid(first.storage_uuid);
  for (std::size_t i = 1; i < setup.nodes.size(); ++i) {
    const ReplicaLocation& target = setup.nodes[i];
    wire::ToProto(target.node, message.add_targets());
    message.add_targetstoragetypes(wire::ToProto(target.storage_type));
    message.add_targetstorageids(target.storage_uuid);
  }
  message.set_stage(setup.stage);
  message.set_pipelinesize(static_cast<std::uint32_t>(setup.nodes.size()));
  message.set_minbytesrcvd(setup.acknowledged_bytes);
  message.set_maxbytesrcvd(setup.sent_bytes);
  message.set_latestgenerationstamp(static_cast<std::uint64_t>(setup.new_stamp.value));
  wire::ToProto(setup.checksum, message.mutable_requestedchecksum());
  std::string bytes;
  wire::AppendOperation(wire::Operation::kWriteBlock, message, bytes);
  return bytes;
}

// Which node firstBadLink means; the first when it means none.
std::size_t NodeNamed(const std::string& address, const std::vector<ReplicaLocation>& nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].node.id.XferAddress() == address) return i;
  }
  return 0;
}

}  // namespace

awaitable<std::unique_ptr<Pipeline>> Pipeline::Open(Transport transport, PipelineSetup setup,
                                                    PipelineFailure& failure) {
  failure = PipelineFailure();
  const DatanodeId first = setup.nodes.front().node.id;
  Result<std::unique_ptr<BufferedStream>> stream =
      co_await ConnectToDatanode(transport.connector, transport.options, first);
  if (!stream.ok()) {
    failure.why = stream.status();
    co_return nullptr;
  }
  // Each node waits for the one after it.
  const auto extension = transport.options.socket_timeout_extension * (setup.nodes.size() - 1);
  (*stream)->stream().SetIdleTimeout(transport.options.socket_timeout + extension);
  const Result<pb::BlockOpResponseProto> response =
      co_await Ask(**stream, EncodeSetup(setup, transport));
  if (!response.ok()) {
    failure.why = response.status();
    co_return nullptr;
  }
  failure.why = CheckSuccess(*response);
  if (!failure.why.ok() || !response->firstbadlink().empty()) {
    failure.bad_node = NodeNamed(response->firstbadlink(), setup.nodes);
    failure.restarting = response->status() == pb::OOB_RESTART;
    if (failure.why.ok()) failure.why = Unavailable("bad connect to " + response->firstbadlink());
    co_return nullptr;
  }
  co_return std::unique_ptr<Pipeline>(new Pipeline(*std::move(stream)));
}

awaitable<Status> Pipeline::Send(const Packet& packet) {
  return stream_->stream().Write2(packet.front, packet.data_view());
}

awaitable<Status> Pipeline::SendHeartbeat() {
  wire::PacketHeader header;
  header.seqno = wire::kHeartbeatSeqno;
  const wire::PacketFront front = wire::EncodePacketFront(header);
  co_return co_await stream_->stream().Write(front.view());
}

awaitable<Result<wire::PipelineAck>> Pipeline::ReceiveAck() {
  MRD_CO_ASSIGN_OR_RETURN(const std::string bytes, co_await stream_->ReadDelimitedBytes());
  co_return wire::DecodePipelineAck(bytes);
}

awaitable<Status> TransferBlock(Transport transport, BlockTransfer transfer) {
  pb::OpTransferBlockProto message;
  FillHeader({transfer.block, transport.tokens, TokenUse::kCopy}, transport.client_name, message.mutable_header());
  wire::ToProto(transfer.target.node, message.add_targets());
  message.add_targetstoragetypes(wire::ToProto(transfer.target.storage_type));
  message.add_targetstorageids(transfer.target.storage_uuid);
  std::string operation;
  wire::AppendOperation(wire::Operation::kTransferBlock, message, operation);
  MRD_CO_ASSIGN_OR_RETURN(std::unique_ptr<BufferedStream> stream,
                          co_await ConnectToDatanode(transport.connector, transport.options, transfer.source));
  // The answer comes when the copy is made: a millisecond for each KiB is a slow disk.
  const auto copying = milliseconds(transfer.block.block.length >> 10);
  stream->stream().SetIdleTimeout(2 * transport.options.socket_timeout + copying);
  MRD_CO_ASSIGN_OR_RETURN(const pb::BlockOpResponseProto response, co_await Ask(*stream, std::move(operation)));
  co_return CheckSuccess(response);
}

}  // namespace mrd::dfs::client
