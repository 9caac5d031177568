#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "namenode/core/lease_recovery.h"
#include "namenode/core/reading.h"
#include "namenode/core/state.h"

namespace mrd::namenode {

// A datanode and volume as a client names them.
struct NamedTarget {
  std::string node_uuid;
  std::string storage_uuid;  // "" when not told
};

struct AddBlockRequest {
  std::string path;
  std::string client_name;
  std::optional<dfs::ExtendedBlock> previous;
  std::vector<dfs::DatanodeId> excluded;
  dfs::InodeId file;  // value 0: not told
  std::vector<std::string> favoured;
  bool no_local_write = false;
  bool ignore_client_locality = false;
};

struct AdditionalDatanodeRequest {
  std::string path;
  dfs::ExtendedBlock block;
  std::vector<NamedTarget> existing;
  std::vector<dfs::DatanodeId> excluded;
  std::uint32_t count = 1;
  std::string client_name;
  dfs::InodeId file;
};

struct AppendResult {
  std::optional<dfs::LocatedBlock> last_block;  // to be written further; without locations for a new block
  dfs::FileStatus status;
};

// The life of a file that is written: create to complete, append, truncate, and what the client asks for when its pipeline
// breaks (hdfs-protocol §3). Refers to the state; one thread.
class Writing {
 public:
  Writing(CoreState& state, LeaseRecovery& recovery, const Reading& reading)
      : state_(state), recovery_(recovery), reading_(reading) {}

  Result<dfs::FileStatus> Create(const CallContext& call, CreateRequest request);
  Result<AppendResult> Append(const CallContext& call, const std::string& path, const std::string& client_name,
                              std::uint32_t flags);
  // A new last block with its pipeline. The one before it gets the length that the client tells.
  Result<dfs::LocatedBlock> AddBlock(const CallContext& call, const AddBlockRequest& request);
  Status AbandonBlock(const dfs::Block& block, const std::string& path, dfs::InodeId file, const std::string& client_name);
  // The existing nodes and one more; only the existing when there is no other.
  Result<dfs::LocatedBlock> GetAdditionalDatanode(const CallContext& call, const AdditionalDatanodeRequest& request);
  // False while a block still waits for its first finalized replica.
  Result<bool> Complete(const CallContext& call, const std::string& path, const std::string& client_name,
                        const std::optional<dfs::ExtendedBlock>& last, dfs::InodeId file);
  Status Fsync(const std::string& path, const std::string& client_name, dfs::InodeId file, std::int64_t last_block_length);
  // The block with a new generation stamp, for a client that rebuilds its pipeline.
  Result<dfs::LocatedBlock> UpdateBlockForPipeline(const CallContext& call, const dfs::ExtendedBlock& block,
                                                   const std::string& client_name);
  Status UpdatePipeline(const std::string& client_name, const dfs::ExtendedBlock& old_block,
                        const dfs::ExtendedBlock& new_block, const std::vector<NamedTarget>& targets);
  // True when done; false when datanodes cut the last block in the background.
  Result<bool> Truncate(const CallContext& call, const std::string& path, std::int64_t new_length,
                        const std::string& client_name);

 private:
  Status CheckPool(const dfs::ExtendedBlock& block) const;
  // Takes the client's word for length and stamp of the last block, and completes it when a replica is there.
  Status CommitLast(FileRef file, const dfs::Block& last);
  // The block before the last is complete, or can be.
  bool PenultimateIsComplete(FileRef file);
  // The file of a block that the client writes.
  Result<FileRef> FileOfOpenBlock(const dfs::Block& block, const std::string& client_name) const;
  std::vector<NodeIndex> Indices(const std::vector<dfs::DatanodeId>& ids) const;

  CoreState& state_;
  LeaseRecovery& recovery_;
  const Reading& reading_;
};

}  // namespace mrd::namenode
