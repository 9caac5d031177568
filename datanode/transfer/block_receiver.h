#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "common/net/event.h"
#include "common/net/stream.h"
#include "datanode/store/replica_writer.h"
#include "datanode/transfer/input.h"
#include "datanode/transfer/packet_input.h"
#include "datanode/transfer/transfer_context.h"
#include "dfs/wire/pipeline_ack.h"

namespace mrd::datanode {

// A connection with what is buffered of it.
struct Link {
  explicit Link(std::unique_ptr<net::Stream> s) : stream(std::move(s)), input(*stream) {}
  std::unique_ptr<net::Stream> stream;
  Input input;
};

// Takes the packets of one block: stores them, passes them on to the next node, and acknowledges upstream what is stored
// here and acknowledged downstream.
//
// Four coroutines share a queue of packets on one executor: one receives and passes on, one stores batches on the volume's
// threads, one reads the next node's acks, one acknowledges in order. Nobody waits per packet; the queue has a bound in bytes
// and in packets.
//
// What ends a session badly is told upstream as an ack with a status that names the node at fault, then the session
// stops. The replica stays as it is; whoever owns the receiver calls BlockStore::Leave().
class BlockReceiver : public std::enable_shared_from_this<BlockReceiver> {
 public:
  struct Setup {
    std::shared_ptr<Link> upstream;
    std::shared_ptr<Link> mirror;  // the next node; null for the last
    std::shared_ptr<ReplicaWriter> writer;
    bool acknowledge = true;       // a client's pipeline: acks go upstream, the replica is finalized before the last one
    bool verify = true;            // compare checksums although there is a next node
    bool placed = false;           // packets come without data, which lie in the lent file; only without a next node
  };
  BlockReceiver(TransferContext& context, Setup setup);

  // Until the last packet is stored, and acknowledged where acks are sent. kUnavailable when upstream left before. Without
  // acks the replica is left to the caller to finalize.
  net::awaitable<Status> Run();
  // Ends the session from outside: the replica was taken over. On the executor of Run().
  void Stop();

 private:
  struct Entry {
    Packet packet;
    std::uint64_t end = 0;  // of its data in the block
    std::int64_t received_ns = 0;
    bool stored = false;
  };
  struct Batch {
    std::vector<Entry*> entries;
    std::size_t stored = 0;
    Status status;  // why not all are
  };
  using Loop = net::awaitable<void> (BlockReceiver::*)();

  net::awaitable<void> ReceiveLoop();
  net::awaitable<void> StoreLoop();
  net::awaitable<void> MirrorAckLoop();
  net::awaitable<void> AckLoop();
  net::awaitable<void> WatchMirror();
  net::awaitable<void> EndDrainLater();

  void Start(boost::asio::any_io_executor executor, Loop loop, bool counted);
  Batch NextBatch();
  void Store(Batch& batch);
  // Waits until the oldest packet is stored and acknowledged downstream; false when the session ends instead.
  net::awaitable<bool> HeadIsReady();
  // Acknowledges the packets that are ready. True when the last one is among them.
  net::awaitable<Result<bool>> AcknowledgeReady();
  net::awaitable<Status> FinalizeReplica(bool sync);
  // Tells upstream how the oldest packet ended here and downstream, and lets it take the news.
  net::awaitable<void> Refuse(std::vector<dfs::wire::TransferStatus> replies);
  void PopHead();
  bool HeadHasMirrorAck() const { return mirror_ == nullptr || !mirror_acks_.empty(); }
  void MirrorFailed(const Status& why);
  void End(Status status);

  TransferContext& context_;
  const std::shared_ptr<Link> upstream_;
  const std::shared_ptr<Link> mirror_;
  const std::shared_ptr<ReplicaWriter> writer_;
  const bool acknowledge_;
  const bool verify_;
  const bool placed_;

  // Owned by the executor of Run().
  std::deque<Entry> queue_;     // oldest first
  std::size_t stored_ = 0;      // of them, from the front
  std::size_t queued_bytes_ = 0;
  std::deque<dfs::wire::PipelineAck> mirror_acks_;
  bool all_received_ = false;   // the last packet is in the queue
  bool draining_ = false;       // upstream was told of a failure; what still comes is dropped
  bool mirror_failed_ = false;
  bool mirror_done_ = false;    // the last packet's ack came from the next node
  bool ended_ = false;
  Status result_;
  Status store_failure_;
  int loops_ = 0;
  net::Event store_changed_;    // something to store
  net::Event ack_changed_;      // something to acknowledge, or to tell
  net::Event window_changed_;   // room in the queue
  net::Event drained_;
  net::Event loops_done_;
};

}  // namespace mrd::datanode
