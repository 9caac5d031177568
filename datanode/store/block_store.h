#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/crash_points.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/status.h"
#include "datanode/store/replica_reader.h"
#include "datanode/store/replica_writer.h"
#include "datanode/store/volume.h"
#include "dfs/types.h"
#include "dfs/wire/checksum.h"

namespace mrd::datanode {

enum class VolumeChoice { kRoundRobin, kMostRoom };

struct StoreOptions {
  std::vector<VolumeOptions> volumes;
  std::size_t failed_volumes_tolerated = 0;
  VolumeChoice choice = VolumeChoice::kRoundRobin;
  bool sync_on_close = false;  // flush every replica when it is finalized, asked or not
};

// A replica to be made.
struct NewReplica {
  dfs::ExtendedBlock block;        // the length says how much room it may need; 0: unknown
  dfs::wire::ChecksumSpec spec;
  std::string storage_id;          // the volume to prefer; "": any
  dfs::StorageType type = dfs::StorageType::kDisk;  // preferred as well
};

// How much the client of a pipeline under recovery says was acknowledged to it, and was sent by it.
struct SentBytes {
  std::uint64_t acknowledged = 0;
  std::uint64_t sent = 0;
};

struct FinalizedReplica {
  dfs::Block block;
  std::string storage_id;
};

// A replica as block recovery finds it.
struct RecoverableReplica {
  dfs::Block block;
  dfs::ReplicaState state = dfs::ReplicaState::kFinalized;  // as it was before the recovery
};

// The replicas of one datanode, on several volumes, of one block pool, with the states and transitions of HDFS:
// TEMPORARY (copied from another node) and RBW (written by a client) have a writer; FINALIZED ones are whole; RWR ones were
// RBW when the process ended; RUR ones are being recovered. Readers see FINALIZED ones, and of RBW ones what was
// acknowledged.
//
// Durability: what was acknowledged survives the end of the process. It survives the end of the machine once Sync() of its
// writer, or Finalize() with sync, has returned OK.
// Failure: an error of a volume makes the volume be checked; one that fails is given up with its replicas, and Fatal() says
// when too many were.
// Threads: any; calls block on the disk. Calls for one block exclude each other.
class BlockStore {
 public:
  // Locks and reads the volumes. Those that were in use before are scanned, all at once. kFailedPrecondition when volumes
  // belong to different clusters, or too many fail. `random` makes the uuids; all references must outlive the store.
  static Result<std::unique_ptr<BlockStore>> Open(Env& env,
                                                  Logger log,
                                                  Random& random,
                                                  CrashPoints& crash_points,
                                                  StoreOptions options);
  ~BlockStore();

  // Of the daemon, for those who tell others what the store did.
  CrashPoints& crash_points() const { return crash_points_; }

  // --- Who we are.

  const std::string& datanode_uuid() const { return datanode_uuid_; }
  // The file system whose blocks these are; nothing until Attach() on a new datanode.
  std::optional<StorageInfo> identity() const;
  // Joins a file system: a new datanode writes its ids down; another compares. kFailedPrecondition naming both ids, with
  // what to do, when they differ. Idempotent.
  Status Attach(const dfs::NamespaceInfo& space);

  // --- Writing (hdfs-protocol §4.5). Each gives the replica's only writer.

  Result<std::shared_ptr<ReplicaWriter>> CreateRbw(const NewReplica& replica);
  Result<std::shared_ptr<ReplicaWriter>> CreateTemporary(const NewReplica& replica);
  // FINALIZED of exactly this stamp and length becomes RBW with the new stamp.
  Result<std::shared_ptr<ReplicaWriter>> Append(const dfs::ExtendedBlock& block, dfs::GenerationStamp new_stamp);
  // The same for a replica that may be RBW already, of a stamp up to the new one; its writer is stopped.
  Result<std::shared_ptr<ReplicaWriter>> RecoverAppend(const dfs::ExtendedBlock& block, dfs::GenerationStamp new_stamp);
  // RBW with these lengths: the writer is stopped, what was not acknowledged is cut off.
  Result<std::shared_ptr<ReplicaWriter>> RecoverStreaming(const dfs::ExtendedBlock& block,
                                                          dfs::GenerationStamp new_stamp,
                                                          const SentBytes& bytes);
  // RBW or FINALIZED of this length becomes FINALIZED with the new stamp.
  Result<FinalizedReplica> RecoverClose(const dfs::ExtendedBlock& block, dfs::GenerationStamp new_stamp);

