#pragma once

#include <array>
#include <deque>
#include <cstdint>
#include <unordered_map>

#include "common/base/random.h"
#include "namenode/blocks/block_map.h"
#include "namenode/blocks/datanode_table.h"
#include "namenode/blocks/node_orders.h"
#include "namenode/blocks/options.h"
#include "namenode/blocks/placement.h"
#include "namenode/blocks/safe_mode.h"
#include "namenode/blocks/side_tables.h"

namespace mrd::namenode {

// The state behind Blocks, which its parts (Redundancy, ReplicaIntake, Recoveries, Sweeps) share. Each datum has one
// part that changes it, named here; all may read.
struct BlockTables {
  BlockTables(const BlockOptions& given, Random& chance);

  const BlockOptions options;
  Random& random;
  MonoMs now = 0;  // of the call that runs

  BlockMap map;              // blocks: Blocks, Recoveries; replicas: ReplicaIntake
  DatanodeTable nodes;       // Blocks; volumes' sets of blocks: ReplicaIntake
  Placement placement;
  CorruptTable corrupt;      // ReplicaIntake
  ExcessTable excess;        // Redundancy
  PendingCopies pending;     // Redundancy
  InvalidationQueue invalidations;
  RecentlyRemoved removed;   // Blocks
  std::deque<NodeOrders> orders;  // by NodeIndex
  SafeMode safe_mode;

  // Complete blocks per level of risk, and those whose superfluous replicas could not be chosen yet. Redundancy.
  std::array<SlotSet, kRiskLevels> risk;
  SlotSet postponed;
  // False until safe mode was left for the first time: levels are not kept before, all would be missing.
  bool populated = false;

  std::uint64_t complete_blocks = 0;
  std::uint64_t safe_blocks = 0;
  // Nodes that had the last good replica of a missing block.
  std::unordered_map<Slot, NodeIndex> last_seen;

  dfs::BlockId last_id;
  dfs::GenerationStamp last_stamp;

  NodeOrders& OrdersOf(NodeIndex node);
  ReplicaTarget At(StorageIndex storage) const { return {nodes.storage(storage).node, storage}; }
  const NodeRecord& NodeOf(StorageIndex storage) const { return nodes.node(nodes.storage(storage).node); }
  SafeMode::Counts SafeCounts() const { return {complete_blocks, safe_blocks, nodes.live_count()}; }
};

}  // namespace mrd::namenode
