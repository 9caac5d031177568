#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "namenode/blocks/redundancy.h"
#include "namenode/blocks/replica_intake.h"
#include "namenode/blocks/tables.h"

namespace mrd::namenode {

// Walks over many blocks, cut into steps so that no call takes long: the replicas of a dead node go, the blocks of a
// leaving one are looked at, the queues are filled after safe mode. What a walk has not reached yet is counted right
// anyway, since counting asks for the state of the nodes.
class Sweeps {
 public:
  Sweeps(BlockTables& tables, Redundancy& redundancy, ReplicaIntake& intake)
      : t_(tables), redundancy_(redundancy), intake_(intake) {}

  // The replicas of a volume that is gone, or of a node that is dead. Ends by itself when the volume is back.
  void Drop(StorageIndex storage);
  void DropNode(NodeIndex node);
  // All blocks of a node whose state of service changed.
  void LookAgain(NodeIndex node);
  // Every block.
  void LookAtAll();
  // One step of each walk, about `budget` blocks in all. True when there is more to do.
  bool Step(std::size_t budget);
  // One step of watching nodes that leave; those that may go now have their final state on return.
  std::vector<NodeIndex> StepLeaving(std::size_t budget);

 private:
  struct Walk {
    StorageIndex storage;  // invalid: all blocks
    Slot cursor = 0;
    bool drop = false;
  };
  struct Leaving {
    std::size_t storage = 0;  // position in the node's list
    Slot cursor = 0;
    bool waited = false;      // a block was not safe elsewhere during this pass
  };
  bool StepWalk(Walk& walk, std::size_t* budget);
  bool StillToDrop(StorageIndex storage) const;
  bool StepNode(NodeIndex node, Leaving& pass, std::size_t* budget);
  bool SafeWithout(Slot slot, NodeIndex node) const;

  BlockTables& t_;
  Redundancy& redundancy_;
  ReplicaIntake& intake_;
  std::deque<Walk> walks_;
  std::map<NodeIndex, Leaving> leaving_;
};

}  // namespace mrd::namenode
