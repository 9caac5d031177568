#include "namenode/blocks/placement.h"

#include <algorithm>
#include <map>
#include <optional>

#include "common/base/human.h"

namespace mrd::namenode {
namespace {

constexpr std::size_t kRefusalsInText = 10;

// One run of the choice. The rules are relaxed pass by pass, in the order of the enumerators.
class Choice {
 public:
  Choice(const DatanodeTable& nodes, Random& random, const PlacementRequest& request, MonoMs now)
      : nodes_(nodes), random_(random), request_(request), now_(now), average_(nodes.AverageXceivers()) {
    for (NodeIndex node : request.existing) Count(node);
    const std::uint32_t total = Total();
    const std::uint32_t racks = std::max(1u, nodes.rack_count());
    rack_max_ = racks == 1 ? UINT32_MAX : (total - std::min(total, 1u)) / racks + 2;
    // All in one rack would be no spread at all.
    if (racks > 1 && total > 1 && rack_max_ >= total) rack_max_ = total - 1;
    local_ = OnClientHost();
    for (const std::string& name : request.favoured) {
      auto found = nodes.FindUuid(name);
      if (!found) found = nodes.FindAddress(name);
      if (found) favoured_.push_back(*found);
    }
  }

  PlacementResult Run() {
    for (pass_ = Pass::kStrict; pass_ <= Pass::kLast; pass_ = static_cast<Pass>(static_cast<int>(pass_) + 1)) {
      while (result_.targets.size() < request_.count && PickNext()) {
      }
      if (result_.targets.size() == request_.count) break;
    }
    pass_ = Pass::kLast;
    PutLocalFirst();
    result_.running = nodes_.live_count();
    std::vector<NodeIndex> excluded = request_.excluded;
    std::sort(excluded.begin(), excluded.end());
    excluded.erase(std::unique(excluded.begin(), excluded.end()), excluded.end());
    result_.excluded = static_cast<std::uint32_t>(excluded.size());
    if (result_.targets.size() < request_.count) Explain();
    return std::move(result_);
  }

 private:
  enum class Pass { kStrict, kBusyToo, kStaleToo, kAnyRack, kLast = kAnyRack };

  std::uint32_t Total() const { return request_.count + static_cast<std::uint32_t>(request_.existing.size()); }

  void Count(NodeIndex node) {
    holders_.push_back(node);
    ++in_rack_[nodes_.node(node).rack];
  }

  std::vector<NodeIndex> OnClientHost() const {
    std::vector<NodeIndex> found;
    if (!request_.client.ip.empty()) found = nodes_.OnHost(request_.client.ip);
    if (found.empty() && !request_.client.host.empty()) found = nodes_.OnHost(request_.client.host);
    return found;
  }

  bool IsLocal(NodeIndex node) const { return std::find(local_.begin(), local_.end(), node) != local_.end(); }

  // The volume for the block: of a type meant for blocks, with the most room.
  std::optional<StorageIndex> Volume(NodeIndex node, std::uint64_t* room) const {
    std::optional<StorageIndex> best;
    *room = 0;
    for (const bool disks : {true, false}) {
      for (StorageIndex index : nodes_.node(node).storages) {
        const StorageRecord& volume = nodes_.storage(index);
        const bool disk = volume.type == dfs::StorageType::kDisk;
        if (!volume.usable() || disk != disks || volume.type == dfs::StorageType::kProvided) continue;
        if (!best || nodes_.Available(index) > *room) {
          best = index;
          *room = nodes_.Available(index);
        }
      }
      if (best && *room >= Need()) return best;
    }
    return best;
  }
  std::uint64_t Need() const { return std::max<std::uint64_t>(request_.block_size, 1); }

