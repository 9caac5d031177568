#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "dfs/client/context.h"
#include "dfs/client/packet.h"
#include "dfs/client/pipeline.h"
#include "dfs/client/signal.h"
#include "dfs/client/write_queue.h"
#include "dfs/types.h"

namespace mrd::dfs::client {

// A file as it was opened for writing.
struct WriteTarget {
  OpenFile file;
  std::uint64_t block_size = 0;
  std::uint32_t replication = 0;
  wire::ChecksumSpec checksum;
  std::optional<LocatedBlock> last_block;  // to be gone on with (append)
};

// Sends the packets of one file: asks the namenode for blocks, sets up their pipelines, keeps packets until every datanode
// has them, and when a datanode fails goes on with the others, or a new one, sending again what was not acknowledged.
//
// One coroutine sends (Run), another receives acks for each pipeline. Both on the client's thread; what they share is safe
// between two awaits. Place() is the user's. Held by shared_ptr, by the user and by both coroutines. The context must outlive it.
class FileWriter : public std::enable_shared_from_this<FileWriter> {
 public:
  FileWriter(Context& context, WriteTarget target);

  WriteQueue& queue() { return queue_; }
  // Puts the data of a packet that is about to be pushed into its block's file, where that is lent to us: the bytes are in
  // the cache of the user's thread. Otherwise, or when it fails, they go when the packet is sent. On the user's thread.
  void Place(Packet& packet);
  // Works through the queue until it is closed and the file complete, or until writing failed; tells the queue.
  awaitable<void> Run();

  // The block that is being written, else the last one that was; for fsync. On the client's thread.
  std::optional<ExtendedBlock> block() const { return block_ ? block_->block : finished_block_; }
  // What was acknowledged may have been read by others: from now on a lost datanode is replaced sooner.
  void NoteFlushed() {
    if (block_) block_->visible = true;
  }
  const WriteTarget& target() const { return target_; }

 private:
  // The block at hand. `block.block.length` is what all datanodes have acknowledged.
  struct Active {
    ExtendedBlock block;
    std::vector<ReplicaLocation> nodes;
    std::uint64_t sent_bytes = 0;
    bool visible = false;  // appended to or flushed
    std::unique_ptr<Pipeline> pipeline;
    std::optional<PipelineFailure> failure;
    bool receiving = false;  // a coroutine receives acks
  };

  awaitable<Status> SendAll();
  awaitable<Status> SendNext();
  awaitable<void> WaitForNews();
  awaitable<Status> WaitForAcks();
  awaitable<Status> BeginBlock();
  awaitable<Result<LocatedBlock>> AllocateBlock();
  awaitable<Status> CompleteFile();
  void EndBlock();
  void OfferPlaced(std::shared_ptr<PlacedFile> file);

  void StartReceiving();
  awaitable<void> ReceiveAcks(Pipeline& pipeline);
  std::optional<PipelineFailure> TakeAck(const wire::PipelineAck& ack);
  void Fail(PipelineFailure failure);
  awaitable<void> DropPipeline();

  // file_writer_recovery.cc
  awaitable<Status> Recover();
  awaitable<Status> SetUpAgain(Stage stage, std::optional<PipelineFailure> failure);
  awaitable<Status> RemoveBadNode(PipelineFailure failure);
  awaitable<Status> AddNode(Stage stage);
  awaitable<Status> CopyTo(std::size_t new_node);

  PipelineSetup Setup(Stage stage, GenerationStamp new_stamp) const;
  std::string Subject() const;  // "write blk_…_… of /path"

  Context& context_;
  const WriteTarget target_;
  Signal news_;  // packets, acks, failures
  WriteQueue queue_;

  std::mutex placed_mutex_;
  std::shared_ptr<PlacedFile> placed_;  // of the block at hand; guarded by the mutex, as is
  std::uint64_t placed_block_ = 0;      // its number

  std::optional<Active> block_;
  std::optional<ExtendedBlock> finished_block_;
  std::deque<std::shared_ptr<const Packet>> unacknowledged_;  // sent, in order
  std::vector<DatanodeInfo> excluded_;  // not to be offered again for this file
  int recoveries_ = 0;                  // since the last ack
};

}  // namespace mrd::dfs::client
