#include <algorithm>
#include <queue>

#include "namenode/blocks/blocks.h"
#include "namenode/blocks/state.h"

namespace mrd::namenode {
namespace {

using dfs::AdminState;

// The `max` smallest ids above `after`, in order, of those given one by one.
class SmallestIds {
 public:
  SmallestIds(dfs::BlockId after, std::size_t max) : after_(after), max_(max) {}
  void Add(dfs::BlockId id) {
    if (id <= after_ || max_ == 0) return;
    if (heap_.size() == max_) {
      if (id >= heap_.top()) return;
      heap_.pop();
    }
    heap_.push(id);
  }
  std::vector<dfs::BlockId> Take() {
    std::vector<dfs::BlockId> ids;
    for (; !heap_.empty(); heap_.pop()) ids.push_back(heap_.top());
    std::reverse(ids.begin(), ids.end());
    return ids;
  }

 private:
  const dfs::BlockId after_;
  const std::size_t max_;
  std::priority_queue<dfs::BlockId> heap_;
};

std::string LastSeenOn(const BlockTables& t, Slot slot) {
  const auto seen = t.last_seen.find(slot);
  return seen == t.last_seen.end() ? "" : t.nodes.node(seen->second).id.XferAddress();
}

TroubledBlock Troubled(const BlockTables& t, const Redundancy& redundancy, Slot slot) {
  return {t.map.block(slot), t.map.file(slot), t.map.replication(slot), redundancy.Count(slot), LastSeenOn(t, slot)};
}

}  // namespace

std::string_view ObstacleText(RedundancyObstacle obstacle) {
  switch (obstacle) {
    case RedundancyObstacle::kNone: return "nothing is missing";
    case RedundancyObstacle::kOpen: return "it is still being written";
    case RedundancyObstacle::kSafeMode: return "no copies are made in safe mode";
    case RedundancyObstacle::kCopyPending: return "a copy is on its way";
    case RedundancyObstacle::kQueued: return "it waits for its turn";
    case RedundancyObstacle::kNoReplica: return "no good replica is known to copy from";
    case RedundancyObstacle::kSourcesBusy: return "every node with a replica is busy with other copies";
    case RedundancyObstacle::kNoTarget: return "no node can take another replica";
  }
  return "";
}

const DatanodeTable& Blocks::nodes() const { return state_->t.nodes; }
MonoMs Blocks::now() const { return state_->t.now; }
std::size_t Blocks::block_count() const { return state_->t.map.size(); }
SafeMode& Blocks::safe_mode() { return state_->t.safe_mode; }
const SafeMode& Blocks::safe_mode() const { return state_->t.safe_mode; }
std::size_t Blocks::pending_copies() const { return state_->t.pending.blocks(); }
std::size_t Blocks::pending_deletions() const { return state_->t.invalidations.size(); }

std::optional<BlockSummary> Blocks::Find(dfs::BlockId id) const {
  const Slot slot = state_->t.map.Find(id);
  if (slot == kNoSlot) return std::nullopt;
  return state_->t.map.Summary(slot);
}

ReplicaCounts Blocks::Count(dfs::BlockId id, MonoMs now) const {
  state_->t.now = std::max(state_->t.now, now);
  const Slot slot = state_->t.map.Find(id);
  return slot == kNoSlot ? ReplicaCounts() : state_->redundancy.Count(slot);
}

std::vector<ReplicaTarget> Blocks::Replicas(dfs::BlockId id) const {
  const BlockTables& t = state_->t;
  const Slot slot = t.map.Find(id);
  std::vector<ReplicaTarget> replicas;
  if (slot == kNoSlot) return replicas;
  if (const OpenBlock* open = t.map.open(slot)) {
    for (const OpenReplica& replica : open->replicas) {
      if (replica.expected) replicas.push_back(replica.where);
    }
    // After a start the pipeline is not known, only what was reported.
    for (const OpenReplica& replica : open->replicas) {
      if (replica.reported && !replica.expected && replica.stamp >= t.map.stamp(slot)) {
        replicas.push_back(replica.where);
      }
    }
    return replicas;
  }
  for (const bool excess : {false, true}) {
    for (std::size_t i = 0, n = t.map.ReplicaCount(slot); i < n; ++i) {
      const StorageIndex storage = t.map.Replica(slot, i);
      const bool there = t.NodeOf(storage).alive && t.nodes.storage(storage).usable();
      if (there && t.excess.Contains(slot, storage) == excess) replicas.push_back(t.At(storage));
    }
    // Those about to be deleted only where there are no others.
    if (!replicas.empty()) break;
  }
  std::sort(replicas.begin(), replicas.end(), [](ReplicaTarget a, ReplicaTarget b) { return a.storage < b.storage; });
  return replicas;
}

BlockPlaces Blocks::Places(dfs::BlockId id, const ClientPlace& reader, MonoMs now) const {
  const BlockTables& t = state_->t;
  BlockPlaces places;
  std::vector<ReplicaTarget> replicas = Replicas(id);
  const Slot slot = t.map.Find(id);
  if (replicas.empty() && slot != kNoSlot && t.map.complete(slot)) {
    for (const CorruptReplica& replica : t.corrupt.Of(slot)) {
      if (t.nodes.node(replica.where.node).alive) replicas.push_back(replica.where);
    }
    places.corrupt = !replicas.empty();
  }
  SortForReader(t.nodes, reader, id, now, replicas);
  for (ReplicaTarget replica : replicas) places.locations.push_back(t.nodes.Location(replica));
  return places;
}

std::vector<OpenReplica> Blocks::OpenReplicas(dfs::BlockId id) const {
  const Slot slot = state_->t.map.Find(id);
  const OpenBlock* open = slot == kNoSlot ? nullptr : state_->t.map.open(slot);
  return open == nullptr ? std::vector<OpenReplica>() : open->replicas;
}

std::vector<CorruptReplica> Blocks::CorruptReplicas(dfs::BlockId id) const {
  const Slot slot = state_->t.map.Find(id);
  return slot == kNoSlot ? std::vector<CorruptReplica>() : state_->t.corrupt.Of(slot);
}

bool Blocks::IsExcess(dfs::BlockId id, NodeIndex node) const {
  const Slot slot = state_->t.map.Find(id);
  if (slot == kNoSlot) return false;
  const std::vector<StorageIndex>& excess = state_->t.excess.Of(slot);
  return std::any_of(excess.begin(), excess.end(),
                     [&](StorageIndex storage) { return state_->t.nodes.storage(storage).node == node; });
}

std::vector<ReplicaTarget> Blocks::ExcessReplicas(dfs::BlockId id) const {
  const Slot slot = state_->t.map.Find(id);
  std::vector<ReplicaTarget> replicas;
  if (slot == kNoSlot) return replicas;
  for (const StorageIndex storage : state_->t.excess.Of(slot)) replicas.push_back(state_->t.At(storage));
  return replicas;
}

std::string Blocks::LastSeen(dfs::BlockId id) const {
  const Slot slot = state_->t.map.Find(id);
  return slot == kNoSlot ? "" : LastSeenOn(state_->t, slot);
}

RedundancyStatus Blocks::Explain(dfs::BlockId id, MonoMs now) const {
  BlockTables& t = state_->t;
  RedundancyStatus status;
  status.counts = Count(id, now);
  const Slot slot = t.map.Find(id);
  if (slot == kNoSlot) return status;
  status.wanted = t.map.replication(slot);
  if (!t.map.complete(slot)) {
    status.obstacle = RedundancyObstacle::kOpen;
    return status;
  }
  status.level = state_->redundancy.LevelOf(slot, status.counts);
  if (!status.level) {
    const bool waits = status.counts.live < Redundancy::Wanted(status.wanted, status.counts);
    status.obstacle = waits ? RedundancyObstacle::kCopyPending : RedundancyObstacle::kNone;
  } else if (*status.level == RiskLevel::kMissing) {
    status.obstacle = RedundancyObstacle::kNoReplica;
  } else if (t.safe_mode.on()) {
    status.obstacle = RedundancyObstacle::kSafeMode;
  } else {
    Redundancy::Plan plan = state_->redundancy.WouldCopy(slot, *status.level);
    using Refused = Redundancy::Refused;
    status.obstacle = plan.refused == Refused::kNone          ? RedundancyObstacle::kQueued
                      : plan.refused == Refused::kNoReplica   ? RedundancyObstacle::kNoReplica
                      : plan.refused == Refused::kSourcesBusy ? RedundancyObstacle::kSourcesBusy
                                                              : RedundancyObstacle::kNoTarget;
    status.refusals = std::move(plan.placement.refusals);
  }
  return status;
}

std::string_view Blocks::StateText(dfs::BlockId id, MonoMs now) const {
  const BlockTables& t = state_->t;
  const Slot slot = t.map.Find(id);
  if (slot == kNoSlot) return "MISSING";
  if (!t.map.complete(slot)) return "UNDER CONSTRUCTION";
  const ReplicaCounts counts = Count(id, now);
  if (counts.readable() == 0) return counts.corrupt > 0 ? "CORRUPT" : "MISSING";
  if (counts.live < Redundancy::Wanted(t.map.replication(slot), counts)) return "UNDER REPLICATED";
  if (counts.live + counts.excess > t.map.replication(slot)) return "OVER REPLICATED";
  return state_->redundancy.WellDistributed(slot) ? "HEALTHY" : "MISREPLICATED";
}

std::string_view Blocks::ReplicaText(dfs::BlockId id, NodeIndex node, MonoMs now) const {
  const std::vector<CorruptReplica> corrupt = CorruptReplicas(id);
  if (std::any_of(corrupt.begin(), corrupt.end(), [&](const CorruptReplica& r) { return r.where.node == node; })) {
    return "CORRUPT";
  }
  switch (state_->t.nodes.node(node).admin) {
    case AdminState::kDecommissioned: return "DECOMMISSIONED";
    case AdminState::kDecommissionInProgress: return "DECOMMISSIONING";
    case AdminState::kEnteringMaintenance: return "ENTERING MAINTENANCE";
    case AdminState::kInMaintenance: return "IN MAINTENANCE";
    case AdminState::kNormal: break;
  }
  if (IsExcess(id, node)) return "EXCESS";
  return state_->t.nodes.IsStale(node, now) ? "STALE_NODE" : "HEALTHY";
}

dfs::FsStats Blocks::Stats() const {
  const BlockTables& t = state_->t;
  dfs::FsStats stats = t.nodes.Space();
  for (RiskLevel level : {RiskLevel::kHighest, RiskLevel::kVeryLow, RiskLevel::kLow, RiskLevel::kBadlyDistributed}) {
    stats.under_replicated += QueueSize(level);
  }
  stats.highest_priority_low_redundancy = QueueSize(RiskLevel::kHighest);
  stats.missing_blocks = QueueSize(RiskLevel::kMissing);
  const SlotSet& missing = t.risk[static_cast<std::size_t>(RiskLevel::kMissing)];
  for (Slot slot = missing.Next(0); slot != SlotSet::kNone; slot = missing.Next(slot + 1)) {
    if (t.map.replication(slot) == 1) ++stats.missing_replication_one;
  }
  stats.corrupt_blocks = t.corrupt.blocks();
  stats.blocks_in_future = state_->intake.future_replicas();
  stats.pending_deletion = t.invalidations.size();
  return stats;
}

std::vector<dfs::DatanodeInfo> Blocks::DatanodeReport(dfs::DatanodeReportType type) const {
  std::vector<dfs::DatanodeInfo> infos;
  for (NodeIndex node : nodes().Listed(type)) infos.push_back(nodes().Info(node));
  return infos;
}

std::vector<dfs::DatanodeStorageReport> Blocks::StorageReport(dfs::DatanodeReportType type) const {
  std::vector<dfs::DatanodeStorageReport> reports;
  for (NodeIndex node : nodes().Listed(type)) {
    dfs::DatanodeStorageReport& report = reports.emplace_back();
    report.info = nodes().Info(node);
    for (StorageIndex index : nodes().node(node).storages) {
      const StorageRecord& storage = nodes().storage(index);
      dfs::StorageReport& told = report.storages.emplace_back(storage.space);
      told.storage_uuid = storage.uuid;
      told.type = storage.type;
      told.failed = storage.failed;
    }
  }
  return reports;
}

std::size_t Blocks::QueueSize(RiskLevel level) const { return state_->t.risk[static_cast<std::size_t>(level)].size(); }

std::vector<TroubledBlock> Blocks::Queue(RiskLevel level, dfs::BlockId after, std::size_t max, MonoMs now) const {
  BlockTables& t = state_->t;
  t.now = std::max(t.now, now);
  const SlotSet& queue = t.risk[static_cast<std::size_t>(level)];
  SmallestIds ids(after, max);
  for (Slot slot = queue.Next(0); slot != SlotSet::kNone; slot = queue.Next(slot + 1)) ids.Add(t.map.id(slot));
  std::vector<TroubledBlock> blocks;
  for (dfs::BlockId id : ids.Take()) blocks.push_back(Troubled(t, state_->redundancy, t.map.Find(id)));
  return blocks;
}

std::vector<TroubledBlock> Blocks::Missing(dfs::BlockId after, std::size_t max, MonoMs now) const {
  return Queue(RiskLevel::kMissing, after, max, now);
}

std::vector<TroubledBlock> Blocks::Unreported(dfs::BlockId after, std::size_t max, MonoMs now) const {
  BlockTables& t = state_->t;
  t.now = std::max(t.now, now);
  SmallestIds ids(after, max);
  for (Slot slot = 0; slot < t.map.slots_end(); ++slot) {
    if (t.map.InUse(slot) && t.map.complete(slot) && !t.map.safe(slot)) ids.Add(t.map.id(slot));
  }
  std::vector<TroubledBlock> blocks;
  for (dfs::BlockId id : ids.Take()) blocks.push_back(Troubled(t, state_->redundancy, t.map.Find(id)));
  return blocks;
}

std::size_t Blocks::MemoryBytes() const {
  const BlockTables& t = state_->t;
  std::size_t bytes = t.map.MemoryBytes();
  for (const SlotSet& set : t.risk) bytes += set.MemoryBytes();
  for (std::uint32_t i = 0; i < t.nodes.storage_count(); ++i) {
    const StorageRecord& storage = t.nodes.storage({i});
    bytes += sizeof storage;
    for (const SlotSet* set :
         {&storage.blocks, &storage.young_now, &storage.young_before, &storage.gone_now, &storage.gone_before}) {
      bytes += set->MemoryBytes();
    }
  }
  return bytes;
}

}  // namespace mrd::namenode