  std::optional<Refusal> Refuse(NodeIndex index) const {
    const NodeRecord& node = nodes_.node(index);
    Refusal refusal{index, node.id.XferAddress(), RefusalReason::kDead, 0, 0};
    auto because = [&](RefusalReason reason, std::uint64_t have = 0, std::uint64_t need = 0) {
      refusal.reason = reason;
      refusal.have = have;
      refusal.need = need;
      return refusal;
    };
    const auto silent = static_cast<std::uint64_t>(std::max<MonoMs>(0, now_ - node.last_heartbeat_ms));
    const auto& excluded = request_.excluded;
    if (std::find(excluded.begin(), excluded.end(), index) != excluded.end()) {
      return because(RefusalReason::kExcludedByCaller);
    }
    if (std::find(holders_.begin(), holders_.end(), index) != holders_.end()) {
      return because(RefusalReason::kHoldsReplica);
    }
    if (!node.alive) return because(RefusalReason::kDead, silent);
    if (node.leaving()) return because(RefusalReason::kDecommission);
    if (node.in_maintenance()) return because(RefusalReason::kMaintenance);
    std::uint64_t room = 0;
    if (!Volume(index, &room)) return because(RefusalReason::kNoStorage);
    if (room < Need()) return because(RefusalReason::kNoSpace, room, Need());
    if (pass_ < Pass::kStaleToo && nodes_.IsStale(index, now_)) return because(RefusalReason::kStale, silent);
    if (pass_ < Pass::kBusyToo && node.xceivers > 2 * average_) {
      return because(RefusalReason::kOverloaded, node.xceivers, static_cast<std::uint64_t>(2 * average_));
    }
    if (pass_ < Pass::kLast) {
      if (request_.no_local_write && IsLocal(index)) return because(RefusalReason::kLocalNotWanted);
      auto rack = in_rack_.find(node.rack);
      if (rack != in_rack_.end() && rack->second >= rack_max_) {
        return because(RefusalReason::kRackFull, rack->second, rack_max_);
      }
    }
    return std::nullopt;
  }

  bool Take(NodeIndex node) {
    if (Refuse(node)) return false;
    std::uint64_t room = 0;
    result_.targets.push_back({node, *Volume(node, &room)});
    Count(node);
    return true;
  }

  // One of them at random that is not refused.
  template <typename Wanted>
  bool TakeAny(const std::vector<NodeIndex>& from, Wanted wanted) {
    scratch_.clear();
    for (NodeIndex node : from) {
      if (wanted(node)) scratch_.push_back(node);
    }
    for (std::size_t left = scratch_.size(); left > 0; --left) {
      std::swap(scratch_[random_.Below(left)], scratch_[left - 1]);
      if (Take(scratch_[left - 1])) return true;
    }
    return false;
  }
  bool TakeAnywhere() {
    return TakeAny(nodes_.live(), [](NodeIndex) { return true; });
  }
  bool TakeInRack(const std::string& rack, bool same) {
    return TakeAny(nodes_.live(), [&](NodeIndex node) { return (nodes_.node(node).rack == rack) == same; });
  }

  bool PickNext() {
    for (NodeIndex node : favoured_) {
      if (Take(node)) return true;
    }
    if (holders_.empty()) return PickFirst();
    const std::string& first = nodes_.node(holders_[0]).rack;
    if (holders_.size() == 1) return TakeInRack(first, false) || TakeAnywhere();
    if (holders_.size() == 2) {
      const std::string& second = nodes_.node(holders_[1]).rack;
      return (first == second ? TakeInRack(first, false) : TakeInRack(second, true)) || TakeAnywhere();
    }
    return TakeAnywhere();
  }

  bool PickFirst() {
    if (request_.ignore_client_locality) return TakeAnywhere();
    if (!request_.no_local_write && TakeAny(local_, [](NodeIndex) { return true; })) return true;
    const std::string rack = local_.empty() ? request_.client.rack : nodes_.node(local_[0]).rack;
    return (!rack.empty() && TakeInRack(rack, true)) || TakeAnywhere();
  }

  // A later pass may have found the writer's own node after others.
  void PutLocalFirst() {
    if (!request_.existing.empty() || request_.ignore_client_locality) return;
    auto local = std::find_if(result_.targets.begin(), result_.targets.end(),
                              [&](ReplicaTarget target) { return IsLocal(target.node); });
    if (local != result_.targets.end()) std::rotate(result_.targets.begin(), local, local + 1);
  }

