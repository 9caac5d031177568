// What BlockStore does on the namenode's order: block recovery and deletion.

#include <utility>

#include "datanode/store/block_store.h"
#include "datanode/store/replica_name.h"
#include "datanode/store/replica_tail.h"
#include "dfs/errors.h"

namespace mrd::datanode {

using dfs::ReplicaState;

Result<std::optional<RecoverableReplica>> BlockStore::InitRecovery(const dfs::ExtendedBlock& block,
                                                                   dfs::GenerationStamp recovery_stamp) {
  const std::lock_guard lock(LockOf(block.block.id));
  MRD_RETURN_IF_ERROR(CheckPool(block));
  Result<Replica> there = Lookup(block);
  if (!there.ok() || there->state == ReplicaState::kTemporary) return std::optional<RecoverableReplica>();
  Replica replica = std::move(*there);
  if (replica.state == ReplicaState::kRur && replica.recovery >= recovery_stamp) {
    return dfs::Exception(dfs::java::kRecoveryInProgress,
                          Name(block, replica) + " is already being recovered under stamp " +
                              std::to_string(replica.recovery.value) + ", asked for was " +
                              std::to_string(recovery_stamp.value));
  }
  if (replica.stamp >= recovery_stamp) {
    return FailedPrecondition(Name(block, replica) + " is not older than the recovery under stamp " +
                              std::to_string(recovery_stamp.value));
  }
  RecoverableReplica recoverable;
  recoverable.block = dfs::Block{block.block.id, replica.stamp, replica.Length()};
  recoverable.state = replica.FileState();
  // A replica from before the block's present state has no part in its recovery; its writer is left alone.
  if (replica.stamp < block.block.stamp) return std::optional(recoverable);
  StopWriter(replica);
  recoverable.block.length = replica.length;  // nothing comes after this
  if (replica.state != ReplicaState::kRur) replica.state_before = replica.state;
  replica.state = ReplicaState::kRur;
  replica.recovery = recovery_stamp;
  Put(block.block.id, replica);
  return std::optional(recoverable);
}

Result<FinalizedReplica> BlockStore::UpdateRecovery(const dfs::ExtendedBlock& block,
                                                    dfs::GenerationStamp recovery_stamp,
                                                    std::uint64_t length) {
  const std::lock_guard lock(LockOf(block.block.id));
  MRD_ASSIGN_OR_RETURN(Replica replica, Lookup(block));
  const dfs::BlockId id = block.block.id;
  if (replica.state != ReplicaState::kRur || replica.recovery != recovery_stamp) {
    return FailedPrecondition(Name(block, replica) + " is not under recovery with stamp " +
                              std::to_string(recovery_stamp.value));
  }
  if (length > replica.length) {
    return FailedPrecondition(Name(block, replica) + " has " + std::to_string(replica.length) +
                              " bytes, fewer than the " + std::to_string(length) + " that the recovery wants");
  }
  Volume& volume = VolumeOf(replica);
  replica.state = replica.state_before;
  if (length < replica.length) {
    // Cut outside of the finalized ones: there a replica that is cut halfway would count as whole after a restart.
    if (Status moved = Move(volume, id, {replica.state, replica.stamp}, {ReplicaState::kRbw, recovery_stamp}, "append");
        !moved.ok()) {
      replica.state = ReplicaState::kRur;
      Put(id, replica);
      return Blame(volume, std::move(moved).WithContext("recover " + Name(block, replica)));
    }
    replica.state = ReplicaState::kRwr;
    replica.stamp = recovery_stamp;
    const Result<std::shared_ptr<ReplicaWriter>> cut = Reopen(id, replica, length);
    if (!cut.ok()) {
      Put(id, replica);
      return Blame(volume, cut.status().WithContext("recover " + Name(block, replica)));
    }
    replica.writer.reset();
    if (Status closed = (*cut)->Close(); !closed.ok()) {
      Put(id, replica);
      return Blame(volume, std::move(closed));
    }
  }
  if (Status finished = FinishFinalize(id, replica, recovery_stamp); !finished.ok()) {
    // The recovery may be tried again.
    if (replica.state != ReplicaState::kRwr) {
      replica.state_before = replica.state;
      replica.state = ReplicaState::kRur;
      Put(id, replica);
    }
    return finished;
  }
  return FinalizedReplica{{id, replica.stamp, replica.length}, volume.storage_id()};
}

Result<std::string> BlockStore::Invalidate(const dfs::ExtendedBlock& block) {
  const std::lock_guard lock(LockOf(block.block.id));
  MRD_ASSIGN_OR_RETURN(Replica replica, Lookup(block));
  if (replica.stamp != block.block.stamp) {
    return FailedPrecondition(Name(block, replica) + " is kept: the order is about " + ToString(block.block));
  }
  StopWriter(replica);
  Volume& volume = VolumeOf(replica);
  if (Status removed = RemoveFiles(volume, block.block.id, {replica.FileState(), replica.stamp}); !removed.ok()) {
    Put(block.block.id, replica);
    return Blame(volume, std::move(removed));
  }
  Erase(block.block.id);
  return volume.storage_id();
}

}  // namespace mrd::datanode