  // Lends the data file of an RBW replica to a client on this host (ReplicaWriter::Lend()).
  Result<UniqueFd> Lend(const std::shared_ptr<ReplicaWriter>& writer);
  // Ends a writer's work: the replica is FINALIZED with all it received, on the disk itself with `sync`.
  Result<FinalizedReplica> Finalize(const std::shared_ptr<ReplicaWriter>& writer, bool sync);
  // A TEMPORARY one that is complete becomes RBW, all of it visible: a client goes on writing it. Its writer is done.
  Status ConvertToRbw(const std::shared_ptr<ReplicaWriter>& writer);
  // The session is over. A TEMPORARY replica is deleted, an RBW one stays for recovery; others are left alone.
  void Leave(const std::shared_ptr<ReplicaWriter>& writer);

  // --- Reading.

  // kNotFound (ReplicaNotFoundException) when it is not here or not readable, kFailedPrecondition when its stamp is older
  // than asked for.
  Result<std::unique_ptr<ReplicaReader>> OpenReader(const dfs::ExtendedBlock& block);
  Result<std::uint64_t> VisibleLength(const dfs::ExtendedBlock& block) const;
  // The state and length of a replica; kNotFound.
  Result<dfs::ReportedReplica> Find(const dfs::ExtendedBlock& block) const;
  // The files of a finalized replica.
  struct Paths {
    std::string data;
    std::string meta;
  };
  Result<Paths> PathsOf(const dfs::ExtendedBlock& block) const;

  // --- Recovery and deletion, on the namenode's order (hdfs-protocol §3.8).

  // Stops the writer and tells what is here; nothing when there is no replica of use. RecoveryInProgressException when a
  // recovery of this or a later stamp runs, kFailedPrecondition when the replica is not older than the recovery.
  Result<std::optional<RecoverableReplica>> InitRecovery(const dfs::ExtendedBlock& block,
                                                         dfs::GenerationStamp recovery_stamp);
  // Cuts to `length` and makes it FINALIZED under the recovery's stamp. REQUIRES an InitRecovery() of that stamp, else
  // kFailedPrecondition.
  Result<FinalizedReplica> UpdateRecovery(const dfs::ExtendedBlock& block,
                                          dfs::GenerationStamp recovery_stamp,
                                          std::uint64_t length);
  // Deletes a replica of exactly this stamp, whatever its state. Returns where it was. kNotFound when it is not here.
  Result<std::string> Invalidate(const dfs::ExtendedBlock& block);

  // --- The whole.

  std::vector<dfs::StorageReport> StorageReports();
  // All replicas of a volume but TEMPORARY ones, ordered by id.
  std::vector<dfs::ReportedReplica> ReportOf(const std::string& storage_id) const;
  std::size_t replicas() const;
  std::size_t failed_volumes() const;
  const std::vector<std::unique_ptr<Volume>>& volumes() const { return volumes_; }
  // Ends what clients are writing, as if a recovery took over; they go on with other nodes. How many there were.
  std::size_t EvictWriters();
  // The first finalized replica of a volume with an id above `after`; nothing at the end. For the scanner.
  std::optional<dfs::Block> NextFinalized(const Volume& volume, dfs::BlockId after) const;
  // Tells of a failed read or write, so that the volume is looked at. Returns the status, for `return store.Blame(...)`.
  Status Blame(Volume& volume, Status status);
  // Writes and reads a small file on every volume, and gives up those that fail. A disk that vanished while nobody used it is
  // found so.
  void CheckVolumes();
  // Why no work can go on; nothing while it can.
  std::optional<std::string> Fatal() const;

 private:
  struct Replica {
    dfs::GenerationStamp stamp;
    std::uint64_t length = 0;  // without a writer
    std::uint64_t acknowledged = 0;  // of an RBW one without a writer
    std::shared_ptr<ReplicaWriter> writer;
    dfs::GenerationStamp recovery;  // of RUR
    std::uint16_t volume = 0;
    dfs::ReplicaState state = dfs::ReplicaState::kFinalized;
    dfs::ReplicaState state_before = dfs::ReplicaState::kFinalized;  // of RUR

