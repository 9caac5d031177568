#include "namenode/blocks/redundancy.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>

namespace mrd::namenode {
namespace {

using dfs::AdminState;

// Queue entries that one round looks at for each copy that it may order: blocks without source or target must not
// hold up those behind them, nor make a round long.
constexpr std::size_t kLooksPerCopy = 16;
constexpr std::size_t kLooksMin = 1'000;
constexpr std::size_t kTimeoutsPerTick = 10'000;

}  // namespace

ReplicaCounts Redundancy::Count(Slot slot) const {
  ReplicaCounts counts;
  for (std::size_t i = 0, n = t_.map.ReplicaCount(slot); i < n; ++i) {
    const StorageIndex storage = t_.map.Replica(slot, i);
    const NodeRecord& node = t_.NodeOf(storage);
    if (!t_.nodes.storage(storage).usable()) continue;  // about to be removed
    if (!node.alive) {
      // Down on purpose: it will be back with its replicas.
      if (node.admin == AdminState::kInMaintenance) ++counts.maintenance;
    } else if (t_.excess.Contains(slot, storage)) {
      ++counts.excess;
    } else if (node.admin == AdminState::kDecommissionInProgress) {
      ++counts.decommissioning;
    } else if (node.admin == AdminState::kDecommissioned) {
      ++counts.decommissioned;
    } else if (node.in_maintenance()) {
      ++counts.maintenance;
    } else {
      ++counts.live;
      if (t_.nodes.IsStale(t_.nodes.storage(storage).node, t_.now)) ++counts.stale_nodes;
    }
  }
  counts.corrupt = static_cast<std::uint32_t>(t_.corrupt.Of(slot).size());
  counts.pending = static_cast<std::uint32_t>(t_.pending.Count(slot));
  return counts;
}

std::uint32_t Redundancy::Wanted(std::uint32_t replication, const ReplicaCounts& counts) {
  return replication > counts.maintenance ? replication - counts.maintenance : 1;
}

bool Redundancy::IsLive(Slot slot, StorageIndex storage) const {
  const NodeRecord& node = t_.NodeOf(storage);
  return node.alive && node.in_service() && t_.nodes.storage(storage).usable() && !t_.excess.Contains(slot, storage);
}

std::vector<StorageIndex> Redundancy::LiveReplicas(Slot slot) const {
  std::vector<StorageIndex> live;
  for (std::size_t i = 0, n = t_.map.ReplicaCount(slot); i < n; ++i) {
    if (IsLive(slot, t_.map.Replica(slot, i))) live.push_back(t_.map.Replica(slot, i));
  }
  return live;
}

bool Redundancy::WellDistributed(Slot slot) const {
  if (t_.nodes.rack_count() < 2 || t_.map.replication(slot) < 2) return true;
  const std::vector<StorageIndex> live = LiveReplicas(slot);
  if (live.size() < 2) return true;
  return std::any_of(live.begin(), live.end(),
                     [&](StorageIndex s) { return t_.NodeOf(s).rack != t_.NodeOf(live[0]).rack; });
}

std::optional<RiskLevel> Redundancy::LevelOf(Slot slot, const ReplicaCounts& counts) const {
  if (counts.readable() == 0) return RiskLevel::kMissing;
  const std::uint32_t wanted = Wanted(t_.map.replication(slot), counts);
  if (counts.live + counts.pending >= wanted) {
    if (counts.pending == 0 && !WellDistributed(slot)) return RiskLevel::kBadlyDistributed;
    return std::nullopt;
  }
  if (counts.live <= 1) return RiskLevel::kHighest;
  return counts.live * 3 < wanted ? RiskLevel::kVeryLow : RiskLevel::kLow;
}

void Redundancy::SetLevel(Slot slot, std::optional<RiskLevel> level) {
  const std::uint8_t wanted = level ? static_cast<std::uint8_t>(*level) : BlockMap::kNoLevel;
  const std::uint8_t known = t_.map.level(slot);
  if (known == wanted) return;
  if (known != BlockMap::kNoLevel) t_.risk[known].Erase(slot);
  if (level) t_.risk[wanted].Insert(slot);
  t_.map.set_level(slot, wanted);
}

void Redundancy::Update(Slot slot, NodeIndex prefer) {
  if (!t_.map.complete(slot)) return;
  const bool safe = t_.map.ReplicaCount(slot) >= t_.options.min_replication;
  if (safe != t_.map.safe(slot)) {
    t_.map.set_safe(slot, safe);
    t_.safe_blocks += safe ? 1 : std::uint64_t{0} - 1;
  }
  if (!t_.populated) return;
  ReplicaCounts counts = Count(slot);
  if (counts.live < t_.map.replication(slot) && CancelExcess(slot, counts)) counts = Count(slot);
  SetLevel(slot, LevelOf(slot, counts));
  t_.postponed.Erase(slot);
  if (counts.live > t_.map.replication(slot)) ChooseExcess(slot, prefer);
  if (counts.corrupt > 0) DeleteCorrupt(slot, counts);
}

void Redundancy::Forget(Slot slot) {
  SetLevel(slot, std::nullopt);
  t_.postponed.Erase(slot);
  for (StorageIndex storage : std::vector(t_.excess.Of(slot))) {
    t_.invalidations.Cancel(t_.nodes.storage(storage).node, t_.map.id(slot));
  }
  t_.excess.RemoveAll(slot);
  t_.pending.RemoveAll(slot);
  t_.last_seen.erase(slot);
  if (t_.map.complete(slot)) {
    --t_.complete_blocks;
    if (t_.map.safe(slot)) --t_.safe_blocks;
  }
  t_.map.set_safe(slot, false);
}

void Redundancy::ChooseExcess(Slot slot, NodeIndex prefer) {
  // A holder that has not reported since it registered may not hold the block any more, nor may one that is silent.
  for (std::size_t i = 0, n = t_.map.ReplicaCount(slot); i < n; ++i) {
    const StorageIndex storage = t_.map.Replica(slot, i);
    const bool in_doubt =
        !t_.nodes.storage(storage).reported || t_.nodes.IsStale(t_.nodes.storage(storage).node, t_.now);
    if (t_.safe_mode.on() || (IsLive(slot, storage) && in_doubt)) {
      t_.postponed.Insert(slot);
      return;
    }
  }
  std::vector<StorageIndex> live = LiveReplicas(slot);
  const std::uint32_t keep = std::max(1u, t_.map.replication(slot));
  while (live.size() > keep) {
    const StorageIndex victim = PickExcess(slot, live, prefer);
    std::erase(live, victim);
    t_.excess.Add(slot, victim, t_.now);
    t_.invalidations.Add(t_.nodes.storage(victim).node, t_.map.block(slot));
  }
}

StorageIndex Redundancy::PickExcess(Slot slot,
                                    const std::vector<StorageIndex>& live,
                                    NodeIndex prefer) const {
  // An order to delete it has left earlier: it must not be counted on.
  for (StorageIndex storage : live) {
    if (t_.invalidations.WasSent(t_.nodes.storage(storage).node, t_.map.id(slot), t_.map.stamp(slot))) return storage;
  }
  std::map<std::string_view, int> in_rack;
  for (StorageIndex storage : live) ++in_rack[t_.NodeOf(storage).rack];
  const bool crowded = static_cast<std::size_t>(in_rack.size()) < live.size();
  StorageIndex best;
  double best_free = std::numeric_limits<double>::infinity();
  for (StorageIndex storage : live) {
    // Where a rack has several, one of those goes, so that no rack is lost.
    if (crowded && in_rack[t_.NodeOf(storage).rack] < 2) continue;
    if (t_.nodes.storage(storage).node == prefer) return storage;
    const dfs::StorageReport& space = t_.nodes.storage(storage).space;
    const double free =
        space.capacity == 0 ? 1.0 : static_cast<double>(space.remaining) / static_cast<double>(space.capacity);
    if (free < best_free || (free == best_free && storage < best)) {
      best = storage;
      best_free = free;
    }
  }
  return best;
}

// Takes back deletions that have not left yet, as far as their replicas are wanted again.
bool Redundancy::CancelExcess(Slot slot, const ReplicaCounts& counts) {
  std::uint32_t live = counts.live;
  bool changed = false;
  for (StorageIndex storage : std::vector(t_.excess.Of(slot))) {
    if (live >= t_.map.replication(slot)) break;
    const NodeIndex node = t_.nodes.storage(storage).node;
    if (!t_.invalidations.Cancel(node, t_.map.id(slot))) continue;  // sent: it may be gone already
    t_.excess.Remove(slot, storage);
    if (IsLive(slot, storage)) ++live;
    changed = true;
  }
  return changed;
}

bool Redundancy::MayDeleteCorrupt(Slot slot, const CorruptReplica& replica, const ReplicaCounts& counts) const {
  if (counts.live < std::max(1u, t_.options.min_replication)) return false;
  // Of a future that this namenode does not know: perhaps it is the namenode that is wrong.
  if (replica.stamp > t_.last_stamp) return false;
  if (!t_.nodes.node(replica.where.node).alive) return false;
  // The order names block and stamp only: it would hit a good replica on the same node.
  for (std::size_t i = 0, n = t_.map.ReplicaCount(slot); i < n; ++i) {
    if (t_.nodes.storage(t_.map.Replica(slot, i)).node == replica.where.node && replica.stamp == t_.map.stamp(slot)) {
      return false;
    }
  }
  if (counts.live >= t_.map.replication(slot)) return true;
  // Too few good ones, and no node left for another: the bad one stands in the way of its replacement.
  return counts.pending == 0 && !AnyNodeLeft(counts);
}

void Redundancy::DeleteCorrupt(Slot slot, const ReplicaCounts& counts) {
  for (const CorruptReplica& replica : t_.corrupt.Of(slot)) {
    if (!MayDeleteCorrupt(slot, replica, counts)) continue;
    if (t_.invalidations.Contains(replica.where.node, t_.map.id(slot))) continue;
    t_.invalidations.Add(replica.where.node, {t_.map.id(slot), replica.stamp, replica.length});
  }
}

bool Redundancy::MayDelete(NodeIndex node, const dfs::Block& replica) {
  const Slot slot = t_.map.Find(replica.id);
  if (slot == kNoSlot) return true;
  if (!t_.map.complete(slot)) return false;
  const ReplicaCounts counts = Count(slot);
  for (StorageIndex storage : t_.nodes.node(node).storages) {
    if (t_.excess.Contains(slot, storage)) {
      if (replica.stamp != t_.map.stamp(slot)) continue;
      if (counts.live >= std::max(1u, t_.map.replication(slot))) return true;
      // The node whose replica made this one superfluous has died since.
      t_.excess.Remove(slot, storage);
      Update(slot);
      return false;
    }
    if (t_.map.HasReplica(slot, storage) && replica.stamp == t_.map.stamp(slot)) return false;
    const CorruptReplica* corrupt = t_.corrupt.Find(slot, storage);
    if (corrupt != nullptr && corrupt->stamp == replica.stamp) return MayDeleteCorrupt(slot, *corrupt, counts);
  }
  return false;
}

bool Redundancy::AnyNodeLeft(const ReplicaCounts& counts) const {
  std::uint32_t in_service = 0;
  for (NodeIndex node : t_.nodes.live()) in_service += t_.nodes.node(node).in_service() ? 1 : 0;
  return counts.live + counts.pending + counts.corrupt + counts.excess < in_service;
}

std::uint32_t Redundancy::Streams(NodeIndex node) const {
  const std::size_t queued = node.value < t_.orders.size() ? t_.orders[node.value].transfers.size() : 0;
  return t_.nodes.node(node).transfers + static_cast<std::uint32_t>(queued);
}

std::optional<NodeIndex> Redundancy::ChooseSource(Slot slot, RiskLevel level, bool* any) const {
  const std::uint32_t limit =
      level == RiskLevel::kHighest ? t_.options.max_streams_hard_limit : t_.options.max_streams;
  std::optional<NodeIndex> best;
  std::uint64_t best_cost = 0;
  *any = false;
  for (std::size_t i = 0, n = t_.map.ReplicaCount(slot); i < n; ++i) {
    const StorageIndex storage = t_.map.Replica(slot, i);
    const NodeIndex index = t_.nodes.storage(storage).node;
    const NodeRecord& node = t_.nodes.node(index);
    if (!node.alive || !t_.nodes.storage(storage).usable()) continue;
    *any = true;
    if (Streams(index) >= limit) continue;
    // Superfluous ones may be gone by then, silent nodes are slow to hear; nodes that leave have time to send.
    std::uint64_t state = static_cast<std::uint64_t>(t_.map.id(slot).value) * 31 + index.value;
    const std::uint64_t cost = (t_.excess.Contains(slot, storage) ? 1ull << 63 : 0) |
                               (t_.nodes.IsStale(index, t_.now) ? 1ull << 62 : 0) |
                               (node.leaving() ? 0 : 1ull << 61) | std::uint64_t{Streams(index)} << 32 |
                               SplitMix64(state) >> 32;
    if (!best || cost < best_cost) {
      best = index;
      best_cost = cost;
    }
  }
  return best;
}

PlacementRequest Redundancy::CopyRequest(Slot slot, RiskLevel level) const {
  const ReplicaCounts counts = Count(slot);
  const std::uint32_t wanted = Wanted(t_.map.replication(slot), counts);
  const std::uint32_t coming = counts.live + counts.pending;
  PlacementRequest request;
  request.count = level == RiskLevel::kBadlyDistributed ? 1 : wanted > coming ? wanted - coming : 0;
  request.block_size = t_.map.length(slot);
  for (std::size_t i = 0, n = t_.map.ReplicaCount(slot); i < n; ++i) {
    const StorageIndex storage = t_.map.Replica(slot, i);
    (IsLive(slot, storage) ? request.existing : request.excluded).push_back(t_.nodes.storage(storage).node);
  }
  for (StorageIndex storage : t_.pending.Of(slot)) request.existing.push_back(t_.nodes.storage(storage).node);
  for (const CorruptReplica& replica : t_.corrupt.Of(slot)) request.excluded.push_back(replica.where.node);
  // A deletion of the same block may be on its way there and would meet the copy.
  for (NodeIndex node : t_.invalidations.Nodes(t_.map.id(slot))) request.excluded.push_back(node);
  return request;
}

bool Redundancy::AddsRack(Slot slot, const PlacementResult& placement) const {
  const std::vector<StorageIndex> live = LiveReplicas(slot);
  return !live.empty() && std::any_of(placement.targets.begin(), placement.targets.end(), [&](ReplicaTarget target) {
    return t_.nodes.node(target.node).rack != t_.NodeOf(live[0]).rack;
  });
}

Redundancy::Plan Redundancy::WouldCopy(Slot slot, RiskLevel level) const {
  Plan plan;
  bool any = false;
  const std::optional<NodeIndex> source = ChooseSource(slot, level, &any);
  if (!source) {
    plan.refused = any ? Refused::kSourcesBusy : Refused::kNoReplica;
    return plan;
  }
  plan.source = *source;
  plan.placement = t_.placement.WouldChoose(CopyRequest(slot, level), t_.now);
  const bool useless = level == RiskLevel::kBadlyDistributed && !AddsRack(slot, plan.placement);
  if (plan.placement.targets.empty() || useless) plan.refused = Refused::kNoTarget;
  return plan;
}

bool Redundancy::Copy(Slot slot, RiskLevel level) {
  if (!AnyNodeLeft(Count(slot))) return false;
  bool any = false;
  const std::optional<NodeIndex> source = ChooseSource(slot, level, &any);
  if (!source) return false;
  const PlacementResult placement = t_.placement.Choose(CopyRequest(slot, level), t_.now);
  if (placement.targets.empty()) return false;
  if (level == RiskLevel::kBadlyDistributed && !AddsRack(slot, placement)) {
    for (ReplicaTarget target : placement.targets) t_.nodes.Fulfil(target.storage);
    return false;
  }
  t_.OrdersOf(*source).transfers.push_back({t_.map.block(slot), placement.targets});
  for (ReplicaTarget target : placement.targets) t_.pending.Add(slot, target.storage, t_.now);
  Update(slot);
  return true;
}

std::size_t Redundancy::ComputeWork(std::size_t copies_max) {
  if (t_.safe_mode.on() || !t_.populated) return 0;
  const std::size_t limit =
      copies_max != 0 ? copies_max : std::size_t{t_.options.work_per_live_node} * t_.nodes.live_count();
  std::size_t looks = std::max(kLooksMin, limit * kLooksPerCopy);
  std::size_t ordered = 0;
  for (int i = 0; i < static_cast<int>(RiskLevel::kMissing); ++i) {
    const auto level = static_cast<RiskLevel>(i);
    const SlotSet& queue = t_.risk[static_cast<std::size_t>(i)];
    Slot& cursor = cursor_[static_cast<std::size_t>(i)];
    // Each member at most once a round, beginning behind the last one of the former round.
    for (std::size_t left = queue.size(); left > 0 && looks > 0 && ordered < limit; --left, --looks) {
      Slot slot = queue.Next(cursor);
      if (slot == SlotSet::kNone) slot = queue.Next(0);
      if (slot == SlotSet::kNone) break;
      cursor = slot + 1;
      if (Copy(slot, level)) ++ordered;
    }
  }
  return ordered;
}

void Redundancy::Timeouts() {
  for (Slot slot : t_.pending.TakeOlderThan(t_.now - t_.options.pending_timeout_ms, kTimeoutsPerTick)) Update(slot);
  for (const auto& order : t_.excess.TakeOlderThan(t_.now - t_.options.excess_repeat_ms, kTimeoutsPerTick)) {
    const NodeIndex node = t_.nodes.storage(order.storage).node;
    t_.excess.Add(order.slot, order.storage, t_.now);
    t_.invalidations.Add(node, t_.map.block(order.slot));
  }
  // Twice as long as a repetition takes, so that no order that may still be carried out is forgotten.
  t_.invalidations.ForgetSentBefore(t_.now - 2 * t_.options.excess_repeat_ms, kTimeoutsPerTick);
}

void Redundancy::RetryPostponed(std::size_t max) {
  if (t_.safe_mode.on()) return;
  for (std::size_t left = std::min(max, t_.postponed.size()); left > 0; --left) {
    Slot slot = t_.postponed.Next(postponed_cursor_);
    if (slot == SlotSet::kNone) slot = t_.postponed.Next(0);
    if (slot == SlotSet::kNone) return;
    postponed_cursor_ = slot + 1;
    Update(slot);
  }
}

std::vector<Command> Redundancy::TakeTransfers(NodeIndex node, std::uint32_t in_progress) {
  std::vector<Command> commands;
  auto& queue = t_.OrdersOf(node).transfers;
  const std::uint32_t limit = t_.options.max_streams_hard_limit;
  while (!queue.empty() && in_progress + commands.size() < limit) {
    const NodeOrders::Transfer order = std::move(queue.front());
    queue.pop_front();
    const Slot slot = t_.map.Find(order.block.id);
    if (slot == kNoSlot) continue;
    const auto& volumes = t_.nodes.node(node).storages;
    const bool same = t_.map.complete(slot) && t_.map.block(slot) == order.block &&
                      std::any_of(volumes.begin(), volumes.end(),
                                  [&](StorageIndex storage) { return t_.map.HasReplica(slot, storage); });
    TransferCommand command{order.block, {}};
    for (ReplicaTarget target : order.targets) {
      if (same && t_.nodes.node(target.node).alive && t_.nodes.storage(target.storage).usable()) {
        command.targets.push_back(t_.nodes.Location(target));
      } else {
        t_.pending.Remove(slot, target.storage);
      }
    }
    if (!command.targets.empty()) commands.push_back(std::move(command));
    Update(slot);
  }
  // Until the next heartbeat tells how many it still has.
  t_.nodes.node(node).transfers += static_cast<std::uint32_t>(commands.size());
  return commands;
}

void Redundancy::DropCopies(NodeIndex node) {
  for (const NodeOrders::Transfer& order : t_.OrdersOf(node).transfers) {
    const Slot slot = t_.map.Find(order.block.id);
    if (slot == kNoSlot) continue;
    for (ReplicaTarget target : order.targets) t_.pending.Remove(slot, target.storage);
    Update(slot);
  }
  t_.OrdersOf(node).transfers.clear();
  for (StorageIndex storage : t_.nodes.node(node).all_storages) {
    for (Slot slot : t_.pending.TakeTarget(storage)) Update(slot);
  }
}

}  // namespace mrd::namenode
