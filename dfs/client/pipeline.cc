#include "dfs/client/pipeline.h"

#include <utility>

#include <boost/asio/this_coro.hpp>

#include "common/net/adopted_stream.h"
#include "common/net/co_status.h"
#include "dfs/client/block_operation.h"
#include "dfs/client/short_circuit.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/delimited.h"
#include "dfs/wire/packet.h"
#include "dfs/wire/transfer_status.h"
#include "dfs/wire/write_in_place.h"

namespace mrd::dfs::client {

namespace pb = hadoop::hdfs;

namespace {

pb::OpWriteBlockProto Message(const PipelineSetup& setup, const Transport& transport) {
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
  return message;
}

std::string EncodeSetup(const PipelineSetup& setup, const Transport& transport) {
  std::string bytes;
  wire::AppendOperation(wire::Operation::kWriteBlock, Message(setup, transport), bytes);
  return bytes;
}

std::string EncodeSetupInPlace(const PipelineSetup& setup, const Transport& transport) {
  pb::OpCustomProto custom;
  custom.set_customid(std::string(wire::kWriteInPlaceId));
  std::string bytes;
  wire::AppendOperation(wire::Operation::kCustom, custom, bytes);
  wire::AppendDelimited(Message(setup, transport), bytes);
  return bytes;
}

// Which node firstBadLink means; the first when it means none.
std::size_t NodeNamed(const std::string& address, const std::vector<ReplicaLocation>& nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].node.id.XferAddress() == address) return i;
  }
  return 0;
}

// A new block that has one replica, on this host.
bool MayBePlaced(const PipelineSetup& setup, const Options& options) {
  return options.short_circuit && !options.domain_socket_path.empty() && setup.nodes.size() == 1 &&
         setup.stage == Stage::OpWriteBlockProto_BlockConstructionStage_PIPELINE_SETUP_CREATE &&
         IsLocalAddress(setup.nodes.front().node.id.ip);
}

}  // namespace

// Null when it cannot be: whatever the reason, the datanode's port is the way that always works.
awaitable<std::unique_ptr<Pipeline>> Pipeline::OpenInPlace(Transport transport, const PipelineSetup& setup) {
  const DatanodeId& node = setup.nodes.front().node.id;
  const std::string path = SocketPathOf(transport.options.domain_socket_path, node.xfer_port);
  const std::string operation = EncodeSetupInPlace(setup, transport);
  auto file = std::make_shared<PlacedFile>();
  Result<UniqueFd> connection = co_await file->Borrow(path, operation);
  if (!connection.ok()) co_return nullptr;
  const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  Result<std::unique_ptr<net::Stream>> stream = net::AdoptSocket(executor, *std::move(connection), path);
  if (!stream.ok()) co_return nullptr;
  (*stream)->SetIdleTimeout(transport.options.socket_timeout);
  if (!file->lent()) file.reset();
  auto buffered = std::make_unique<BufferedStream>(*std::move(stream));
  co_return std::unique_ptr<Pipeline>(new Pipeline(std::move(buffered), std::move(file)));
}

awaitable<std::unique_ptr<Pipeline>> Pipeline::Open(Transport transport, PipelineSetup setup,
                                                    PipelineFailure& failure) {
  failure = PipelineFailure();
  if (MayBePlaced(setup, transport.options)) {
    std::unique_ptr<Pipeline> in_place = co_await OpenInPlace(transport, setup);
    if (in_place) co_return in_place;
  }
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
  co_return std::unique_ptr<Pipeline>(new Pipeline(*std::move(stream), nullptr));
}

awaitable<Status> Pipeline::Send(const Packet& packet) {
  if (!placed_) co_return co_await stream_->stream().Write2(packet.front, packet.data_view());
  // The data are there before the packet says so. At the end of the block nobody but the datanode may have the file.
  if (packet.last_in_block) placed_->Close();
  const bool there = packet.data_bytes == 0 || packet.placed_in == placed_;
  if (!there) MRD_CO_RETURN_IF_ERROR(co_await placed_->WriteInBackground(packet.offset_in_block, packet.data_view()));
  co_return co_await stream_->stream().Write(packet.front);
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