    std::uint64_t Length() const { return writer ? writer->received() : length; }
    std::uint64_t Visible() const;
    bool Readable() const;
    dfs::ReplicaState FileState() const {  // which directory holds the files
      return state == dfs::ReplicaState::kRur ? state_before : state;
    }
  };

  // Both file names of a replica in a state.
  struct Place {
    dfs::ReplicaState state;
    dfs::GenerationStamp stamp;
  };

  BlockStore(Env& env, Logger log, Random& random, CrashPoints& crash_points, StoreOptions options);
  Status OpenVolumes();
  Status AttachVolumes(const StorageInfo& identity);
  void Adopt(Volume& volume, const std::vector<dfs::ReportedReplica>& replicas);
  Status CheckFailures();

  std::mutex& LockOf(dfs::BlockId id) { return block_locks_[static_cast<std::uint64_t>(id.value) % block_locks_.size()]; }
  Status CheckPool(const dfs::ExtendedBlock& block) const;
  // A copy of the entry; ReplicaNotFoundException when there is none.
  Result<Replica> Lookup(const dfs::ExtendedBlock& block) const;
  void Put(dfs::BlockId id, Replica replica);
  void Erase(dfs::BlockId id);
  Volume& VolumeOf(const Replica& replica) const { return *volumes_[replica.volume]; }
  std::string Name(const dfs::ExtendedBlock& block, const Replica& replica) const;

  Result<Volume*> ChooseVolume(const NewReplica& replica);
  Result<std::shared_ptr<ReplicaWriter>> Create(const NewReplica& replica, dfs::ReplicaState state);
  Result<std::shared_ptr<ReplicaWriter>> CreateFiles(const NewReplica& replica,
                                                     Volume& volume,
                                                     dfs::ReplicaState state);
  // Stops the writer of a replica and writes its lengths into the entry.
  void StopWriter(Replica& replica);
  Result<std::shared_ptr<ReplicaWriter>> ReopenForAppend(const dfs::Block& block,
                                                         Replica& replica,
                                                         dfs::GenerationStamp new_stamp);
  // Opens the files of a replica, which must exist, for writing at its end. With `keep` less than its length it is cut.
  Result<std::shared_ptr<ReplicaWriter>> Reopen(dfs::BlockId id, Replica& replica, std::uint64_t keep);
  // Renames both files, the meta file first. Put back when the second rename fails.
  Status Move(Volume& volume, dfs::BlockId id, const Place& from, const Place& to, const char* crash_prefix);
  Status FinishFinalize(dfs::BlockId id, Replica& replica, dfs::GenerationStamp new_stamp);
  Status CheckRecoverable(const dfs::ExtendedBlock& block,
                          const Replica& replica,
                          dfs::GenerationStamp new_stamp) const;
  // After this only we can write to the data file: whatever a client still holds of it is another file. Done wherever a
  // replica is to be changed or finalized by somebody else than the writer that made it.
  Status TakeBack(Volume& volume, dfs::BlockId id, const Replica& replica);
  Status SyncFiles(Volume& volume, dfs::BlockId id, const Place& place);
  Status RemoveFiles(Volume& volume, dfs::BlockId id, const Place& place);
  void GiveUp(Volume& volume);

  Env& env_;
  const Logger log_;
  Random& random_;
  CrashPoints& crash_points_;
  const StoreOptions options_;
  // Constant after Open().
  std::string datanode_uuid_;
  std::vector<std::unique_ptr<Volume>> volumes_;
  std::vector<std::string> unopened_;  // why volumes are not in volumes_

  // Taken for the whole of an operation on a block, before any other lock. Several blocks share one.
  std::array<std::mutex, 256> block_locks_;

  mutable std::mutex mutex_;
  // Guarded by the mutex.
  std::optional<StorageInfo> identity_;
  std::map<dfs::BlockId, Replica> replicas_;
  std::size_t next_volume_ = 0;
  std::optional<std::string> fatal_;
};

}  // namespace mrd::datanode
