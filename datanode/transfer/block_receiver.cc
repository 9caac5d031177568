#include "datanode/transfer/block_receiver.h"

#include <algorithm>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "common/base/check.h"
#include "common/net/co_status.h"

namespace mrd::datanode {

using dfs::wire::PipelineAck;
using dfs::wire::TransferStatus;

namespace {

// Stored in one go on a thread of the disk. Enough to make the way there and back cheap.
constexpr std::size_t kBatchBytesMax = std::size_t{4} << 20;
// How much is fetched from the socket at once.
constexpr std::size_t kFetchBytes = std::size_t{512} << 10;

}  // namespace

BlockReceiver::BlockReceiver(TransferContext& context, Setup setup)
    : context_(context),
      upstream_(std::move(setup.upstream)),
      mirror_(std::move(setup.mirror)),
      writer_(std::move(setup.writer)),
      acknowledge_(setup.acknowledge),
      verify_(setup.verify || mirror_ == nullptr),
      placed_(setup.placed) {
  MRD_CHECK(!placed_ || mirror_ == nullptr);
}

net::awaitable<Status> BlockReceiver::Run() {
  boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  upstream_->input.SetBufferBytes(kFetchBytes);
  upstream_->stream->SetIdleTimeout(context_.options.stream_idle_timeout);
  Start(executor, &BlockReceiver::StoreLoop, true);
  if (acknowledge_) Start(executor, &BlockReceiver::AckLoop, true);
  if (mirror_ != nullptr && acknowledge_) {
    mirror_->stream->SetIdleTimeout(std::chrono::milliseconds(0));  // WatchMirror() knows when an ack is due
    Start(executor, &BlockReceiver::MirrorAckLoop, true);
    Start(executor, &BlockReceiver::WatchMirror, false);
  }
  co_await ReceiveLoop();
  co_await loops_done_.Wait();
  co_return result_;
}

void BlockReceiver::Start(boost::asio::any_io_executor executor, Loop loop, bool counted) {
  if (counted) ++loops_;
  std::function<net::awaitable<void>()> body = [self = shared_from_this(), loop, counted]() -> net::awaitable<void> {
    co_await ((*self).*loop)();
    if (counted && --self->loops_ == 0) self->loops_done_.Set();
  };
  context_.runtime.Spawn(std::move(executor), std::move(body));
}

void BlockReceiver::Stop() { End(Cancelled(ToString(writer_->block()) + ": another writer or a recovery took over")); }

void BlockReceiver::End(Status status) {
  if (ended_) return;
  ended_ = true;
  // Acks that were written still reach upstream; after a failure nothing more is wanted from it.
  if (!status.ok()) upstream_->stream->Close();
  if (mirror_ != nullptr) mirror_->stream->Close();
  result_ = std::move(status);
  store_changed_.Set();
  ack_changed_.Set();
  window_changed_.Set();
  drained_.Set();
}

net::awaitable<void> BlockReceiver::ReceiveLoop() {
  while (!ended_) {
    while (!ended_ && !draining_ &&
           (queued_bytes_ >= context_.options.window_bytes || queue_.size() >= context_.options.window_packets)) {
      window_changed_.Reset();
      co_await window_changed_.Wait();
    }
    if (ended_) co_return;
    Result<Packet> packet = co_await ReadPacket(upstream_->input, placed_);
    if (ended_) co_return;
    if (draining_) {
      if (packet.ok()) continue;
      drained_.Set();
      co_return;
    }
    Status status = packet.ok() ? dfs::wire::CheckPacketChecksums(packet->header, writer_->spec()) : packet.status();
    if (!status.ok()) {
      End(std::move(status).WithContext("receive " + ToString(writer_->block())));
      co_return;
    }
    const Piece whole = packet->whole;  // the queue may let go of it before the next node has it all
    const bool last = packet->header.last_in_block;
    all_received_ = last;
    Entry entry;
    entry.end = static_cast<std::uint64_t>(packet->header.offset_in_block) + packet->header.data_bytes;
    entry.received_ns = context_.clock.MonotonicNanos();
    entry.packet = std::move(*packet);
    queued_bytes_ += whole.bytes.size();
    queue_.push_back(std::move(entry));
    store_changed_.Set();
    if (mirror_ != nullptr && !mirror_failed_) {
      const Status sent = co_await mirror_->stream->Write(whole.bytes);
      if (!sent.ok()) MirrorFailed(sent);
    }
    if (last) co_return;
  }
}

BlockReceiver::Batch BlockReceiver::NextBatch() {
  Batch batch;
  std::size_t bytes = 0;
  for (std::size_t i = stored_; i < queue_.size() && bytes < kBatchBytesMax; ++i) {
    batch.entries.push_back(&queue_[i]);  // stays where it is until it is acknowledged
    bytes += queue_[i].packet.data.size();
  }
  return batch;
}

// On a thread of the disk.
void BlockReceiver::Store(Batch& batch) {
  bool sync = false;
  for (Entry* const entry : batch.entries) {
    const Packet& packet = entry->packet;
    if (packet.header.data_bytes != 0) {
      const auto offset = static_cast<std::uint64_t>(packet.header.offset_in_block);
      batch.status = placed_ ? writer_->WritePlaced({offset, packet.header.data_bytes, packet.checksums})
                             : writer_->Write({offset, packet.data, packet.checksums}, verify_);
      if (!batch.status.ok()) break;
    }
    // The last packet's flush is part of finalizing.
    sync = sync || (packet.header.sync && !packet.header.last_in_block);
    ++batch.stored;
  }
  if (batch.status.ok() && sync) {
    batch.status = writer_->Sync();
    if (!batch.status.ok()) batch.stored = 0;
  }
  if (!batch.status.ok()) batch.status = context_.store.Blame(writer_->volume(), std::move(batch.status));
}

net::awaitable<void> BlockReceiver::StoreLoop() {
  net::BlockingPool& disk = context_.disks.Of(writer_->volume());
  for (;;) {
    while (!ended_ && stored_ == queue_.size()) {
      store_changed_.Reset();
      co_await store_changed_.Wait();
    }
    if (ended_) co_return;
    Batch batch = NextBatch();
    (void)co_await disk.Run([&] {
      Store(batch);
      return true;
    });
    bool last = false;
    for (std::size_t i = 0; i < batch.stored; ++i) {
      batch.entries[i]->stored = true;
      last = batch.entries[i]->packet.header.last_in_block;
      context_.counters.bytes_written += batch.entries[i]->packet.header.data_bytes;
    }
    stored_ += batch.stored;
    if (ended_) co_return;
    if (!batch.status.ok()) {
      store_failure_ = batch.status;
      context_.log.Warn("store " + ToString(writer_->block()) + " from " + upstream_->stream->peer().ToString() + ": " +
                        batch.status.message());
    }
    if (!acknowledge_) {
      while (stored_ > 0) PopHead();
      if (last || !batch.status.ok()) {
        End(batch.status);
        co_return;
      }
    }
    ack_changed_.Set();
    if (last || !batch.status.ok()) co_return;
  }
}

net::awaitable<void> BlockReceiver::MirrorAckLoop() {
  while (!ended_ && !mirror_failed_) {
    Result<Piece> bytes = co_await mirror_->input.ReadDelimitedBytes();
    if (ended_) co_return;
    Result<PipelineAck> ack = bytes.ok() ? dfs::wire::DecodePipelineAck(bytes->bytes) : bytes.status();
    if (!ack.ok()) {
      MirrorFailed(ack.status());
      co_return;
    }
    if (ack->seqno == dfs::wire::kOutOfBandSeqno) continue;  // it restarts; the broken connection will tell when
    mirror_done_ = all_received_ && !queue_.empty() && ack->seqno == queue_.back().packet.header.seqno;
    mirror_acks_.push_back(std::move(*ack));
    ack_changed_.Set();
    if (mirror_done_) co_return;
  }
}

void BlockReceiver::MirrorFailed(const Status& why) {
  // After the last ack the next node has done its part, and closes.
  if (ended_ || mirror_failed_ || mirror_done_) return;
  mirror_failed_ = true;
  context_.log.Warn("pipeline of " + ToString(writer_->block()) + ": next node " +
                    mirror_->stream->peer().ToString() + " failed: " + why.message());
  mirror_->stream->Close();
  ack_changed_.Set();
}

net::awaitable<void> BlockReceiver::WatchMirror() {
  const std::chrono::milliseconds limit = context_.options.mirror_ack_timeout;
  while (!ended_ && !mirror_failed_) {
    (void)co_await net::SleepFor(std::clamp(limit / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(1000)));
    if (ended_ || queue_.empty() || !mirror_acks_.empty()) continue;
    const std::int64_t waited_ns = context_.clock.MonotonicNanos() - queue_.front().received_ns;
    if (waited_ns < std::chrono::nanoseconds(limit).count()) continue;
    MirrorFailed(Status(Code::kDeadlineExceeded,
                        "no ack of packet " + std::to_string(queue_.front().packet.header.seqno) + " for " +
                            std::to_string(limit.count()) + " ms"));
  }
}

net::awaitable<bool> BlockReceiver::HeadIsReady() {
  while (!ended_) {
    if (!queue_.empty()) {
      const Entry& head = queue_.front();
      if (head.stored && HeadHasMirrorAck()) co_return true;
      if (!head.stored && !store_failure_.ok()) {
        const bool corrupt = store_failure_.code() == Code::kCorruption;
        std::vector<TransferStatus> replies{corrupt ? TransferStatus::kErrorChecksum : TransferStatus::kError};
        co_await Refuse(std::move(replies));
        End(store_failure_);
        co_return false;
      }
      if (head.stored && mirror_failed_) {
        std::vector<TransferStatus> replies(2, TransferStatus::kSuccess);
        replies[1] = TransferStatus::kError;
        co_await Refuse(std::move(replies));
        End(Unavailable(ToString(writer_->block()) + ": the next node of the pipeline failed"));
        co_return false;
      }
    }
    ack_changed_.Reset();
    co_await ack_changed_.Wait();
  }
  co_return false;
}

net::awaitable<void> BlockReceiver::AckLoop() {
  while (co_await HeadIsReady()) {
    Result<bool> last = co_await AcknowledgeReady();
    if (!last.ok() || *last) {
      End(last.status());
      co_return;
    }
  }
}

net::awaitable<Result<bool>> BlockReceiver::AcknowledgeReady() {
  std::string acks;
  while (!queue_.empty() && queue_.front().stored && HeadHasMirrorAck()) {
    const Entry& head = queue_.front();
    PipelineAck ack;
    ack.seqno = head.packet.header.seqno;
    ack.replies.push_back(TransferStatus::kSuccess);
    if (mirror_ != nullptr) {
      const PipelineAck below = std::move(mirror_acks_.front());
      mirror_acks_.pop_front();
      if (below.seqno != ack.seqno) {
        MirrorFailed(InvalidArgument("it acknowledged packet " + std::to_string(below.seqno) + " instead of " +
                                     std::to_string(ack.seqno)));
        mirror_acks_.clear();
        break;
      }
      ack.replies.insert(ack.replies.end(), below.replies.begin(), below.replies.end());
      if (dfs::wire::FirstBadReply(below) < below.replies.size()) {
        if (below.replies.front() == TransferStatus::kErrorChecksum) {
          // What the next node got is what came here or what this node made of it: the own copy tells which.
          const bool came_bad =
              dfs::wire::FindBadChunk(writer_->spec(), head.packet.data, head.packet.checksums).has_value();
          ack.replies.front() = came_bad ? TransferStatus::kErrorChecksum : TransferStatus::kError;
        }
        if (!acks.empty()) MRD_CO_RETURN_IF_ERROR(co_await upstream_->stream->Write(acks));
        co_await Refuse(std::move(ack.replies));
        co_return Unavailable(ToString(writer_->block()) + ": a node further down the pipeline failed");
      }
    }
    context_.store.crash_points().Pass("packet.before_ack");
    writer_->Acknowledge(head.end);
    const bool last = head.packet.header.last_in_block;
    if (last) {
      if (!acks.empty()) MRD_CO_RETURN_IF_ERROR(co_await upstream_->stream->Write(acks));
      acks.clear();
      Status finalized = co_await FinalizeReplica(head.packet.header.sync);
      if (!finalized.ok()) {
        std::vector<TransferStatus> replies(1, TransferStatus::kError);
        co_await Refuse(std::move(replies));
        co_return finalized;
      }
    }
    dfs::wire::AppendPipelineAck(ack, acks);
    PopHead();
    if (last) {
      context_.store.crash_points().Pass("block.before_last_ack");
      MRD_CO_RETURN_IF_ERROR(co_await upstream_->stream->Write(acks));
      co_return true;
    }
  }
  if (!acks.empty()) MRD_CO_RETURN_IF_ERROR(co_await upstream_->stream->Write(acks));
  co_return false;
}

void BlockReceiver::PopHead() {
  queued_bytes_ -= queue_.front().packet.whole.bytes.size();
  queue_.pop_front();
  --stored_;
  window_changed_.Set();
}

net::awaitable<Status> BlockReceiver::FinalizeReplica(bool sync) {
  Result<FinalizedReplica> finalized = co_await context_.disks.Of(writer_->volume()).Run([&] {
    return context_.store.Finalize(writer_, sync);
  });
  if (!finalized.ok()) co_return finalized.status();
  ++context_.counters.blocks_written;
  context_.log.Info("received block=" + ToString(finalized->block) + " bytes=" + std::to_string(finalized->block.length) +
                    " from=" + upstream_->stream->peer().ToString());
  context_.store.crash_points().Pass("block.before_report");
  co_await context_.events.Received(finalized->block, finalized->storage_id, std::string());
  co_return Status::Ok();
}

net::awaitable<void> BlockReceiver::Refuse(std::vector<TransferStatus> replies) {
  PipelineAck ack;
  ack.seqno = queue_.front().packet.header.seqno;
  ack.replies = std::move(replies);
  std::string bytes;
  dfs::wire::AppendPipelineAck(ack, bytes);
  const Status told = co_await upstream_->stream->Write(bytes);
  // Closing while packets still come in would reset the connection, and the ack with it.
  if (!told.ok() || ended_ || all_received_) co_return;
  upstream_->stream->CloseWrite();
  draining_ = true;
  window_changed_.Set();
  boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  Start(executor, &BlockReceiver::EndDrainLater, false);
  co_await drained_.Wait();
}

net::awaitable<void> BlockReceiver::EndDrainLater() {
  (void)co_await net::SleepFor(context_.options.drain_timeout);
  drained_.Set();
}

}  // namespace mrd::datanode
