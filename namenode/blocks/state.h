#pragma once

#include <cstdint>

#include "namenode/blocks/blocks.h"
#include "namenode/blocks/recoveries.h"
#include "namenode/blocks/redundancy.h"
#include "namenode/blocks/replica_intake.h"
#include "namenode/blocks/sweeps.h"
#include "namenode/blocks/tables.h"

namespace mrd::namenode {

// The parts of Blocks, put together. Seen by its two sources only.
struct Blocks::State {
  State(const BlockOptions& options, Random& random)
      : t(options, random), redundancy(t), intake(t, redundancy), recoveries(t), sweeps(t, redundancy, intake) {}

  // REQUIRES: the block is known.
  Slot SlotOf(dfs::BlockId id) const {
    const Slot slot = t.map.Find(id);
    MRD_CHECK(slot != kNoSlot);
    return slot;
  }
  void Issued(const dfs::Block& block) {
    if (block.id > t.last_id) t.last_id = block.id;
    if (block.stamp > t.last_stamp) t.last_stamp = block.stamp;
  }
  // A node died, was thrown out, or registers again: what was ordered of it or on its way to it is void.
  void ForgetOrders(NodeIndex node) {
    redundancy.DropCopies(node);
    intake.DropReports(node);
    t.OrdersOf(node).Reset();
  }
  void Died(NodeIndex node);
  // Its administrative state changed.
  void Changed(NodeIndex node);
  // Goes through safe mode's conditions; fills the queues when it is over for the first time.
  void UpdateSafeMode();
  // A first rack or a second one makes or ends a duty for every block.
  void UpdateRacks();

  BlockTables t;
  Redundancy redundancy;
  ReplicaIntake intake;
  Recoveries recoveries;
  Sweeps sweeps;
  bool loaded = false;
  bool was_safe = false;
  bool many_racks = false;
};

}  // namespace mrd::namenode
