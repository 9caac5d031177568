#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "namenode/core/state.h"

namespace mrd::namenode {

// What clients read of files: where their blocks are. Refers to the state; one thread.
class Reading {
 public:
  explicit Reading(CoreState& state) : state_(state) {}

  // Blocks that overlap [offset, offset + length). Also keeps the access time, when it is due.
  Result<dfs::LocatedBlocks> GetBlockLocations(const CallContext& call, const std::string& path, std::int64_t offset,
                                               std::int64_t length);
  Result<std::optional<dfs::FileStatus>> GetLocatedFileInfo(const CallContext& call, const std::string& path) const;
  // A page of a listing, with locations of files when asked for.
  Result<std::optional<dfs::DirectoryListing>> GetListing(const CallContext& call, const std::string& path,
                                                          const std::string& start_after, bool need_locations) const;

  // The blocks of a file in a range, sorted for the reader.
  dfs::LocatedBlocks Locate(const CallContext& call, FileRef file, std::uint64_t offset, std::uint64_t length) const;
  // One block of a file with its replicas: those of its pipeline while it is written.
  dfs::LocatedBlock LocateBlock(const CallContext& call, const dfs::Block& block, std::uint64_t offset) const;

 private:
  CoreState& state_;
};

}  // namespace mrd::namenode
