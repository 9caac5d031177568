// The frame of a connection, and the operations that read.

#include "datanode/transfer/session.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/net/co_status.h"
#include "datanode/transfer/block_checksum.h"
#include "datanode/transfer/fd_passing.h"
#include "datanode/transfer/replica_copy.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/delimited.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/write_in_place.h"

namespace mrd::datanode {

using dfs::wire::Operation;
using dfs::wire::TokenMode;
using dfs::wire::TransferStatus;
using hadoop::hdfs::BlockOpResponseProto;

namespace {

constexpr std::chrono::milliseconds kGrowthPoll{20};
constexpr std::uint32_t kShortCircuitVersion = 1;

}  // namespace

Session::Session(TransferContext& context, std::unique_ptr<net::Stream> stream, Kind kind)
    : context_(context), kind_(kind), link_(std::make_shared<Link>(std::move(stream))) {}

net::awaitable<void> Session::Run() {
  link_->stream->SetIdleTimeout(context_.options.first_operation_timeout);
  for (;;) {
    // Silence, and the peer's leaving, are how connections end.
    if (const Status ready = co_await link_->input.Need(dfs::wire::kOperationHeaderBytes); !ready.ok()) co_return;
    const Result<Operation> operation =
        dfs::wire::DecodeOperationHeader(link_->input.buffered().substr(0, dfs::wire::kOperationHeaderBytes));
    if (!operation.ok()) {
      context_.log.Warn("data port: " + link_->stream->peer().ToString() + ": " + operation.status().message());
      co_return;
    }
    link_->input.Consume(dfs::wire::kOperationHeaderBytes);
    const bool another = co_await Dispatch(*operation);
    if (!another) co_return;
    link_->stream->SetIdleTimeout(context_.options.keepalive);
  }
}

net::awaitable<bool> Session::Dispatch(Operation operation) {
  if (kind_ == Kind::kBusy) {
    (void)co_await link_->input.ReadDelimitedBytes();
    co_return co_await RespondError(
        ResourceExhausted("this datanode has all " + std::to_string(context_.options.sessions_max) +
                          " connections in use (dfs.datanode.max.transfer.threads); try another, or later"));
  }
  switch (operation) {
    case Operation::kReadBlock: co_return co_await ReadBlock();
    case Operation::kWriteBlock: co_return co_await WriteBlock();
    case Operation::kBlockChecksum: co_return co_await BlockChecksum();
    case Operation::kTransferBlock: co_return co_await TransferBlock();
    case Operation::kCopyBlock: co_return co_await CopyBlock();
    case Operation::kReplaceBlock: co_return co_await ReplaceBlock();
    case Operation::kRequestShortCircuitFds: co_return co_await PassDescriptors();
    case Operation::kReleaseShortCircuitFds: co_return co_await ReleaseDescriptors();
    case Operation::kRequestShortCircuitShm: co_return co_await ShareMemory();
    case Operation::kCustom: co_return co_await Custom();
    case Operation::kReadMetadata: co_return false;  // nobody knows its message
    case Operation::kBlockGroupChecksum: break;
  }
  co_return co_await RefuseUnsupported(operation);
}

net::awaitable<Status> Session::Respond(BlockOpResponseProto response) {
  std::string bytes;
  dfs::wire::AppendOperationResponse(std::move(response), bytes);
  co_return co_await link_->stream->Write(bytes);
}

net::awaitable<bool> Session::RespondError(Status status) {
  co_return co_await RespondError(std::move(status), std::string());
}

net::awaitable<bool> Session::RespondError(Status status, std::string first_bad_link) {
  BlockOpResponseProto response;
  response.set_status(status.tag() == dfs::wire::kInvalidToken          ? hadoop::hdfs::ERROR_ACCESS_TOKEN
                      : status.code() == Code::kAlreadyExists ? hadoop::hdfs::ERROR_EXISTS
                                                              : hadoop::hdfs::ERROR);
  response.set_firstbadlink(std::move(first_bad_link));
  response.set_message(status.message());
  (void)co_await Respond(std::move(response));  // a peer that has left needs no reason
  co_return false;
}

Status Session::Allowed(const hadoop::hdfs::BaseHeaderProto& header, const dfs::ExtendedBlock& block,
                        TokenMode mode) const {
  if (!context_.options.tokens) return Status::Ok();
  Status allowed = context_.options.tokens->Check(header.token(), block, mode, context_.clock.WallMillis());
  if (!allowed.ok()) context_.log.Warn("data port: " + link_->stream->peer().ToString() + ": " + allowed.message());
  return allowed;
}

net::awaitable<Result<std::unique_ptr<ReplicaReader>>> Session::OpenForRead(dfs::ExtendedBlock block, ByteRange range) {
  const std::int64_t deadline_ns =
      context_.clock.MonotonicNanos() + std::chrono::nanoseconds(context_.options.reader_wait).count();
  for (;;) {
    Result<std::unique_ptr<ReplicaReader>> reader =
        co_await context_.disks.any().Run([&] { return context_.store.OpenReader(block); });
    if (!reader.ok() || (*reader)->finalized() || (*reader)->length() >= range.offset + range.length) co_return reader;
    if (context_.clock.MonotonicNanos() >= deadline_ns) co_return reader;
    MRD_CO_RETURN_IF_ERROR(co_await net::SleepFor(kGrowthPoll));
  }
}

net::awaitable<bool> Session::ReadBlock() {
  hadoop::hdfs::OpReadBlockProto op;
  if (!(co_await link_->input.ReadDelimited("READ_BLOCK", op)).ok()) co_return false;
  Result<dfs::ExtendedBlock> block = dfs::wire::FromProto(op.header().baseheader().block());
  if (!block.ok()) co_return co_await RespondError(block.status());
  if (Status allowed = Allowed(op.header().baseheader(), *block, TokenMode::kRead); !allowed.ok()) {
    co_return co_await RespondError(std::move(allowed));
  }
  const ByteRange range{op.offset(), op.len()};
  Result<std::unique_ptr<ReplicaReader>> reader = co_await OpenForRead(*block, range);
  if (!reader.ok()) co_return co_await RespondError(reader.status());
  const Result<SendPlan> plan = PlanSend(**reader, range, op.sendchecksums());
  if (!plan.ok()) co_return co_await RespondError(plan.status());

  link_->stream->SetIdleTimeout(context_.options.stream_idle_timeout);
  BlockOpResponseProto response;
  response.set_status(hadoop::hdfs::SUCCESS);
  dfs::wire::ToProto(plan->spec, response.mutable_readopchecksuminfo()->mutable_checksum());
  response.mutable_readopchecksuminfo()->set_chunkoffset(plan->begin);
  if (!(co_await Respond(std::move(response))).ok()) co_return false;
  Status sent = co_await SendBlock(context_, **reader, *link_->stream, *plan);
  if (!sent.ok()) {
    if (sent.code() == Code::kCorruption) context_.events.Corrupt(*block, (*reader)->volume().storage_id());
    if (sent.code() == Code::kIo) (void)context_.store.Blame((*reader)->volume(), std::move(sent));
    co_return false;
  }
  ++context_.counters.blocks_read;
  co_return co_await AwaitReadStatus();
}

// Some clients send no status, or the next operation instead.
net::awaitable<bool> Session::AwaitReadStatus() {
  link_->stream->SetIdleTimeout(context_.options.first_operation_timeout);
  if (!(co_await link_->input.Need(1)).ok()) co_return false;
  const bool next_operation = link_->input.buffered().front() == '\0';  // of the version; no status is that short
  if (next_operation) co_return true;
  hadoop::hdfs::ClientReadStatusProto status;
  if (!(co_await link_->input.ReadDelimited("status of a reader", status)).ok()) co_return false;
  co_return status.status() == hadoop::hdfs::CHECKSUM_OK || status.status() == hadoop::hdfs::SUCCESS;
}

net::awaitable<bool> Session::BlockChecksum() {
  hadoop::hdfs::OpBlockChecksumProto op;
  if (!(co_await link_->input.ReadDelimited("BLOCK_CHECKSUM", op)).ok()) co_return false;
  Result<dfs::ExtendedBlock> block = dfs::wire::FromProto(op.header().block());
  if (!block.ok()) co_return co_await RespondError(block.status());
  if (Status allowed = Allowed(op.header(), *block, TokenMode::kRead); !allowed.ok()) {
    co_return co_await RespondError(std::move(allowed));
  }
  const ByteRange range{0, block->block.length};
  Result<std::unique_ptr<ReplicaReader>> reader = co_await OpenForRead(*block, range);
  if (!reader.ok()) co_return co_await RespondError(reader.status());
  const bool composite = op.blockchecksumoptions().blockchecksumtype() == hadoop::hdfs::COMPOSITE_CRC;
  Result<BlockChecksumValue> value = co_await context_.disks.Of((*reader)->volume()).Run([&] {
    return ComputeBlockChecksum(**reader, block->block.length,
                                composite ? BlockChecksumKind::kCompositeCrc : BlockChecksumKind::kMd5);
  });
  if (!value.ok()) co_return co_await RespondError(value.status());
  BlockOpResponseProto response;
  response.set_status(hadoop::hdfs::SUCCESS);
  auto* const answer = response.mutable_checksumresponse();
  answer->set_bytespercrc((*reader)->spec().bytes_per_chunk);
  answer->set_crcperblock(value->crcs_in_replica);
  answer->set_blockchecksum(std::move(value->bytes));
  answer->set_crctype(static_cast<hadoop::hdfs::ChecksumTypeProto>((*reader)->spec().type));
  *answer->mutable_blockchecksumoptions() = op.blockchecksumoptions();
  answer->mutable_blockchecksumoptions()->set_blockchecksumtype(composite ? hadoop::hdfs::COMPOSITE_CRC
                                                                          : hadoop::hdfs::MD5CRC);
  co_return (co_await Respond(std::move(response))).ok();
}

net::awaitable<bool> Session::TransferBlock() {
  hadoop::hdfs::OpTransferBlockProto op;
  if (!(co_await link_->input.ReadDelimited("TRANSFER_BLOCK", op)).ok()) co_return false;
  Result<dfs::ExtendedBlock> block = dfs::wire::FromProto(op.header().baseheader().block());
  if (!block.ok()) co_return co_await RespondError(block.status());
  if (Status allowed = Allowed(op.header().baseheader(), *block, TokenMode::kCopy); !allowed.ok()) {
    co_return co_await RespondError(std::move(allowed));
  }
  CopyOrder order;
  order.block = *block;
  order.client = op.header().clientname();
  if (order.client.empty()) co_return co_await RespondError(InvalidArgument("TRANSFER_BLOCK is for clients with a name"));
  for (int i = 0; i < op.targets_size(); ++i) {
    Result<dfs::DatanodeInfo> node = dfs::wire::FromProto(op.targets(i));
    if (!node.ok()) co_return co_await RespondError(node.status());
    dfs::ReplicaLocation target;
    target.node = std::move(*node);
    if (i < op.targetstoragetypes_size()) target.storage_type = dfs::wire::FromProto(op.targetstoragetypes(i));
    if (i < op.targetstorageids_size()) target.storage_uuid = op.targetstorageids(i);
    order.targets.push_back(std::move(target));
  }
  Status copied = co_await CopyReplica(context_, std::move(order));
  if (!copied.ok()) {
    context_.log.Warn(copied.message());
    co_return co_await RespondError(std::move(copied));
  }
  BlockOpResponseProto response;
  response.set_status(hadoop::hdfs::SUCCESS);
  (void)co_await Respond(std::move(response));
  co_return false;
}

net::awaitable<bool> Session::CopyBlock() {
  hadoop::hdfs::OpCopyBlockProto op;
  if (!(co_await link_->input.ReadDelimited("COPY_BLOCK", op)).ok()) co_return false;
  Result<dfs::ExtendedBlock> block = dfs::wire::FromProto(op.header().block());
  if (!block.ok()) co_return co_await RespondError(block.status());
  if (Status allowed = Allowed(op.header(), *block, TokenMode::kCopy); !allowed.ok()) {
    co_return co_await RespondError(std::move(allowed));
  }
  Result<std::unique_ptr<ReplicaReader>> reader =
      co_await context_.disks.any().Run([&] { return context_.store.OpenReader(*block); });
  if (!reader.ok()) co_return co_await RespondError(reader.status());
  const Result<SendPlan> plan = PlanSend(**reader, {0, (*reader)->length()}, true);
  if (!plan.ok()) co_return co_await RespondError(plan.status());
  link_->stream->SetIdleTimeout(context_.options.stream_idle_timeout);
  BlockOpResponseProto response;
  response.set_status(hadoop::hdfs::SUCCESS);
  dfs::wire::ToProto(plan->spec, response.mutable_readopchecksuminfo()->mutable_checksum());
  response.mutable_readopchecksuminfo()->set_chunkoffset(0);
  if (!(co_await Respond(std::move(response))).ok()) co_return false;
  if (!(co_await SendBlock(context_, **reader, *link_->stream, *plan, &context_.balancing)).ok()) co_return false;
  constexpr std::string_view kTrailer("\0d", 2);  // what Hadoop's balancer reads last
  (void)co_await link_->stream->Write(kTrailer);
  co_return false;
}

net::awaitable<bool> Session::PassDescriptors() {
  hadoop::hdfs::OpRequestShortCircuitAccessProto op;
  if (!(co_await link_->input.ReadDelimited("REQUEST_SHORT_CIRCUIT_FDS", op)).ok()) co_return false;
  if (kind_ != Kind::kUnix)
    co_return co_await RespondError(InvalidArgument("descriptors can be passed over a Unix socket only"));
  if (op.maxversion() < kShortCircuitVersion)
    co_return co_await RespondError(InvalidArgument("short-circuit access is of version 1"));
  Result<dfs::ExtendedBlock> block = dfs::wire::FromProto(op.header().block());
  if (!block.ok()) co_return co_await RespondError(block.status());
  if (Status allowed = Allowed(op.header(), *block, TokenMode::kRead); !allowed.ok()) {
    co_return co_await RespondError(std::move(allowed));
  }
  Result<std::unique_ptr<ReplicaReader>> reader =
      co_await context_.disks.any().Run([&] { return context_.store.OpenReader(*block); });
  if (!reader.ok()) co_return co_await RespondError(reader.status());
  if (!(*reader)->finalized())
    co_return co_await RespondError(FailedPrecondition(ToString(block->block) + " is still being written"));
  BlockOpResponseProto response;
  response.set_status(hadoop::hdfs::SUCCESS);
  response.set_shortcircuitaccessversion(kShortCircuitVersion);
  if (!(co_await Respond(std::move(response))).ok()) co_return false;
  const std::array<int, 2> descriptors = {(*reader)->data_descriptor(), (*reader)->meta_descriptor()};
  const Status passed = co_await SendDescriptors(*link_->stream, descriptors, '\0');  // 0: no receipt is awaited
  if (!passed.ok()) {
    context_.log.Warn(passed.message());
    co_return false;
  }
  ++context_.counters.blocks_read;
  co_return true;
}

net::awaitable<bool> Session::ReleaseDescriptors() {
  hadoop::hdfs::ReleaseShortCircuitAccessRequestProto op;
  if (!(co_await link_->input.ReadDelimited("RELEASE_SHORT_CIRCUIT_FDS", op)).ok()) co_return false;
  hadoop::hdfs::ReleaseShortCircuitAccessResponseProto response;
  response.set_status(hadoop::hdfs::ERROR_INVALID);
  response.set_error("there are no shared memory slots here to be released");
  std::string bytes;
  dfs::wire::AppendDelimited(response, bytes);
  co_return (co_await link_->stream->Write(bytes)).ok();
}

net::awaitable<bool> Session::ShareMemory() {
  hadoop::hdfs::ShortCircuitShmRequestProto op;
  if (!(co_await link_->input.ReadDelimited("REQUEST_SHORT_CIRCUIT_SHM", op)).ok()) co_return false;
  hadoop::hdfs::ShortCircuitShmResponseProto response;
  // Clients go on without slots then.
  response.set_status(hadoop::hdfs::ERROR_UNSUPPORTED);
  response.set_error("shared memory slots are not supported here; descriptors are, without them");
  std::string bytes;
  dfs::wire::AppendDelimited(response, bytes);
  co_return (co_await link_->stream->Write(bytes)).ok();
}

net::awaitable<bool> Session::Custom() {
  hadoop::hdfs::OpCustomProto op;
  if (!(co_await link_->input.ReadDelimited("CUSTOM", op)).ok()) co_return false;
  if (op.customid() == dfs::wire::kWriteInPlaceId) co_return co_await WriteInPlace();
  // Named: g++ 12 destroys a temporary among the arguments of a co_await wrongly.
  std::string what = "CUSTOM \"" + op.customid() + "\" is not supported by this datanode";
  co_return co_await RespondUnsupported(std::move(what));
}

net::awaitable<bool> Session::RefuseUnsupported(Operation operation) {
  if (!(co_await link_->input.ReadDelimitedBytes()).ok()) co_return false;
  std::string what(dfs::wire::OperationName(operation));
  what += " is not supported by this datanode";
  co_return co_await RespondUnsupported(std::move(what));
}

net::awaitable<bool> Session::RespondUnsupported(std::string what) {
  BlockOpResponseProto response;
  response.set_status(hadoop::hdfs::ERROR_UNSUPPORTED);
  response.set_message(std::move(what));
  (void)co_await Respond(std::move(response));
  co_return false;
}

}  // namespace mrd::datanode
