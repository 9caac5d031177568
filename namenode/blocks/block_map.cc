#include "namenode/blocks/block_map.h"

#include <algorithm>

namespace mrd::namenode {

OpenReplica* OpenBlock::Find(StorageIndex storage) {
  for (OpenReplica& replica : replicas) {
    if (replica.where.storage == storage) return &replica;
  }
  return nullptr;
}

Slot BlockMap::Find(dfs::BlockId id) const {
  const Slot* const slot = index_.Find(id.value);
  return slot == nullptr ? kNoSlot : *slot;
}

Slot BlockMap::Add(const dfs::Block& block, dfs::InodeId file, std::uint32_t replication, BlockState state) {
  MRD_CHECK(replication <= kReplicationMax);
  Slot slot = free_;
  if (slot != kNoSlot) {
    free_ = static_cast<Slot>(record(slot).replicas);
  } else {
    MRD_CHECK(slots_end_ != kNoSlot);
    slot = slots_end_;
    // Memory of a chunk is touched as its records come into use.
    if (slot % kChunk == 0) chunks_.push_back(std::make_unique_for_overwrite<Record[]>(kChunk));
    ++slots_end_;
  }
  record(slot) = Record{};
  record(slot).id = block.id.value;
  record(slot).level = kNoLevel;
  set_block(slot, block);
  set_file(slot, file);
  set_replication(slot, replication);
  set_state(slot, state);
  index_.Insert(block.id.value, slot);
  return slot;
}

void BlockMap::Remove(Slot slot) {
  index_.Erase(record(slot).id);
  many_.erase(slot);
  open_.erase(slot);
  record(slot) = Record{};
  record(slot).replicas = free_;
  free_ = slot;
}

dfs::Block BlockMap::block(Slot slot) const { return {id(slot), stamp(slot), length(slot)}; }

BlockSummary BlockMap::Summary(Slot slot) const { return {block(slot), file(slot), replication(slot), state(slot)}; }

void BlockMap::set_block(Slot slot, const dfs::Block& block) {
  MRD_CHECK(block.length <= kBlockLengthMax && block.stamp.value >= 0 && block.stamp.value <= kStampMax);
  record(slot).stamp = static_cast<std::uint64_t>(block.stamp.value) & ((1ull << 48) - 1);
  record(slot).length = block.length & kBlockLengthMax;
}

void BlockMap::set_file(Slot slot, dfs::InodeId file) {
  MRD_CHECK(file.value > 0 && file.value < (1ll << 48));
  record(slot).file = static_cast<std::uint64_t>(file.value) & ((1ull << 48) - 1);
}

std::size_t BlockMap::ReplicaCount(Slot slot) const {
  const Record& r = record(slot);
  return r.count == kMany ? many_.at(slot).size() : r.count;
}

StorageIndex BlockMap::Replica(Slot slot, std::size_t i) const {
  const Record& r = record(slot);
  if (r.count == kMany) return many_.at(slot)[i];
  return {static_cast<std::uint32_t>(r.replicas >> (i * kStorageBits)) & kStoragesMax};
}

bool BlockMap::HasReplica(Slot slot, StorageIndex storage) const {
  for (std::size_t i = 0, n = ReplicaCount(slot); i < n; ++i) {
    if (Replica(slot, i) == storage) return true;
  }
  return false;
}

bool BlockMap::AddReplica(Slot slot, StorageIndex storage) {
  MRD_CHECK(storage.value < kStoragesMax);
  if (HasReplica(slot, storage)) return false;
  Record& r = record(slot);
  if (r.count == kMany) {
    many_[slot].push_back(storage);
  } else if (r.count < kInline) {
    r.replicas = r.replicas | std::uint64_t{storage.value} << (r.count * kStorageBits);
    r.count = r.count + 1;
  } else {
    std::vector<StorageIndex> all;
    for (std::size_t i = 0; i < kInline; ++i) all.push_back(Replica(slot, i));
    all.push_back(storage);
    many_[slot] = std::move(all);
    r.count = kMany;
    r.replicas = 0;
  }
  return true;
}

bool BlockMap::RemoveReplica(Slot slot, StorageIndex storage) {
  std::vector<StorageIndex> rest;
  const std::size_t n = ReplicaCount(slot);
  for (std::size_t i = 0; i < n; ++i) {
    if (Replica(slot, i) != storage) rest.push_back(Replica(slot, i));
  }
  if (rest.size() == n) return false;
  if (rest.size() > kInline) {
    many_[slot] = std::move(rest);
    return true;
  }
  ClearReplicas(slot);
  for (StorageIndex other : rest) AddReplica(slot, other);
  return true;
}

void BlockMap::ClearReplicas(Slot slot) {
  if (record(slot).count == kMany) many_.erase(slot);
  record(slot).count = 0;
  record(slot).replicas = 0;
}

OpenBlock* BlockMap::open(Slot slot) {
  auto at = open_.find(slot);
  return at == open_.end() ? nullptr : &at->second;
}

const OpenBlock* BlockMap::open(Slot slot) const {
  auto at = open_.find(slot);
  return at == open_.end() ? nullptr : &at->second;
}

std::size_t BlockMap::MemoryBytes() const {
  std::size_t bytes = chunks_.size() * kChunk * sizeof(Record) + chunks_.capacity() * sizeof(chunks_[0]) +
                      index_.MemoryBytes();
  for (const auto& [slot, list] : many_) bytes += 48 + list.capacity() * sizeof(StorageIndex);
  for (const auto& [slot, open] : open_) {
    bytes += 32 + sizeof(OpenBlock) + open.replicas.capacity() * sizeof(OpenReplica);
  }
  return bytes;
}

}  // namespace mrd::namenode
