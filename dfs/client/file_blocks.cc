#include "dfs/client/file_blocks.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/net/co_status.h"
#include "common/net/runtime.h"
#include "dfs/errors.h"

namespace mrd::dfs::client {
namespace {

// How much of a file one call asks the locations of.
constexpr std::uint64_t kStretchBytes = std::uint64_t{16} << 30;
// How often the datanodes of a block under construction are asked for its length while none can be reached.
constexpr int kLengthRounds = 3;
constexpr std::chrono::milliseconds kLengthRoundDelay{4'000};

bool EndsAtOrBefore(const LocatedBlock& block, std::uint64_t offset) {
  return block.offset + block.block.block.length <= offset;
}

}  // namespace

awaitable<Status> FileBlocks::Open() {
  FileRange range{path_, 0, kStretchBytes};
  MRD_CO_ASSIGN_OR_RETURN(LocatedBlocks located, co_await context_.namenode().GetBlockLocations(std::move(range)));
  length_ = located.file_length;
  for (LocatedBlock& block : located.blocks) Keep(std::move(block));
  if (located.last_block && !located.last_block_complete) {
    MRD_CO_RETURN_IF_ERROR(co_await MeasureLastBlock(std::move(*located.last_block)));
  }
  co_return Status::Ok();
}

// Adds what can be read of a block under construction to the length.
awaitable<Status> FileBlocks::MeasureLastBlock(LocatedBlock block) {
  open_block_ = block.block.block.id;
  if (block.locations.empty()) co_return Status::Ok();
  Status last_error;
  for (int round = 1; round <= kLengthRounds; ++round) {
    std::size_t without_replica = 0;
    for (const ReplicaLocation& replica : block.locations) {
      const Result<std::uint64_t> length = co_await context_.VisibleLength(replica.node.id, block.block);
      if (length.ok()) {
        block.block.block.length = *length;
        length_ = std::max(length_, block.offset + *length);
        Keep(std::move(block));
        co_return Status::Ok();
      }
      last_error = length.status();
      if (last_error.tag() == java::kReplicaNotFound) ++without_replica;
    }
    // The writer has the block but has not begun it.
    if (without_replica == block.locations.size()) co_return Status::Ok();
    if (round == kLengthRounds) break;
    const Status slept = co_await net::SleepFor(kLengthRoundDelay);
    if (!slept.ok()) co_return slept;
  }
  co_return Unavailable("open " + path_ + ": no datanode tells the length of its last block " +
                        ToString(block.block.block) + ", which is being written: " + last_error.message());
}

void FileBlocks::Keep(LocatedBlock block) {
  if (block.block.block.length == 0) return;
  const auto place = std::lower_bound(blocks_.begin(), blocks_.end(), block.offset,
                                      [](const LocatedBlock& one, std::uint64_t offset) { return one.offset < offset; });
  if (place != blocks_.end() && place->offset == block.offset) {
    *place = std::move(block);
  } else {
    blocks_.insert(place, std::move(block));
  }
}

const LocatedBlock* FileBlocks::Known(std::uint64_t offset) const {
  const auto place = std::partition_point(blocks_.begin(), blocks_.end(),
                                          [&](const LocatedBlock& block) { return EndsAtOrBefore(block, offset); });
  return place != blocks_.end() && place->offset <= offset ? &*place : nullptr;
}

awaitable<Status> FileBlocks::Fetch(std::uint64_t offset, std::uint64_t length) {
  FileRange range{path_, offset, length};
  MRD_CO_ASSIGN_OR_RETURN(LocatedBlocks located, co_await context_.namenode().GetBlockLocations(std::move(range)));
  for (LocatedBlock& block : located.blocks) {
    // The namenode does not know how much of the last block of an open file was written; we asked its datanodes.
    const LocatedBlock* known = Known(block.offset);
    if (known != nullptr && known->block.block.id == block.block.block.id) {
      block.block.block.length = std::max(block.block.block.length, known->block.block.length);
    }
    Keep(std::move(block));
  }
  co_return Status::Ok();
}

awaitable<Result<LocatedBlock>> FileBlocks::Find(std::uint64_t offset) {
  if (const LocatedBlock* known = Known(offset)) co_return *known;
  MRD_CO_RETURN_IF_ERROR(co_await Fetch(offset, kStretchBytes));
  if (const LocatedBlock* known = Known(offset)) co_return *known;
  co_return FailedPrecondition("read " + path_ + " at " + std::to_string(offset) +
                               ": the file has no such byte any more; it was truncated or replaced");
}

awaitable<Result<LocatedBlock>> FileBlocks::FindAgain(std::uint64_t offset) {
  const LocatedBlock* known = Known(offset);
  const BlockId before = known != nullptr ? known->block.block.id : BlockId{};
  MRD_CO_RETURN_IF_ERROR(co_await Fetch(offset, 1));
  MRD_CO_ASSIGN_OR_RETURN(LocatedBlock found, co_await Find(offset));
  if (before != BlockId{} && found.block.block.id != before) {
    co_return FailedPrecondition("read " + path_ + " at " + std::to_string(offset) + ": " + ToString(found.block.block) +
                                 " is there now; the file was replaced while it was read");
  }
  co_return found;
}

}  // namespace mrd::dfs::client
