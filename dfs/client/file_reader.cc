#include "dfs/client/file_reader.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "common/net/co_status.h"
#include "common/net/runtime.h"
#include "dfs/client/block_operation.h"
#include "dfs/client/hedge.h"

namespace mrd::dfs::client {
namespace {

// Fresh locations bring fresh tokens; a datanode that refuses those too counts as failed.
constexpr int kTokenRefreshesMax = 1;

constexpr const char* kBlockMissing = "org.apache.hadoop.hdfs.BlockMissingException";

}  // namespace

// The way of one piece to the replica that gives it.
struct FileReader::Search {
  std::uint64_t offset = 0;  // in the file
  LocatedBlock block;
  std::set<std::string> tried;  // uuids, in this round
  int rounds = 0;
  int token_refreshes = 0;
  Status last_error;
  std::string last_peer;
};

std::optional<std::size_t> FileReader::Choose(const LocatedBlock& block, const std::set<std::string>& tried) const {
  for (std::size_t i = 0; i < block.locations.size(); ++i) {
    const std::string& uuid = block.locations[i].node.id.uuid;
    if (!tried.contains(uuid) && !dead_.contains(uuid)) return i;
  }
  return std::nullopt;
}

// Remembers a failure of a replica.
awaitable<void> FileReader::Note(const LocatedBlock& failed, std::size_t replica, Status error) {
  const LocatedBlock block = failed;  // `failed` may be gone when the namenode has answered
  const DatanodeInfo& node = block.locations[replica].node;
  dead_.insert(node.id.uuid);
  if (error.code() != Code::kCorruption) co_return;
  LocatedBlock report;
  report.block = block.block;
  report.offset = block.offset;
  report.locations.push_back(block.locations[replica]);
  // It is a hint for the namenode: the read goes on elsewhere whatever becomes of it.
  const Status reported = co_await context_.namenode().ReportBadBlock(std::move(report));
  static_cast<void>(reported);
}

// No replica is left to try: waits, asks the namenode anew and begins again, a bounded number of times.
awaitable<Status> FileReader::AfterAllFailed(Search& search) {
  const std::size_t replicas = search.block.locations.size();
  if (search.rounds >= context_.options.block_acquire_failures_max) {
    const std::string what = "read " + ToString(search.block.block.block) + " of " + blocks_.path() + " at " +
                             std::to_string(search.offset);
    if (replicas == 0) {
      co_return Unavailable(what + ": no datanode has it now; see \"hdfs fsck " + blocks_.path() + "\"")
          .WithTag(kBlockMissing);
    }
    co_return Status(search.last_error.code() == Code::kCorruption ? Code::kCorruption : Code::kUnavailable,
                     what + " from " + search.last_peer + ": " + search.last_error.message() + " (" +
                         std::to_string(search.tried.size()) + " of " + std::to_string(replicas) + " replicas tried, " +
                         std::to_string(search.rounds + 1) + " times)")
        .WithTag(kBlockMissing);
  }
  // The longer it lasts the longer the wait, and at different times for different readers.
  const auto base = context_.options.retry_window_base;
  const auto jitter = base * (search.rounds + 1) * context_.random().NextDouble();
  const Status slept = co_await net::SleepFor(base * search.rounds +
                                              std::chrono::duration_cast<milliseconds>(jitter));
  if (!slept.ok()) co_return slept;
  ++search.rounds;
  search.tried.clear();
  dead_.clear();
  MRD_CO_ASSIGN_OR_RETURN(search.block, co_await blocks_.FindAgain(search.offset));
  co_return Status::Ok();
}

// Reads on with the stream that is open, where it fits. kNotFound: there is none.
awaitable<Status> FileReader::TryStream(std::uint64_t offset, char* out, std::size_t size) {
  if (!stream_ || stream_->block.offset + stream_->reader->position() != offset || stream_->reader->remaining() < size) {
    stream_.reset();
    co_return NotFound("no stream at that place");
  }
  const Status read = co_await stream_->reader->Read(out, size);
  if (!read.ok()) {
    const Source failed = *std::exchange(stream_, std::nullopt);
    co_await Note(failed.block, failed.replica, read);
    co_return read;
  }
  if (stream_->reader->remaining() == 0) {
    std::unique_ptr<BlockReader> done = std::move(stream_->reader);
    stream_.reset();
    co_await BlockReader::Finish(std::move(done));
  }
  co_return Status::Ok();
}

// A piece that lies within one block.
awaitable<Status> FileReader::ReadPiece(std::uint64_t offset, char* out, std::size_t size, Extent extent) {
  Search search;
  search.offset = offset;
  MRD_CO_ASSIGN_OR_RETURN(search.block, co_await blocks_.Find(offset));
  while (true) {
    const std::optional<std::size_t> replica = Choose(search.block, search.tried);
    if (!replica) {
      MRD_CO_RETURN_IF_ERROR(co_await AfterAllFailed(search));
      continue;
    }
    const DatanodeId node = search.block.locations[*replica].node.id;
    BlockRange range;
    range.block = search.block.block;
    range.offset = offset - search.block.offset;
    range.length = extent == Extent::kPiece ? size : range.block.block.length - range.offset;
    Result<std::unique_ptr<BlockReader>> reader = co_await BlockReader::Open(context_.transport(), node, std::move(range));
    Status status = reader.status();
    if (status.ok()) status = co_await (*reader)->Read(out, size);
    if (status.ok()) {
      if ((*reader)->remaining() == 0) {
        co_await BlockReader::Finish(*std::move(reader));
      } else {
        stream_.emplace();
        stream_->reader = *std::move(reader);
        stream_->block = search.block;
        stream_->replica = *replica;
      }
      co_return Status::Ok();
    }
    search.last_error = status;
    search.last_peer = node.XferAddress();
    if (status.tag() == kAccessTokenTag && search.token_refreshes < kTokenRefreshesMax) {
      ++search.token_refreshes;
      MRD_CO_ASSIGN_OR_RETURN(search.block, co_await blocks_.FindAgain(offset));
      continue;
    }
    search.tried.insert(node.uuid);
    co_await Note(search.block, *replica, status);
  }
}

// Asks one datanode, and another one too when the first is slow. Any failure leaves it to ReadPiece().
awaitable<Status> FileReader::ReadHedged(LocatedBlock block, std::uint64_t offset, char* out, std::size_t size) {
  std::vector<DatanodeId> nodes;
  for (const ReplicaLocation& replica : block.locations) {
    if (!dead_.contains(replica.node.id.uuid)) nodes.push_back(replica.node.id);
  }
  std::stable_partition(nodes.begin(), nodes.end(), [this](const DatanodeId& node) { return node.uuid == quick_; });
  std::vector<std::string> uuids;
  for (const DatanodeId& node : nodes) uuids.push_back(node.uuid);
  BlockRange range;
  range.block = block.block;
  range.offset = offset - block.offset;
  range.length = size;
  const Result<std::size_t> winner = co_await HedgedRead(context_, std::move(nodes), std::move(range), out);
  if (!winner.ok()) co_return winner.status();
  quick_ = uuids[*winner];
  co_return Status::Ok();
}

awaitable<Status> FileReader::ReadAt(std::uint64_t offset, char* out, std::size_t size) {
  while (size > 0) {
    MRD_CO_ASSIGN_OR_RETURN(LocatedBlock block, co_await blocks_.Find(offset));
    const std::uint64_t left = block.offset + block.block.block.length - offset;
    const std::size_t part = std::min<std::uint64_t>(size, left);
    Status read = NotFound("no hedged reads");
    if (context_.options.hedged_reads_max > 0 && block.locations.size() > 1) {
      read = co_await ReadHedged(std::move(block), offset, out, part);
    }
    if (!read.ok()) read = co_await ReadPiece(offset, out, part, Extent::kPiece);
    if (!read.ok()) co_return read;
    offset += part;
    out += part;
    size -= part;
  }
  co_return Status::Ok();
}

awaitable<Status> FileReader::ReadOn(std::uint64_t offset, char* out, std::size_t size) {
  if (context_.options.hedged_reads_max > 0) co_return co_await ReadAt(offset, out, size);
  while (size > 0) {
    std::size_t part = size;
    if (stream_ && stream_->block.offset + stream_->reader->position() == offset) {
      part = std::min<std::uint64_t>(size, stream_->reader->remaining());
    } else {
      MRD_CO_ASSIGN_OR_RETURN(const LocatedBlock block, co_await blocks_.Find(offset));
      part = std::min<std::uint64_t>(size, block.offset + block.block.block.length - offset);
    }
    Status read = co_await TryStream(offset, out, part);
    if (!read.ok()) read = co_await ReadPiece(offset, out, part, Extent::kToBlockEnd);
    if (!read.ok()) co_return read;
    offset += part;
    out += part;
    size -= part;
  }
  co_return Status::Ok();
}

}  // namespace mrd::dfs::client
