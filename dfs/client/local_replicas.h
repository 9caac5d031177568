#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/status.h"
#include "common/base/unique_fd.h"
#include "dfs/client/block_token_store.h"
#include "dfs/client/options.h"
#include "dfs/client/second_reader.h"
#include "dfs/types.h"
#include "dfs/wire/checksum.h"

namespace mrd::dfs::client {

// A block's two files, opened by the datanode on this host and handed to us. Thread-safe.
class LocalReplica {
 public:
  LocalReplica(LocatedBlock block, UniqueFd data, UniqueFd meta, wire::ChecksumSpec spec, bool verify);

  std::uint64_t begin() const { return block_.offset; }  // in the file
  std::size_t bytes_per_chunk() const { return spec_.bytes_per_chunk; }
  std::uint64_t end() const { return block_.offset + block_.block.block.length; }
  // kCorruption for bytes that do not match their checksums. REQUIRES: begin() <= offset, offset + size <= end().
  Status Read(std::uint64_t offset, char* out, std::size_t size) const;

 private:
  // Whole chunks, except the block's last one.
  Status ReadChunks(std::uint64_t block_offset, char* out, std::size_t size) const;

  const LocatedBlock block_;
  const UniqueFd data_;
  const UniqueFd meta_;
  const wire::ChecksumSpec spec_;
  const bool verify_;
};

// The blocks of one open file that lie on this host. Thread-safe. Blocks the caller for the exchange with the datanode.
class LocalReplicas {
 public:
  // Both must outlive it.
  LocalReplicas(const Options& options, const BlockTokenStore& tokens) : options_(options), tokens_(tokens) {}

  bool enabled() const { return options_.short_circuit && !options_.domain_socket_path.empty(); }
  std::shared_ptr<LocalReplica> Known(std::uint64_t offset) const;
  // A block known to be out of our reach holds the byte.
  bool KnownRemote(std::uint64_t offset) const;
  // Asks the datanode for the files of a block; null when it is not here or does not give them. Remembered either way.
  std::shared_ptr<LocalReplica> Open(const LocatedBlock& block);
  // From now on the block is read through a datanode.
  void KeepRemote(const LocatedBlock& block) { Keep(block.offset, {block.offset + block.block.block.length, nullptr}); }
  // As LocalReplica::Read(); what is large is read by two threads.
  Status Read(const LocalReplica& replica, std::uint64_t offset, char* out, std::size_t size);
  void Forget(const LocalReplica& replica) { Keep(replica.begin(), {replica.end(), nullptr}); }

 private:
  struct Entry {
    std::uint64_t end = 0;
    std::shared_ptr<LocalReplica> replica;  // null: remote
  };
  const Entry* Find(std::uint64_t offset) const;  // REQUIRES: mutex_ is held
  void Keep(std::uint64_t begin, Entry entry);

  const Options& options_;
  const BlockTokenStore& tokens_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Entry> entries_;  // by the block's offset in the file
  SecondReader second_;
};

}  // namespace mrd::dfs::client
