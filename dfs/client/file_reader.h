#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "common/base/status.h"
#include "dfs/client/block_reader.h"
#include "dfs/client/context.h"
#include "dfs/client/file_blocks.h"
#include "dfs/types.h"

namespace mrd::dfs::client {

// Reads a file from its datanodes: picks a replica of each block, goes to the next when one fails, asks the namenode again
// when all have. Bytes that do not match their checksums are reported to the namenode, which has them verified.
//
// On the client's thread. The context must outlive it. ReadAt() may be under way several times at once; ReadOn() once.
class FileReader {
 public:
  FileReader(Context& context, std::string path) : context_(context), blocks_(context, std::move(path)) {}

  awaitable<Status> Open() { return blocks_.Open(); }
  std::uint64_t length() const { return blocks_.length(); }
  FileBlocks& blocks() { return blocks_; }

  // Fills `out` with the bytes at `offset`: just these are asked of datanodes. REQUIRES: the range lies within length().
  awaitable<Status> ReadAt(std::uint64_t offset, char* out, std::size_t size);
  // The same for reading on: the datanode is asked for everything up to the block's end and keeps sending; the next call is
  // cheap when it goes on where this one ends. With hedged reads as ReadAt(): a stream that stands still cannot be hedged.
  awaitable<Status> ReadOn(std::uint64_t offset, char* out, std::size_t size);
  // Ends what ReadOn() keeps.
  void StopReadingOn() { stream_.reset(); }

 private:
  // A reader at work and whom it reads from.
  struct Source {
    std::unique_ptr<BlockReader> reader;
    LocatedBlock block;
    std::size_t replica = 0;  // of block.locations
  };
  struct Search;
  enum class Extent { kPiece, kToBlockEnd };

  awaitable<Status> ReadPiece(std::uint64_t offset, char* out, std::size_t size, Extent extent);
  awaitable<Status> ReadHedged(LocatedBlock block, std::uint64_t offset, char* out, std::size_t size);
  awaitable<Status> TryStream(std::uint64_t offset, char* out, std::size_t size);
  awaitable<Status> AfterAllFailed(Search& search);
  awaitable<void> Note(const LocatedBlock& block, std::size_t replica, Status error);
  std::optional<std::size_t> Choose(const LocatedBlock& block, const std::set<std::string>& tried) const;

  Context& context_;
  FileBlocks blocks_;
  std::set<std::string> dead_;  // uuids of datanodes that failed; forgotten when no others are left
  std::string quick_;           // uuid of the datanode that gave the last hedged read: the next asks it first
  std::optional<Source> stream_;
};

}  // namespace mrd::dfs::client