  void Explain() {
    for (std::uint32_t i = 0; i < nodes_.node_count(); ++i) {
      if (nodes_.node({i}).replaced) continue;
      const bool chosen = std::any_of(result_.targets.begin(), result_.targets.end(),
                                      [&](ReplicaTarget target) { return target.node.value == i; });
      if (chosen) continue;
      if (auto refusal = Refuse({i})) result_.refusals.push_back(*refusal);
    }
  }

  const DatanodeTable& nodes_;
  Random& random_;
  const PlacementRequest& request_;
  const MonoMs now_;
  const double average_;
  std::uint32_t rack_max_ = UINT32_MAX;
  Pass pass_ = Pass::kStrict;
  std::vector<NodeIndex> local_;
  std::vector<NodeIndex> favoured_;
  std::vector<NodeIndex> holders_;  // existing and chosen
  std::map<std::string, std::uint32_t> in_rack_;
  std::vector<NodeIndex> scratch_;
  PlacementResult result_;
};

}  // namespace

std::string_view RefusalName(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kExcludedByCaller: return "excluded by the client";
    case RefusalReason::kHoldsReplica: return "holds a replica";
    case RefusalReason::kDead: return "dead";
    case RefusalReason::kDecommission: return "decommissioned";
    case RefusalReason::kMaintenance: return "in maintenance";
    case RefusalReason::kNoSpace: return "no space";
    case RefusalReason::kNoStorage: return "no healthy volume";
    case RefusalReason::kOverloaded: return "overloaded";
    case RefusalReason::kStale: return "stale";
    case RefusalReason::kRackFull: return "enough replicas in its rack";
    case RefusalReason::kLocalNotWanted: return "on the client's host";
  }
  return "refused";
}

std::string ToString(const Refusal& refusal) {
  std::string text = refusal.address + ": " + std::string(RefusalName(refusal.reason));
  switch (refusal.reason) {
    case RefusalReason::kNoSpace:
      return text + ": " + HumanBytes(refusal.have) + " left on its emptiest volume, the block needs " +
             HumanBytes(refusal.need);
    case RefusalReason::kDead:
    case RefusalReason::kStale:
      return text + ": no heartbeat for " + std::to_string(refusal.have / 1000) + " s";
    case RefusalReason::kOverloaded:
      return text + ": " + std::to_string(refusal.have) + " connections, at most " + std::to_string(refusal.need);
    case RefusalReason::kRackFull:
      return text + ": " + std::to_string(refusal.have) + ", at most " + std::to_string(refusal.need);
    default:
      return text;
  }
}

std::string ShortfallText(const PlacementResult& result, std::string_view path, std::uint32_t min_replication) {
  std::string text = "File " + std::string(path) + " could only be written to " +
                     std::to_string(result.targets.size()) + " of the " + std::to_string(min_replication) +
                     " minReplication nodes. There are " +
                     std::to_string(result.running) + " datanode(s) running and " +
                     (result.excluded == 0 ? "no" : std::to_string(result.excluded)) +
                     " node(s) are excluded in this operation.";
  for (std::size_t i = 0; i < result.refusals.size() && i < kRefusalsInText; ++i) {
    text += (i == 0 ? " " : "; ") + ToString(result.refusals[i]);
  }
  if (result.refusals.size() > kRefusalsInText) {
    text += "; and " + std::to_string(result.refusals.size() - kRefusalsInText) + " more";
  }
  return text;
}

PlacementResult Placement::Choose(const PlacementRequest& request, MonoMs now) {
  PlacementResult result = Choice(nodes_, random_, request, now).Run();
  for (ReplicaTarget target : result.targets) nodes_.Promise(target.storage, request.block_size);
  return result;
}

PlacementResult Placement::WouldChoose(const PlacementRequest& request, MonoMs now) const {
  Random copy = random_;
  return Choice(nodes_, copy, request, now).Run();
}

}  // namespace mrd::namenode
