#include "namenode/core/reading.h"

#include <limits>
#include <utility>

#include "dfs/errors.h"

namespace mrd::namenode {

dfs::LocatedBlock Reading::LocateBlock(const CallContext& call, const dfs::Block& block, std::uint64_t offset) const {
  ClientPlace reader;
  reader.ip = call.client_ip;
  BlockPlaces places = state_.blocks.Places(block.id, reader, call.mono_ms);
  dfs::LocatedBlock located;
  located.block = state_.Extend(block);
  located.offset = offset;
  located.corrupt = places.corrupt;
  located.locations = std::move(places.locations);
  return located;
}

dfs::LocatedBlocks Reading::Locate(const CallContext& call, FileRef file, std::uint64_t offset,
                                   std::uint64_t length) const {
  dfs::LocatedBlocks located;
  located.under_construction = file.under_construction();
  const std::size_t count = file.block_count();
  const std::uint64_t limit =
      length > std::numeric_limits<std::uint64_t>::max() - offset ? std::numeric_limits<std::uint64_t>::max() : offset + length;
  std::uint64_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const dfs::Block block = file.block(i);
    const bool last = i + 1 == count;
    const bool open = last && located.under_construction && !state_.blocks.IsComplete(block.id);
    const std::uint64_t end = begin + block.length;
    // A block that is still written has no end yet; it overlaps whatever reaches its beginning.
    const bool overlaps = open ? limit > begin && end >= offset : end > offset && begin < limit;
    if (overlaps || last) {
      dfs::LocatedBlock one = LocateBlock(call, block, begin);
      if (last) {
        located.last_block = one;
        located.last_block_complete = !open;
      }
      if (overlaps) located.blocks.push_back(std::move(one));
    }
    if (!open) located.file_length += block.length;
    begin = end;
  }
  return located;
}

Result<dfs::LocatedBlocks> Reading::GetBlockLocations(const CallContext& call, const std::string& path,
                                                      std::int64_t offset, std::int64_t length) {
  if (offset < 0) {
    return dfs::Exception(dfs::java::kHadoopIllegalArgument,
                          "Negative offset is not supported. File: " + path);
  }
  if (length < 0) {
    return dfs::Exception(dfs::java::kHadoopIllegalArgument,
                          "Negative length is not supported. File: " + path);
  }
  MRD_ASSIGN_OR_RETURN(const FileRef file, state_.tree.FileForRead(call.caller, path));
  dfs::LocatedBlocks located =
      Locate(call, file, static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(length));
  if (state_.blocks.safe_mode().on()) {
    for (const dfs::LocatedBlock& block : located.blocks) {
      if (block.locations.empty() && block.block.block.length > 0) {
        return dfs::Exception(dfs::java::kSafeMode, "Zero blocklocations for " + path + ". Name node is in safe mode.\n" +
                                                        state_.blocks.safe_mode().Tip(call.mono_ms));
      }
    }
  } else {
    state_.tree.TouchAccessTime(file, call.now_ms, state_.sink);
  }
  return located;
}

Result<std::optional<dfs::FileStatus>> Reading::GetLocatedFileInfo(const CallContext& call,
                                                                   const std::string& path) const {
  MRD_ASSIGN_OR_RETURN(std::optional<dfs::FileStatus> status, state_.tree.GetFileInfo(call.caller, path));
  if (status && status->type == dfs::FileType::kFile) {
    const FileRef file = state_.tree.FindFile(status->id);
    if (file) status->locations = Locate(call, file, 0, status->length);
  }
  return status;
}

Result<std::optional<dfs::DirectoryListing>> Reading::GetListing(const CallContext& call, const std::string& path,
                                                                 const std::string& start_after,
                                                                 bool need_locations) const {
  const std::size_t blocks_max = need_locations ? state_.options.tree.list_limit : 0;
  MRD_ASSIGN_OR_RETURN(std::optional<dfs::DirectoryListing> listing,
                       state_.tree.GetListing(call.caller, path, start_after, blocks_max));
  if (listing && need_locations) {
    for (dfs::FileStatus& entry : listing->entries) {
      if (entry.type != dfs::FileType::kFile) continue;
      const FileRef file = state_.tree.FindFile(entry.id);
      if (file) entry.locations = Locate(call, file, 0, std::numeric_limits<std::uint64_t>::max());
    }
  }
  return listing;
}

}  // namespace mrd::namenode
