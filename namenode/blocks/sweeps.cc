#include "namenode/blocks/sweeps.h"

#include <algorithm>

namespace mrd::namenode {

using dfs::AdminState;

void Sweeps::Drop(StorageIndex storage) {
  if (!t_.nodes.storage(storage).blocks.empty()) walks_.push_back({storage, 0, true});
}

void Sweeps::DropNode(NodeIndex node) {
  for (StorageIndex storage : t_.nodes.node(node).all_storages) Drop(storage);
}

void Sweeps::LookAgain(NodeIndex node) {
  for (StorageIndex storage : t_.nodes.node(node).storages) walks_.push_back({storage, 0, false});
}

void Sweeps::LookAtAll() {
  // One that runs will reach the rest; what it passed has to be looked at again.
  std::erase_if(walks_, [](const Walk& walk) { return !walk.storage.valid(); });
  walks_.push_back({});
}

bool Sweeps::StillToDrop(StorageIndex storage) const {
  const NodeRecord& node = t_.NodeOf(storage);
  if (!t_.nodes.storage(storage).usable()) return true;
  return !node.alive && node.admin != AdminState::kInMaintenance;
}

bool Sweeps::Step(std::size_t budget) {
  while (!walks_.empty() && budget > 0) {
    if (StepWalk(walks_.front(), &budget)) walks_.pop_front();
  }
  return !walks_.empty();
}

// True when the walk is over.
bool Sweeps::StepWalk(Walk& walk, std::size_t* budget) {
  if (!walk.storage.valid()) {
    for (; *budget > 0; --*budget, ++walk.cursor) {
      if (walk.cursor >= t_.map.slots_end()) return true;
      if (t_.map.InUse(walk.cursor)) redundancy_.Update(walk.cursor);
    }
    return false;
  }
  if (walk.drop && !StillToDrop(walk.storage)) return true;
  for (; *budget > 0; --*budget) {
    const Slot slot = t_.nodes.storage(walk.storage).blocks.Next(walk.cursor);
    if (slot == SlotSet::kNone) return true;
    walk.cursor = slot + 1;
    if (walk.drop) {
      intake_.Away(slot, walk.storage);
    } else {
      redundancy_.Update(slot);
    }
  }
  return false;
}

std::vector<NodeIndex> Sweeps::StepLeaving(std::size_t budget) {
  std::vector<NodeIndex> done;
  for (std::uint32_t i = 0; i < t_.nodes.node_count(); ++i) {
    const NodeIndex node{i};
    const AdminState admin = t_.nodes.node(node).admin;
    const bool leaving = admin == AdminState::kDecommissionInProgress || admin == AdminState::kEnteringMaintenance;
    if (!leaving || t_.nodes.node(node).replaced || !t_.populated) {
      leaving_.erase(node);
      continue;
    }
    if (t_.nodes.node(node).alive && !StepNode(node, leaving_[node], &budget)) continue;
    // A dead one has nothing left to wait for.
    t_.nodes.SetAdminState(
        node, admin == AdminState::kDecommissionInProgress ? AdminState::kDecommissioned : AdminState::kInMaintenance);
    leaving_.erase(node);
    done.push_back(node);
  }
  return done;
}

// True when a whole pass found every block safe elsewhere.
bool Sweeps::StepNode(NodeIndex node, Leaving& pass, std::size_t* budget) {
  const std::vector<StorageIndex>& storages = t_.nodes.node(node).storages;
  // Before it has reported, an empty node may only seem to be empty.
  const bool reported = std::all_of(storages.begin(), storages.end(), [&](StorageIndex storage) {
    return !t_.nodes.storage(storage).usable() || t_.nodes.storage(storage).reported;
  });
  if (!reported) return false;
  for (; *budget > 0; --*budget) {
    if (pass.storage >= storages.size()) {
      if (!pass.waited) return true;
      pass = Leaving();
      return false;
    }
    const Slot slot = t_.nodes.storage(storages[pass.storage]).blocks.Next(pass.cursor);
    if (slot == SlotSet::kNone) {
      ++pass.storage;
      pass.cursor = 0;
      continue;
    }
    if (!SafeWithout(slot, node)) {
      // It stays here until this block has its copies; the blocks before it are looked at once more at the end.
      pass.waited = true;
      pass.cursor = slot;
      redundancy_.Update(slot);
      return false;
    }
    pass.cursor = slot + 1;
  }
  return false;
}

bool Sweeps::SafeWithout(Slot slot, NodeIndex node) const {
  if (const OpenBlock* open = t_.map.open(slot)) {
    return std::any_of(open->replicas.begin(), open->replicas.end(), [&](const OpenReplica& replica) {
      const NodeRecord& other = t_.nodes.node(replica.where.node);
      return replica.where.node != node && other.alive && other.in_service();
    });
  }
  bool holds_good = false;
  for (StorageIndex storage : t_.nodes.node(node).storages) holds_good |= t_.map.HasReplica(slot, storage);
  if (!holds_good) return true;
  const ReplicaCounts counts = redundancy_.Count(slot);
  if (t_.nodes.node(node).admin == AdminState::kEnteringMaintenance) return counts.live >= 1;
  return counts.live >= Redundancy::Wanted(t_.map.replication(slot), counts);
}

}  // namespace mrd::namenode
