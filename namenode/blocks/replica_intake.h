#pragma once

#include <cstdint>
#include <vector>

#include "common/base/status.h"
#include "namenode/blocks/redundancy.h"
#include "namenode/blocks/report_assembly.h"
#include "namenode/blocks/tables.h"

namespace mrd::namenode {

// Takes in what datanodes say of their replicas and keeps who holds what. Reports are hints with epochs: one never
// removes a replica younger than itself nor brings back one deleted since it began; a replica of an unknown block is
// deleted only when two reports of different generations showed it, or when this process removed the block itself.
class ReplicaIntake {
 public:
  ReplicaIntake(BlockTables& tables, Redundancy& redundancy) : t_(tables), redundancy_(redundancy) {}

  // Adds to `satisfied` the committed blocks that got enough good replicas.
  Status TakePart(NodeIndex node, const BlockReportPart& part, std::vector<dfs::BlockId>* satisfied);
  Status TakeEvent(NodeIndex node, const BlockEvent& event, std::vector<dfs::BlockId>* satisfied);

  // The volume no longer has a replica of the block that can be counted on: it is gone, or the volume or node is.
  void Lost(Slot slot, StorageIndex storage);
  // As Lost(), of a node or volume that is away: of an open block it stays known as one that may come back with it.
  void Away(Slot slot, StorageIndex storage);
  // The replica is bad.
  void MarkCorrupt(Slot slot,
                   StorageIndex storage,
                   CorruptReason reason,
                   dfs::GenerationStamp stamp,
                   std::uint64_t length);
  // Good, finalized replicas of an open block with its length and stamp, on live nodes.
  std::size_t FinishedReplicas(Slot slot) const;
  // Turns what was reported of an open block into good and bad replicas of a complete one.
  void Close(Slot slot);
  // Turns good replicas of a complete block into the pipeline of an open one.
  void Open(Slot slot);
  // Forgets the block's replicas everywhere and orders their deletion.
  void Purge(Slot slot);
  // The node registered anew, or a volume is gone: reports under way are void.
  void DropReports(NodeIndex node);
  void Timeout() { reports_.Timeout(t_.now - t_.options.report_timeout_ms); }
  std::uint64_t future_replicas() const { return reports_.future_replicas(); }

 private:
  // Returns whether the block now is committed with enough good replicas.
  bool Take(StorageIndex storage, const dfs::ReportedReplica& replica, bool by_event, NodeIndex hint);
  bool TakeOpen(Slot slot, StorageIndex storage, const dfs::ReportedReplica& replica);
  void TakeComplete(Slot slot,
                    StorageIndex storage,
                    const dfs::ReportedReplica& replica,
                    bool by_event,
                    NodeIndex hint);
  void TakeUnknown(StorageIndex storage, const dfs::ReportedReplica& replica, ReportAssembly::Report* report);
  void TakeDeleted(StorageIndex storage, const dfs::Block& block);
  void AddGood(Slot slot, StorageIndex storage, bool by_event, NodeIndex hint);
  void FinishReport(NodeIndex node, StorageIndex storage);
  void EndPending(Slot slot, NodeIndex node);

  // Sets of replicas that came and went lately.
  void Age(StorageIndex storage);
  void NoteYoung(StorageIndex storage, Slot slot);
  void NoteGone(StorageIndex storage, Slot slot);
  bool WentLately(StorageIndex storage, Slot slot) const;

  BlockTables& t_;
  Redundancy& redundancy_;
  ReportAssembly reports_;
};

}  // namespace mrd::namenode
