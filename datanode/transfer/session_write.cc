// The operations that write: a client's pipeline, and copies from other datanodes.

#include <array>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "common/net/co_status.h"
#include "datanode/transfer/fd_passing.h"
#include "datanode/transfer/mirror.h"
#include "datanode/transfer/session.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/write_in_place.h"

namespace mrd::datanode {

using hadoop::hdfs::BlockOpResponseProto;
using hadoop::hdfs::OpWriteBlockProto;

namespace {

bool IsTransfer(const OpWriteBlockProto& op) {
  return op.stage() == OpWriteBlockProto::TRANSFER_RBW || op.stage() == OpWriteBlockProto::TRANSFER_FINALIZED;
}

// A client's own pipeline, as against a copy from another datanode.
bool IsClients(const OpWriteBlockProto& op) { return !op.header().clientname().empty() && !IsTransfer(op); }

// Larger chunks could be stored, but no packet would hold one on its way back.
Status CheckChunk(const dfs::wire::ChecksumSpec& spec) {
  if (spec.bytes_per_chunk <= dfs::wire::kPacketBytesMax / 4) return Status::Ok();
  return InvalidArgument("chunks of " + std::to_string(spec.bytes_per_chunk) + " bytes; the most is " +
                         std::to_string(dfs::wire::kPacketBytesMax / 4));
}

// So that a balancer keeps waiting. Does not refer to the session, which may end first.
net::awaitable<void> SayInProgress(std::shared_ptr<Link> link, std::chrono::milliseconds pause, std::shared_ptr<bool> done) {
  for (;;) {
    (void)co_await net::SleepFor(pause);
    if (*done) co_return;
    BlockOpResponseProto response;
    response.set_status(hadoop::hdfs::IN_PROGRESS);
    std::string bytes;
    dfs::wire::AppendOperationResponse(std::move(response), bytes);
    const Status told = co_await link->stream->Write(bytes);
    if (!told.ok()) co_return;
  }
}

}  // namespace

// On a thread of the disk.
Result<Session::Opened> Session::OpenReplica(const OpWriteBlockProto& op) {
  MRD_ASSIGN_OR_RETURN(dfs::ExtendedBlock block, dfs::wire::FromProto(op.header().baseheader().block()));
  MRD_RETURN_IF_ERROR(Allowed(op.header().baseheader(), block, dfs::wire::TokenMode::kWrite));
  const dfs::GenerationStamp new_stamp{static_cast<std::int64_t>(op.latestgenerationstamp())};
  Opened opened;
  BlockStore& store = context_.store;
  if (!IsClients(op) || op.stage() == OpWriteBlockProto::PIPELINE_SETUP_CREATE) {
    NewReplica replica;
    replica.block = block;
    MRD_ASSIGN_OR_RETURN(replica.spec, dfs::wire::FromProto(op.requestedchecksum()));
    MRD_RETURN_IF_ERROR(CheckChunk(replica.spec));
    replica.storage_id = op.storageid();
    replica.type = dfs::wire::FromProto(op.storagetype());
    MRD_ASSIGN_OR_RETURN(opened.writer, IsClients(op) ? store.CreateRbw(replica) : store.CreateTemporary(replica));
    return opened;
  }
  // Everywhere else the length that counts is what the client has seen acknowledged.
  block.block.length = op.minbytesrcvd();
  switch (op.stage()) {
    case OpWriteBlockProto::PIPELINE_SETUP_APPEND: {
      MRD_ASSIGN_OR_RETURN(opened.writer, store.Append(block, new_stamp));
      return opened;
    }
    case OpWriteBlockProto::PIPELINE_SETUP_APPEND_RECOVERY: {
      MRD_ASSIGN_OR_RETURN(opened.writer, store.RecoverAppend(block, new_stamp));
      return opened;
    }
    case OpWriteBlockProto::PIPELINE_SETUP_STREAMING_RECOVERY: {
      MRD_ASSIGN_OR_RETURN(opened.writer,
                           store.RecoverStreaming(block, new_stamp, {op.minbytesrcvd(), op.maxbytesrcvd()}));
      return opened;
    }
    case OpWriteBlockProto::PIPELINE_CLOSE_RECOVERY: {
      MRD_ASSIGN_OR_RETURN(opened.finalized, store.RecoverClose(block, new_stamp));
      return opened;
    }
    default:
      return InvalidArgument("WRITE_BLOCK cannot begin in stage " + std::to_string(static_cast<int>(op.stage())));
  }
}

net::awaitable<bool> Session::WriteBlock() {
  OpWriteBlockProto op;
  if (!(co_await link_->input.ReadDelimited("WRITE_BLOCK", op)).ok()) co_return false;
  Result<Opened> opened = co_await context_.disks.any().Run([&] { return OpenReplica(op); });
  if (!opened.ok()) {
    context_.log.Warn("WRITE_BLOCK from " + link_->stream->peer().ToString() + ": " + opened.status().message());
    co_return co_await RespondError(opened.status());
  }
  const bool clients = IsClients(op);
  MirrorSetup mirror;
  if (op.targets_size() > 0) mirror = co_await OpenMirror(context_, op, clients);
  if (!mirror.status.ok()) {
    context_.log.Warn("WRITE_BLOCK for " + op.header().clientname() + ": next node " + mirror.first_bad_link + ": " +
                      mirror.status.message());
    if (clients) {
      if (opened->writer != nullptr) co_await Leave(opened->writer);
      co_return co_await RespondError(std::move(mirror.status), std::move(mirror.first_bad_link));
    }
    // A copy that the namenode ordered: better one more replica than none.
  }
  if (!clients) co_return co_await ReceiveCopy(op, opened->writer, mirror.link);

  const bool receives = opened->writer != nullptr;
  if (receives) {
    context_.events.Receiving(opened->writer->block(), opened->writer->volume().storage_id());
  } else {
    co_await context_.events.Received(opened->finalized.block, opened->finalized.storage_id, std::string());
  }
  BlockOpResponseProto response;
  response.set_status(hadoop::hdfs::SUCCESS);
  const Status answered = co_await Respond(std::move(response));
  if (!receives) co_return false;
  if (!answered.ok()) {
    co_await Leave(opened->writer);
    co_return false;
  }
  co_return co_await ReceiveFromClient(opened->writer, mirror.link, /*placed=*/false);
}

// A new block of a client on this host, which is lent the file and puts the data there itself (docs/protocols.md). Where
// that cannot be, the client goes on as with WRITE_BLOCK, or is refused before there is a replica.
net::awaitable<bool> Session::WriteInPlace() {
  OpWriteBlockProto op;
  if (!(co_await link_->input.ReadDelimited("CUSTOM, to write in place", op)).ok()) co_return false;
  const bool possible = kind_ == Kind::kUnix && IsClients(op) && op.targets_size() == 0 &&
                        op.stage() == OpWriteBlockProto::PIPELINE_SETUP_CREATE;
  if (!possible) {
    std::string what = "only new blocks of one replica are written in place, over the Unix socket";
    co_return co_await RespondUnsupported(std::move(what));
  }
  Result<Opened> opened = co_await context_.disks.any().Run([&] { return OpenReplica(op); });
  if (!opened.ok()) {
    context_.log.Warn("CUSTOM from " + link_->stream->peer().ToString() + ": " + opened.status().message());
    co_return co_await RespondError(opened.status());
  }
  const std::shared_ptr<ReplicaWriter> writer = opened->writer;
  Result<UniqueFd> lent =
      co_await context_.disks.Of(writer->volume()).Run([&] { return context_.store.Lend(writer); });
  const bool placed = lent.ok();
  if (!placed && lent.status().code() != Code::kUnimplemented) context_.log.Warn(lent.status().message());
  context_.events.Receiving(writer->block(), writer->volume().storage_id());
  BlockOpResponseProto response;
  response.set_status(hadoop::hdfs::SUCCESS);
  if (placed) response.set_shortcircuitaccessversion(dfs::wire::kWriteInPlaceVersion);
  Status answered = co_await Respond(std::move(response));
  if (answered.ok() && placed) {
    const std::array<int, 1> descriptors = {lent->get()};
    answered = co_await SendDescriptors(*link_->stream, descriptors, '\0');
    lent = UniqueFd();  // from here on the client's alone
  }
  if (!answered.ok()) {
    co_await Leave(writer);
    co_return false;
  }
  co_return co_await ReceiveFromClient(writer, nullptr, placed);
}

net::awaitable<Status> Session::Receive(BlockReceiver::Setup setup) {
  const std::shared_ptr<ReplicaWriter> writer = setup.writer;
  auto receiver = std::make_shared<BlockReceiver>(context_, std::move(setup));
  boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  // Whoever takes the replica over does so on a thread of a disk.
  std::function<void()> stop = [weak = std::weak_ptr<BlockReceiver>(receiver), executor] {
    boost::asio::post(executor, [weak] {
      if (const std::shared_ptr<BlockReceiver> taken = weak.lock()) taken->Stop();
    });
  };
  writer->OnRevoked(std::move(stop));
  co_return co_await receiver->Run();
}

net::awaitable<void> Session::Leave(std::shared_ptr<ReplicaWriter> writer) {
  (void)co_await context_.disks.Of(writer->volume()).Run([&] {
    context_.store.Leave(writer);
    return true;
  });
}

net::awaitable<bool> Session::ReceiveFromClient(std::shared_ptr<ReplicaWriter> writer, std::shared_ptr<Link> mirror,
                                                bool placed) {
  BlockReceiver::Setup setup;
  setup.upstream = link_;
  setup.mirror = std::move(mirror);
  setup.writer = writer;
  setup.acknowledge = true;
  setup.verify = false;
  setup.placed = placed;
  const Status received = co_await Receive(std::move(setup));
  if (!received.ok()) {
    context_.log.Info("write of " + ToString(writer->block()) + " ended after " + std::to_string(writer->received()) +
                      " bytes: " + received.message());
    co_await Leave(writer);
  }
  co_return false;
}

net::awaitable<bool> Session::ReceiveCopy(OpWriteBlockProto op,
                                          std::shared_ptr<ReplicaWriter> writer,
                                          std::shared_ptr<Link> mirror) {
  BlockReceiver::Setup setup;
  setup.upstream = link_;
  setup.mirror = std::move(mirror);
  setup.writer = writer;
  setup.acknowledge = false;
  setup.verify = true;
  Status status = co_await Receive(std::move(setup));
  if (status.ok() && op.stage() == OpWriteBlockProto::TRANSFER_RBW) {
    status = co_await context_.disks.Of(writer->volume()).Run([&] { return context_.store.ConvertToRbw(writer); });
    if (status.ok()) context_.events.Receiving(writer->block(), writer->volume().storage_id());
  } else if (status.ok()) {
    Result<FinalizedReplica> finalized =
        co_await context_.disks.Of(writer->volume()).Run([&] { return context_.store.Finalize(writer, false); });
    status = finalized.status();
    if (finalized.ok()) {
      ++context_.counters.blocks_written;
      context_.log.Info("received copy block=" + ToString(finalized->block) + " bytes=" +
                        std::to_string(finalized->block.length) + " from=" + link_->stream->peer().ToString());
      co_await context_.events.Received(finalized->block, finalized->storage_id, std::string());
    }
  }
  if (!status.ok()) {
    context_.log.Warn("copy of " + ToString(writer->block()) + " from " + link_->stream->peer().ToString() + ": " +
                      status.message());
    co_await Leave(writer);
    co_return co_await RespondError(std::move(status));
  }
  BlockOpResponseProto response;
  response.set_status(hadoop::hdfs::SUCCESS);
  (void)co_await Respond(std::move(response));
  co_return false;
}

net::awaitable<bool> Session::ReplaceBlock() {
  hadoop::hdfs::OpReplaceBlockProto op;
  if (!(co_await link_->input.ReadDelimited("REPLACE_BLOCK", op)).ok()) co_return false;
  Result<dfs::ExtendedBlock> block = dfs::wire::FromProto(op.header().block());
  if (!block.ok()) co_return co_await RespondError(block.status());
  if (Status allowed = Allowed(op.header(), *block, dfs::wire::TokenMode::kReplace); !allowed.ok()) {
    co_return co_await RespondError(std::move(allowed));
  }
  if (op.delhint() == context_.store.datanode_uuid())
    co_return co_await RespondError(Unimplemented("replicas are not moved between volumes of one datanode"));
  const auto done = std::make_shared<bool>(false);
  boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  std::function<net::awaitable<void>()> speak = [link = link_, pause = context_.options.answer_timeout / 2, done] {
    return SayInProgress(link, pause, done);
  };
  context_.runtime.Spawn(executor, std::move(speak));
  Status status = co_await FetchFromProxy(op, *block);
  *done = true;
  if (!status.ok()) {
    context_.log.Warn("REPLACE_BLOCK " + ToString(block->block) + ": " + status.message());
    co_return co_await RespondError(std::move(status));
  }
  BlockOpResponseProto response;
  response.set_status(hadoop::hdfs::SUCCESS);
  (void)co_await Respond(std::move(response));
  co_return false;
}

net::awaitable<Status> Session::FetchFromProxy(hadoop::hdfs::OpReplaceBlockProto op, dfs::ExtendedBlock block) {
  MRD_CO_ASSIGN_OR_RETURN(const dfs::DatanodeInfo source, dfs::wire::FromProto(op.source()));
  MRD_CO_ASSIGN_OR_RETURN(const std::shared_ptr<Link> proxy, co_await ConnectTo(context_, source.id, 0));
  hadoop::hdfs::OpCopyBlockProto copy;
  *copy.mutable_header() = op.header();
  OwnToken(context_, block, dfs::wire::TokenMode::kCopy, copy.mutable_header()->mutable_token());
  std::string bytes;
  dfs::wire::AppendOperation(dfs::wire::Operation::kCopyBlock, copy, bytes);
  MRD_CO_RETURN_IF_ERROR(co_await proxy->stream->Write(bytes));
  BlockOpResponseProto answer;
  MRD_CO_RETURN_IF_ERROR(co_await proxy->input.ReadDelimited("answer to COPY_BLOCK", answer));
  if (answer.status() != hadoop::hdfs::SUCCESS) co_return Unavailable(source.id.XferAddress() + ": " + answer.message());
  NewReplica replica;
  replica.block = block;
  MRD_CO_ASSIGN_OR_RETURN(replica.spec, dfs::wire::FromProto(answer.readopchecksuminfo().checksum()));
  MRD_CO_RETURN_IF_ERROR(CheckChunk(replica.spec));
  replica.storage_id = op.storageid();
  replica.type = dfs::wire::FromProto(op.storagetype());
  MRD_CO_ASSIGN_OR_RETURN(const std::shared_ptr<ReplicaWriter> writer,
                          co_await context_.disks.any().Run([&] { return context_.store.CreateTemporary(replica); }));
  BlockReceiver::Setup setup;
  setup.upstream = proxy;
  setup.writer = writer;
  setup.acknowledge = false;
  Status received = co_await Receive(std::move(setup));
  if (received.ok()) {
    Result<FinalizedReplica> finalized =
        co_await context_.disks.Of(writer->volume()).Run([&] { return context_.store.Finalize(writer, false); });
    received = finalized.status();
    if (finalized.ok()) {
      ++context_.counters.blocks_written;
      co_await context_.events.Received(finalized->block, finalized->storage_id, op.delhint());
    }
  }
  if (!received.ok()) co_await Leave(writer);
  co_return received;
}

}  // namespace mrd::datanode
