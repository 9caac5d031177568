#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "dfs/client/context.h"
#include "dfs/types.h"

namespace mrd::dfs::client {

// Which blocks a file consists of and where they are: asked of the namenode in stretches, kept, and asked again when
// readers found them out of date. On the client's thread. The context must outlive it.
class FileBlocks {
 public:
  FileBlocks(Context& context, std::string path) : context_(context), path_(std::move(path)) {}

  // REQUIRES: before anything else. For a file that is being written the length is what can be read now.
  awaitable<Status> Open();
  std::uint64_t length() const { return length_; }
  const std::string& path() const { return path_; }

  // Whether a block was being written when the file was opened; only the last one can have been. On any thread.
  bool IsBeingWritten(BlockId id) const { return open_block_ == id; }

  // The block that holds the byte at `offset` < length(), its length set to what can be read of it.
  awaitable<Result<LocatedBlock>> Find(std::uint64_t offset);
  // The same from the namenode. kFailedPrecondition when another block is there now: the file was replaced.
  awaitable<Result<LocatedBlock>> FindAgain(std::uint64_t offset);

 private:
  awaitable<Status> Fetch(std::uint64_t offset, std::uint64_t length);
  awaitable<Status> MeasureLastBlock(LocatedBlock block);
  const LocatedBlock* Known(std::uint64_t offset) const;
  void Keep(LocatedBlock block);

  Context& context_;
  const std::string path_;
  std::uint64_t length_ = 0;             // constant after Open()
  std::optional<BlockId> open_block_;    // likewise
  std::vector<LocatedBlock> blocks_;  // by offset; there may be gaps
};

}  // namespace mrd::dfs::client
