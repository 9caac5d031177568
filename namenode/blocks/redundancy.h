#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "namenode/blocks/tables.h"

namespace mrd::namenode {

// Whether blocks have the replicas they should have: finds what is missing or superfluous, orders copies and deletions.
//
// What is never done: to order the deletion of a good replica when that would leave fewer good ones in service than are
// wanted, or of a bad one while there is no good one.
class Redundancy {
 public:
  explicit Redundancy(BlockTables& tables) : t_(tables) {}

  ReplicaCounts Count(Slot slot) const;
  // Replicas wanted in service: the file's number, less those that sit out maintenance, but at least one.
  static std::uint32_t Wanted(std::uint32_t replication, const ReplicaCounts& counts);
  std::optional<RiskLevel> LevelOf(Slot slot, const ReplicaCounts& counts) const;

  // To be called after any change that concerns the block: keeps count of safe blocks, the queues of risk, the choice
  // of superfluous replicas and the deletion of bad ones. `prefer` names a replica to delete first if one is too
  // many.
  void Update(Slot slot, NodeIndex prefer = {});
  // Before a block is removed or opened: takes it out of queues and counts.
  void Forget(Slot slot);

  // Orders copies; see Blocks::ComputeWork.
  std::size_t ComputeWork(std::size_t copies_max);
  // Copies that did not arrive and deletions without news.
  void Timeouts();
  // Chooses again for blocks whose holders had not reported; at most `max` of them.
  void RetryPostponed(std::size_t max);
  // At the moment of sending: whether the order to delete still is right. If not, it is forgotten.
  bool MayDelete(NodeIndex node, const dfs::Block& replica);
  // The copies that this node may begin now, given how many it has in progress.
  std::vector<Command> TakeTransfers(NodeIndex node, std::uint32_t in_progress);
  // What stands in the way of a copy.
  enum class Refused : std::uint8_t { kNone, kNoReplica, kSourcesBusy, kNoTarget };
  struct Plan {
    Refused refused = Refused::kNone;
    NodeIndex source;
    PlacementResult placement;
  };
  // What would be ordered for the block now; orders nothing.
  Plan WouldCopy(Slot slot, RiskLevel level) const;
  // Forgets copies that were ordered to or from a node and will not be made.
  void DropCopies(NodeIndex node);
  // Good replicas on nodes in service stand in two racks, where there are two and more than one replica is wanted.
  bool WellDistributed(Slot slot) const;

 private:
  // A good replica on a live node in service, not to be deleted.
  bool IsLive(Slot slot, StorageIndex storage) const;
  std::vector<StorageIndex> LiveReplicas(Slot slot) const;
  void SetLevel(Slot slot, std::optional<RiskLevel> level);
  void ChooseExcess(Slot slot, NodeIndex prefer);
  StorageIndex PickExcess(Slot slot, const std::vector<StorageIndex>& live, NodeIndex prefer) const;
  bool CancelExcess(Slot slot, const ReplicaCounts& counts);
  void DeleteCorrupt(Slot slot, const ReplicaCounts& counts);
  bool MayDeleteCorrupt(Slot slot, const CorruptReplica& replica, const ReplicaCounts& counts) const;
  bool Copy(Slot slot, RiskLevel level);
  std::optional<NodeIndex> ChooseSource(Slot slot, RiskLevel level, bool* any) const;
  PlacementRequest CopyRequest(Slot slot, RiskLevel level) const;
  // Whether the placement helps a block that stands in one rack.
  bool AddsRack(Slot slot, const PlacementResult& placement) const;
  // False when every live node in service holds or is to hold a replica: then there is no use in asking for targets.
  bool AnyNodeLeft(const ReplicaCounts& counts) const;
  std::uint32_t Streams(NodeIndex node) const;

  BlockTables& t_;
  std::array<Slot, kRiskLevels> cursor_{};
  Slot postponed_cursor_ = 0;
};

}  // namespace mrd::namenode
