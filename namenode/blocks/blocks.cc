#include "namenode/blocks/blocks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "dfs/errors.h"
#include "namenode/blocks/state.h"

namespace mrd::namenode {
namespace {

Status Refused(std::string message) { return dfs::Exception(dfs::java::kIo, std::move(message)); }

}  // namespace

Blocks::Blocks(const BlockOptions& options, Random& random) : state_(std::make_unique<State>(options, random)) {}
Blocks::~Blocks() = default;

// --- Start ---------------------------------------------------------------------------------------------------------

void Blocks::AddLoaded(const dfs::Block& block, dfs::InodeId file, std::uint32_t replication) {
  BlockTables& t = state_->t;
  MRD_CHECK(t.map.Find(block.id) == kNoSlot);
  const Slot slot = t.map.Add(block, file, replication, BlockState::kComplete);
  ++t.complete_blocks;
  state_->Issued(block);
  state_->redundancy.Update(slot);
}

void Blocks::SetIssued(dfs::BlockId last_id, dfs::GenerationStamp last_stamp) {
  state_->Issued({last_id, last_stamp, 0});
}

void Blocks::FinishLoading(MonoMs now) {
  state_->t.now = now;
  state_->loaded = true;
  state_->t.safe_mode.StartUp(state_->t.SafeCounts(), now);
  state_->was_safe = state_->t.safe_mode.on();
  state_->UpdateSafeMode();
}

// --- Life of a block -----------------------------------------------------------------------------------------------

void Blocks::AddOpen(const dfs::Block& block,
                     dfs::InodeId file,
                     std::uint32_t replication,
                     const std::vector<ReplicaTarget>& targets) {
  BlockTables& t = state_->t;
  MRD_CHECK(t.map.Find(block.id) == kNoSlot);
  const Slot slot = t.map.Add(block, file, replication, BlockState::kUnderConstruction);
  OpenBlock& open = t.map.MakeOpen(slot);
  for (ReplicaTarget target : targets) {
    OpenReplica& replica = open.replicas.emplace_back();
    replica.where = target;
    replica.expected = true;
    replica.stamp = block.stamp;
  }
  state_->Issued(block);
}

void Blocks::Remove(dfs::BlockId id) {
  BlockTables& t = state_->t;
  const Slot slot = t.map.Find(id);
  if (slot == kNoSlot) return;
  state_->recoveries.End(slot);
  state_->intake.Purge(slot);
  t.map.Remove(slot);
  t.removed.Add(id);
}

Status Blocks::Commit(const dfs::Block& block) {
  BlockTables& t = state_->t;
  const Slot slot = state_->SlotOf(block.id);
  const dfs::Block known = t.map.block(slot);
  const BlockState state = t.map.state(slot);
  if (state == BlockState::kCommitted || state == BlockState::kComplete) {
    if (known == block) return Status::Ok();
    return Refused("Trying to commit " + dfs::ToString(block) + " of " + std::to_string(block.length) +
                   " bytes, but it was committed as " + dfs::ToString(known) + " of " + std::to_string(known.length) +
                   " bytes");
  }
  if (state == BlockState::kUnderRecovery) {
    return Refused("Trying to commit " + dfs::ToString(block) + " while it is being recovered");
  }
  if (block.length < known.length || block.stamp < known.stamp || block.stamp > t.last_stamp ||
      block.length > kBlockLengthMax) {
    return Refused("Trying to commit inconsistent block: id = " + std::to_string(block.id.value) +
                   ", expected length at least " + std::to_string(known.length) + " and stamp " +
                   std::to_string(known.stamp.value) + ", got " +
                   std::to_string(block.length) + " and " + std::to_string(block.stamp.value));
  }
  t.map.set_block(slot, block);
  t.map.set_state(slot, BlockState::kCommitted);
  return Status::Ok();
}

bool Blocks::IsSatisfied(dfs::BlockId id) const {
  const Slot slot = state_->SlotOf(id);
  const BlockState state = state_->t.map.state(slot);
  if (state == BlockState::kComplete) return true;
  return state == BlockState::kCommitted && state_->intake.FinishedReplicas(slot) >= state_->t.options.min_replication;
}

bool Blocks::Complete(dfs::BlockId id) {
  const Slot slot = state_->SlotOf(id);
  if (state_->t.map.complete(slot)) return true;
  if (!IsSatisfied(id)) return false;
  state_->intake.Close(slot);
  return true;
}

bool Blocks::IsComplete(dfs::BlockId id) const { return state_->t.map.complete(state_->SlotOf(id)); }

void Blocks::Reopen(dfs::BlockId id) {
  const Slot slot = state_->SlotOf(id);
  if (state_->t.map.complete(slot)) state_->intake.Open(slot);
}

void Blocks::UpdatePipeline(const dfs::Block& block, const std::vector<ReplicaTarget>& targets) {
  BlockTables& t = state_->t;
  const Slot slot = state_->SlotOf(block.id);
  MRD_CHECK(!t.map.complete(slot));
  t.map.set_block(slot, block);
  state_->Issued(block);
  OpenBlock& open = *t.map.open(slot);
  std::vector<OpenReplica> pipeline;
  for (ReplicaTarget target : targets) {
    OpenReplica replica;
    replica.where = target;
    replica.stamp = block.stamp;
    if (const OpenReplica* known = open.Find(target.storage)) replica = *known;
    replica.expected = true;
    pipeline.push_back(replica);
  }
  // Members that were left out: what they were promised is free again, what they reported is stale.
  for (OpenReplica& replica : open.replicas) {
    const bool kept = std::any_of(targets.begin(), targets.end(),
                                  [&](ReplicaTarget target) { return target.storage == replica.where.storage; });
    if (kept) continue;
    if (replica.expected && !replica.reported) t.nodes.Fulfil(replica.where.storage);
    replica.expected = false;
    if (replica.reported) pipeline.push_back(replica);
  }
  open.replicas = std::move(pipeline);
}

void Blocks::SetOpenLength(dfs::BlockId id, std::uint64_t length) {
  BlockTables& t = state_->t;
  const Slot slot = state_->SlotOf(id);
  dfs::Block block = t.map.block(slot);
  if (t.map.complete(slot) || length <= block.length || length > kBlockLengthMax) return;
  block.length = length;
  t.map.set_block(slot, block);
}

void Blocks::SetReplication(dfs::BlockId id, std::uint32_t replication) {
  const Slot slot = state_->SlotOf(id);
  state_->t.map.set_replication(slot, std::min(replication, kReplicationMax));
  state_->redundancy.Update(slot);
}

void Blocks::SetFile(dfs::BlockId id, dfs::InodeId file) { state_->t.map.set_file(state_->SlotOf(id), file); }

// --- Block recovery ------------------------------------------------------------------------------------------------

bool Blocks::BeginRecovery(dfs::BlockId id,
                           dfs::GenerationStamp recovery_stamp,
                           std::optional<std::uint64_t> truncate_length,
                           MonoMs now) {
  state_->t.now = now;
  const Slot slot = state_->SlotOf(id);
  MRD_CHECK(!state_->t.map.complete(slot));
  state_->Issued({id, recovery_stamp, 0});
  return state_->recoveries.Begin(slot, recovery_stamp, truncate_length);
}

dfs::GenerationStamp Blocks::RecoveryStamp(dfs::BlockId id) const {
  const OpenBlock* open = state_->t.map.open(state_->SlotOf(id));
  return open == nullptr ? dfs::GenerationStamp() : open->recovery_stamp;
}

Status Blocks::FinishRecovery(const dfs::Block& block, const std::vector<ReplicaTarget>& holders) {
  BlockTables& t = state_->t;
  const Slot slot = state_->SlotOf(block.id);
  OpenBlock* open = t.map.open(slot);
  if (open == nullptr || open->recovery_stamp.value == 0 || open->recovery_stamp != block.stamp ||
      block.length > kBlockLengthMax) {
    const dfs::GenerationStamp running = RecoveryStamp(block.id);
    return dfs::Exception(dfs::java::kIo, "The recovery id " + std::to_string(block.stamp.value) +
                                              " does not match current recovery id " + std::to_string(running.value) +
                                              " for block " + dfs::ToString(t.map.block(slot)));
  }
  UpdatePipeline(block, holders);
  for (OpenReplica& replica : t.map.open(slot)->replicas) {
    if (!replica.expected) continue;
    replica.reported = true;
    replica.state = dfs::ReplicaState::kFinalized;
    replica.stamp = block.stamp;
    replica.length = block.length;
    t.nodes.storage(replica.where.storage).blocks.Insert(slot);
  }
  state_->recoveries.End(slot);
  t.map.set_state(slot, BlockState::kCommitted);
  return Status::Ok();
}

void Blocks::ExpectHolders(dfs::BlockId id, const std::vector<ReplicaTarget>& targets) {
  const Slot slot = state_->SlotOf(id);
  OpenBlock* open = state_->t.map.open(slot);
  MRD_CHECK(open != nullptr);
  for (const ReplicaTarget& target : targets) {
    OpenReplica* replica = open->Find(target.storage);
    if (replica == nullptr) {
      replica = &open->replicas.emplace_back();
      replica->where = target;
      replica->stamp = state_->t.map.stamp(slot);
    }
    replica->expected = true;
  }
}

bool Blocks::IsExpected(dfs::BlockId id, StorageIndex storage) const {
  const OpenBlock* open = state_->t.map.open(state_->SlotOf(id));
  return open != nullptr &&
         std::any_of(open->replicas.begin(), open->replicas.end(), [&](const OpenReplica& replica) {
           return replica.expected && replica.where.storage == storage;
         });
}

bool Blocks::IsEmptyAndUnplaced(dfs::BlockId id) const {
  const Slot slot = state_->SlotOf(id);
  const OpenBlock* open = state_->t.map.open(slot);
  return open != nullptr && open->replicas.empty() && state_->t.map.length(slot) == 0;
}

bool Blocks::IsPipelineKnown(dfs::BlockId id) const {
  const OpenBlock* open = state_->t.map.open(state_->SlotOf(id));
  return open != nullptr && std::any_of(open->replicas.begin(), open->replicas.end(),
                                        [](const OpenReplica& replica) { return replica.expected; });
}

// --- Placement -----------------------------------------------------------------------------------------------------

PlacementResult Blocks::Place(const PlacementRequest& request, MonoMs now) {
  return state_->t.placement.Choose(request, now);
}

PlacementResult Blocks::WouldPlace(const PlacementRequest& request, MonoMs now) const {
  return state_->t.placement.WouldChoose(request, now);
}

Result<std::vector<ReplicaTarget>> Blocks::FindTargets(std::span<const std::string> node_uuids,
                                                       std::span<const std::string> storage_uuids) const {
  const DatanodeTable& nodes = state_->t.nodes;
  std::vector<ReplicaTarget> targets;
  for (std::size_t i = 0; i < node_uuids.size(); ++i) {
    const auto node = nodes.FindUuid(node_uuids[i]);
    if (!node) return dfs::Exception(dfs::java::kIo, "No datanode has the uuid " + node_uuids[i]);
    const std::string wanted = i < storage_uuids.size() ? storage_uuids[i] : "";
    std::optional<StorageIndex> storage;
    if (!wanted.empty()) {
      storage = nodes.FindStorage(*node, wanted);
    } else if (!nodes.node(*node).storages.empty()) {
      storage = nodes.node(*node).storages[0];
    }
    if (!storage) {
      return dfs::Exception(dfs::java::kIo, "Datanode " + nodes.node(*node).id.XferAddress() + " has no storage " +
                                                (wanted.empty() ? "at all" : wanted));
    }
    targets.push_back({*node, *storage});
  }
  return targets;
}

}  // namespace mrd::namenode
