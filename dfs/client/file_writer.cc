#include "dfs/client/file_writer.h"

#include <algorithm>
#include <utility>

#include "common/net/co_status.h"
#include "common/net/runtime.h"
#include "dfs/errors.h"
#include "dfs/wire/packet.h"
#include "dfs/wire/transfer_status.h"

namespace mrd::dfs::client {

namespace {

std::size_t PacketsInFlight(std::size_t packet_bytes) {
  return std::clamp<std::size_t>(kBytesInFlightMax / packet_bytes, 2, kPacketsInFlightMax);
}

}  // namespace

FileWriter::FileWriter(Context& context, WriteTarget target)
    : context_(context),
      target_(std::move(target)),
      news_(context.executor()),
      queue_(PacketsInFlight(context.options.packet_bytes), [this] { news_.NotifyFromAnywhere(shared_from_this()); }) {}

void FileWriter::Place(Packet& packet) {
  if (packet.data_bytes == 0) return;
  std::shared_ptr<PlacedFile> file;
  {
    const std::lock_guard lock(placed_mutex_);
    if (placed_block_ == packet.block_number) file = placed_;
  }
  if (file && file->Write(packet.offset_in_block, packet.data_view()).ok()) packet.placed_in = std::move(file);
}

void FileWriter::OfferPlaced(std::shared_ptr<PlacedFile> file) {
  const std::lock_guard lock(placed_mutex_);
  placed_ = std::move(file);
  if (placed_) placed_block_ = queue_.Front().block_number;
}

std::string FileWriter::Subject() const {
  if (!block_) return "write " + target_.file.path;
  return "write " + ToString(block_->block.block) + " of " + target_.file.path;
}

awaitable<void> FileWriter::Run() {
  const std::shared_ptr<FileWriter> self = shared_from_this();
  context_.leases().FileOpened();
  const Status outcome = co_await SendAll();
  co_await DropPipeline();
  block_.reset();
  context_.leases().FileClosed();
  queue_.Finish(outcome);
}

awaitable<Status> FileWriter::SendAll() {
  while (true) {
    if (block_ && block_->failure) {
      MRD_CO_RETURN_IF_ERROR(co_await Recover());
      continue;
    }
    switch (queue_.Look()) {
      case WriteQueue::News::kAborted:
        co_return Cancelled(Subject() + ": the file was not closed");
      case WriteQueue::News::kClosed:
        co_return co_await CompleteFile();
      case WriteQueue::News::kNone:
        co_await WaitForNews();
        break;
      case WriteQueue::News::kPacket:
        MRD_CO_RETURN_IF_ERROR(co_await SendNext());
        break;
    }
  }
}

// Waits for packets or a failure. While a pipeline is idle a heartbeat now and then keeps its nodes from giving us up.
awaitable<void> FileWriter::WaitForNews() {
  if (!block_ || !block_->pipeline) {
    co_await news_.Wait();
    co_return;
  }
  const std::int64_t before = context_.clock.MonotonicNanos();
  co_await news_.WaitFor(context_.options.heartbeat_interval);
  const std::chrono::nanoseconds waited(context_.clock.MonotonicNanos() - before);
  if (waited < context_.options.heartbeat_interval || block_->failure) co_return;
  const Status sent = co_await block_->pipeline->SendHeartbeat();
  if (!sent.ok()) Fail({sent, 0, false});
}

// Until everything that was sent is acknowledged, or the pipeline failed, which is OK here, or the user gave up.
awaitable<Status> FileWriter::WaitForAcks() {
  while (!unacknowledged_.empty() && !block_->failure) {
    if (queue_.Look() == WriteQueue::News::kAborted) co_return Cancelled(Subject() + ": the file was not closed");
    co_await news_.Wait();
  }
  co_return Status::Ok();
}

awaitable<Status> FileWriter::SendNext() {
  if (!block_) MRD_CO_RETURN_IF_ERROR(co_await BeginBlock());
  if (block_->failure) co_return Status::Ok();
  // The end of a block goes out when all else has arrived: what a datanode that fails then may lack is the end alone.
  const bool last = queue_.Front().last_in_block;
  if (last) {
    MRD_CO_RETURN_IF_ERROR(co_await WaitForAcks());
    if (block_->failure) co_return Status::Ok();
  }
  unacknowledged_.push_back(queue_.Take());
  const std::shared_ptr<const Packet> packet = unacknowledged_.back();  // its ack may come before Send() returns
  block_->sent_bytes = std::max(block_->sent_bytes, packet->end_in_block());
  const Status sent = co_await block_->pipeline->Send(*packet);
  if (!sent.ok()) {
    Fail({sent, 0, false});
    co_return Status::Ok();
  }
  if (last) {
    MRD_CO_RETURN_IF_ERROR(co_await WaitForAcks());
    if (unacknowledged_.empty()) {
      co_await DropPipeline();
      EndBlock();
    }
  }
  co_return Status::Ok();
}

void FileWriter::EndBlock() {
  finished_block_ = std::move(block_->block);
  block_.reset();
}

PipelineSetup FileWriter::Setup(Stage stage, GenerationStamp new_stamp) const {
  PipelineSetup setup;
  setup.block = block_->block;
  setup.nodes = block_->nodes;
  setup.stage = stage;
  setup.new_stamp = new_stamp;
  setup.acknowledged_bytes = block_->block.block.length;
  setup.sent_bytes = std::max(block_->sent_bytes, setup.acknowledged_bytes);
  setup.block_size = target_.block_size;
  setup.checksum = target_.checksum;
  return setup;
}

// Makes a pipeline for the block that the packets at hand belong to: the one that the file ends with, or a new one.
awaitable<Status> FileWriter::BeginBlock() {
  if (target_.last_block && !finished_block_) {
    block_.emplace();
    block_->block = target_.last_block->block;
    block_->nodes = target_.last_block->locations;
    block_->sent_bytes = block_->block.block.length;
    block_->visible = true;
    co_return co_await SetUpAgain(Stage::OpWriteBlockProto_BlockConstructionStage_PIPELINE_SETUP_APPEND, std::nullopt);
  }
  PipelineFailure failure;
  for (int attempt = 0; attempt <= context_.options.block_write_retries; ++attempt) {
    MRD_CO_ASSIGN_OR_RETURN(LocatedBlock located, co_await AllocateBlock());
    if (located.locations.empty()) co_return Internal("addBlock of " + target_.file.path + " named no datanode");
    block_.emplace();
    block_->block = std::move(located.block);
    block_->block.block.length = 0;
    block_->nodes = std::move(located.locations);
    PipelineSetup setup =
        Setup(Stage::OpWriteBlockProto_BlockConstructionStage_PIPELINE_SETUP_CREATE, GenerationStamp{});
    block_->pipeline = co_await Pipeline::Open(context_.transport(), std::move(setup), failure);
    if (block_->pipeline) {
      OfferPlaced(block_->pipeline->placed());
      StartReceiving();
      co_return Status::Ok();
    }
    const DatanodeInfo bad = block_->nodes[failure.bad_node].node;
    failure.why = std::move(failure.why).WithContext(Subject() + " to " + bad.id.XferAddress());
    excluded_.push_back(bad);
    ExtendedBlock abandoned = std::move(block_->block);
    block_.reset();
    MRD_CO_RETURN_IF_ERROR(co_await context_.namenode().AbandonBlock(target_.file, std::move(abandoned)));
  }
  co_return std::move(failure.why)
      .WithContext("no pipeline after " + std::to_string(context_.options.block_write_retries + 1) + " attempts");
}

// addBlock, again while the block before has too few replicas.
awaitable<Result<LocatedBlock>> FileWriter::AllocateBlock() {
  milliseconds delay = context_.options.locate_following_delay;
  for (int attempt = 0;; ++attempt) {
    AddBlockRequest request;
    request.file = target_.file;
    request.previous = finished_block_;
    request.excluded = excluded_;
    Result<LocatedBlock> located = co_await context_.namenode().AddBlock(std::move(request));
    const bool again = !located.ok() && located.status().tag() == java::kNotReplicatedYet;
    if (!again || attempt >= context_.options.locate_following_retries) co_return located;
    const Status slept = co_await net::SleepFor(delay);
    if (!slept.ok()) co_return slept;
    delay *= 2;
  }
}

awaitable<Status> FileWriter::CompleteFile() {
  milliseconds delay = context_.options.locate_following_delay;
  for (int attempt = 0;; ++attempt) {
    MRD_CO_ASSIGN_OR_RETURN(const bool complete,
                            co_await context_.namenode().Complete(target_.file, finished_block_));
    if (complete) co_return Status::Ok();
    if (attempt >= context_.options.locate_following_retries) break;
    const Status slept = co_await net::SleepFor(delay);
    if (!slept.ok()) co_return slept;
    delay *= 2;
  }
  co_return Unavailable("close " + target_.file.path + ": its last block" +
                        (finished_block_ ? " " + ToString(finished_block_->block) : "") +
                        " has fewer replicas than the namenode asks for, " +
                        std::to_string(context_.options.locate_following_retries + 1) +
                        " times; its datanodes may be unable to reach the namenode");
}

void FileWriter::StartReceiving() {
  block_->failure.reset();
  block_->receiving = true;
  auto receive = [self = shared_from_this()] { return self->ReceiveAcks(*self->block_->pipeline); };
  context_.Spawn(receive);
}

// Until the block's end is acknowledged, or the pipeline fails, or it is closed from our side.
awaitable<void> FileWriter::ReceiveAcks(Pipeline& pipeline) {
  while (!block_->failure) {
    const Result<wire::PipelineAck> ack = co_await pipeline.ReceiveAck();
    if (block_->failure) break;
    if (!ack.ok()) {
      Fail({ack.status(), 0, false});
      break;
    }
    const bool ends_block = !unacknowledged_.empty() && unacknowledged_.front()->last_in_block &&
                            ack->seqno == unacknowledged_.front()->seqno;
    if (std::optional<PipelineFailure> failure = TakeAck(*ack)) {
      Fail(*std::move(failure));
      break;
    }
    news_.Notify();
    if (ends_block) break;
  }
  block_->receiving = false;
  news_.Notify();
}

std::optional<PipelineFailure> FileWriter::TakeAck(const wire::PipelineAck& ack) {
  const std::size_t bad = wire::FirstBadReply(ack);
  if (bad < ack.replies.size()) {
    const wire::TransferStatus status = ack.replies[bad];
    return PipelineFailure{Unavailable("it answered " + std::string(wire::TransferStatusName(status))), bad,
                           status == wire::TransferStatus::kOobRestart};
  }
  if (ack.seqno == wire::kHeartbeatSeqno) return std::nullopt;
  if (unacknowledged_.empty() || ack.seqno != unacknowledged_.front()->seqno) {
    return PipelineFailure{IoError("it acknowledged packet " + std::to_string(ack.seqno) + " out of turn"), 0, false};
  }
  block_->block.block.length = std::max(block_->block.block.length, unacknowledged_.front()->end_in_block());
  recoveries_ = 0;
  unacknowledged_.pop_front();
  queue_.Acknowledged(ack.seqno);
  return std::nullopt;
}

// Only the first failure of a pipeline tells what happened; the others follow from it.
void FileWriter::Fail(PipelineFailure failure) {
  if (block_->failure) return;
  block_->failure = std::move(failure);
  if (block_->pipeline) block_->pipeline->Close();
  news_.Notify();
}

// Afterwards nobody receives and the connection is closed.
awaitable<void> FileWriter::DropPipeline() {
  if (!block_ || !block_->pipeline) co_return;
  if (!block_->failure) block_->failure.emplace();  // whatever comes from here on is of no interest
  block_->pipeline->Close();
  OfferPlaced(nullptr);
  while (block_->receiving) co_await news_.Wait();
  block_->pipeline.reset();
}

}  // namespace mrd::dfs::client
