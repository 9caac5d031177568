#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "common/base/env.h"
#include "common/base/status.h"
#include "datanode/store/storage_info.h"
#include "dfs/types.h"

namespace mrd::datanode {

struct VolumeOptions {
  std::string dir;
  dfs::StorageType type = dfs::StorageType::kDisk;
  std::uint64_t reserved_bytes = 0;  // for others than us
};

// One directory that a datanode keeps replicas in, usually one disk: where files lie, how much room is left, whether it
// still works. The layout is HDFS's:
//
//   <dir>/in_use.lock
//   <dir>/current/VERSION
//   <dir>/current/<pool>/current/finalized/subdirA/subdirB/blk_<id>, blk_<id>_<stamp>.meta
//   <dir>/current/<pool>/current/rbw/    being written by clients
//   <dir>/current/<pool>/tmp/            being copied from other datanodes; emptied at start
//
// Threads: any, after Attach().
class Volume {
 public:
  // Makes the directory if needed, takes its lock and reads VERSION if there is one. kUnavailable when another process uses
  // it; kFailedPrecondition when the layout is another's, or there are files but no VERSION.
  static Result<std::unique_ptr<Volume>> Open(Env& env, VolumeOptions options, std::size_t index);

  // What VERSION said; nothing when the volume is new.
  const std::optional<StorageInfo>& info() const { return info_; }
  // Makes the directories of the pool, and writes VERSION when the volume is new (durably). `info.storage_id` is ignored
  // unless the volume is new. REQUIRES: the ids equal those of info() if it has a value.
  Status Attach(const StorageInfo& info);

  std::size_t index() const { return index_; }
  const std::string& dir() const { return options_.dir; }
  const std::string& storage_id() const { return info_->storage_id; }
  dfs::StorageType type() const { return options_.type; }

  std::string PoolDir() const { return pool_dir_; }
  std::string FinalizedRoot() const { return pool_dir_ + "/current/finalized"; }
  // Where both files of a replica in this state lie. RWR lies with RBW, RUR where it was.
  std::string DirOf(dfs::BlockId id, dfs::ReplicaState state) const;
  // The same, made if absent.
  Result<std::string> MakeDirOf(dfs::BlockId id, dfs::ReplicaState state);

  // Room. `reserve` holds room for a replica that is being written; it is given back piece by piece as bytes are written.
  std::uint64_t Available();
  // False when there is not that much room.
  bool Reserve(std::uint64_t bytes);
  void Release(std::uint64_t bytes) { reserved_for_writers_ -= bytes; }
  void AddUsed(std::int64_t bytes) { used_ += static_cast<std::uint64_t>(bytes); }
  dfs::StorageReport Report();
  std::uint64_t reserved_bytes() const { return options_.reserved_bytes; }
  std::uint64_t reserved_for_writers() const { return reserved_for_writers_; }

  // Whether the directory can still be written and read: makes, reads and removes a small file. A failure is final.
  Status Check();
  void Fail(const Status& why);
  bool failed() const { return failed_; }
  std::string failure() const;

 private:
  Volume(Env& env, VolumeOptions options, std::size_t index);
  dfs::StorageReport SpaceReport();

  Env& env_;
  const VolumeOptions options_;
  const std::size_t index_;
  std::unique_ptr<File> lock_;
  // Constant after Attach().
  std::optional<StorageInfo> info_;
  std::string pool_dir_;

  std::atomic<std::uint64_t> used_{0};
  std::atomic<std::uint64_t> reserved_for_writers_{0};
  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;
  // Guarded by the mutex.
  std::string failure_;
};

}  // namespace mrd::datanode
