#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "datanode/store/block_store.h"
#include "dfs/types.h"
#include "sim/clock.h"

namespace mrd::sim {

// A replica with its bytes. What a restart keeps of it depends on how the datanode ended.
struct ReplicaModel {
  dfs::ReplicaState state = dfs::ReplicaState::kRbw;
  dfs::ReplicaState state_before = dfs::ReplicaState::kRbw;  // of one under recovery
  dfs::GenerationStamp stamp;
  dfs::GenerationStamp recovery;
  std::string data;
  std::size_t acknowledged = 0;
  std::size_t synced = 0;     // survives a loss of power
  std::uint64_t writer = 0;   // whose packets are taken; 0: nobody's
  Millis written_ms = 0;      // when it was written last: the kernel writes back some time later
  bool rotten = false;        // its bytes no longer match their checksums

  dfs::ReplicaState FileState() const { return state == dfs::ReplicaState::kRur ? state_before : state; }
};

// How a writer takes a replica over (hdfs-protocol §4.5).
enum class Stage : std::uint8_t { kCreate, kAppend, kAppendRecovery, kStreamingRecovery, kCloseRecovery };

// The replicas of one datanode: the transitions of datanode/store, without files. Survives the process.
class DiskModel {
 public:
  explicit DiskModel(Clock& clock) : clock_(clock) {}

  std::map<dfs::BlockId, ReplicaModel>& replicas() { return replicas_; }
  const std::map<dfs::BlockId, ReplicaModel>& replicas() const { return replicas_; }
  ReplicaModel* Find(dfs::BlockId id);
  const ReplicaModel* Find(dfs::BlockId id) const;

  struct SetUp {
    Stage stage = Stage::kCreate;
    dfs::Block block;  // its length is what was acknowledged
    dfs::GenerationStamp new_stamp;
    std::uint64_t sent = 0;
    std::uint64_t writer = 0;
  };
  // True when the replica is finalized afterwards.
  Result<bool> TakeOver(const SetUp& setup);
  // The next bytes of a writer, of which `offset` are there.
  Status Write(dfs::BlockId id, std::uint64_t writer, std::uint64_t offset, std::string_view bytes);
  Status Finalize(dfs::BlockId id, std::uint64_t writer);
  // A copy that another datanode sends.
  Status CreateTemporary(const dfs::Block& block, std::uint64_t writer);
  // Ends it; `state` is kFinalized or kRbw.
  Status FinishTemporary(dfs::BlockId id, std::uint64_t writer, std::string bytes, dfs::ReplicaState state);
  void DropTemporary(dfs::BlockId id, std::uint64_t writer);
  // What a reader sees. kNotFound, kFailedPrecondition, kCorruption.
  Result<std::string> Read(const dfs::Block& block) const;

  Result<std::optional<datanode::RecoverableReplica>> InitRecovery(const dfs::Block& block, dfs::GenerationStamp stamp);
  Result<dfs::Block> UpdateRecovery(const dfs::Block& block, dfs::GenerationStamp stamp, std::uint64_t length);
  Status Invalidate(const dfs::Block& block);
  std::vector<dfs::ReportedReplica> Report() const;

  // The process ended; what was being written waits for recovery.
  void EndProcess();
  // Bytes that were not written back go; `spare` tells blocks that must keep theirs.
  std::vector<dfs::BlockId> LosePower(const std::map<dfs::BlockId, bool>& spare);

 private:
  static Status CheckStamps(const ReplicaModel& replica, const SetUp& setup);

  Clock& clock_;
  std::map<dfs::BlockId, ReplicaModel> replicas_;
};

}  // namespace mrd::sim
