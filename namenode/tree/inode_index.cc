#include "namenode/tree/inode_index.h"

#include <algorithm>

#include "common/base/check.h"
#include "namenode/tree/inode.h"

namespace mrd::namenode {
namespace {

constexpr std::size_t kNoSlot = SIZE_MAX;

std::uint64_t Hash(dfs::InodeId id) {
  auto x = static_cast<std::uint64_t>(id.value);
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

std::size_t ShardOf(std::uint64_t hash) { return hash & 1023; }

}  // namespace

std::uint64_t InodeIndex::SlotOf(const Inode* inode, std::uint64_t hash) {
  const auto address = reinterpret_cast<std::uint64_t>(inode);
  MRD_CHECK(address >> kAddressBits == 0 && address % kAlignment == 0);
  return (hash & ~kPointerMask) | address / kAlignment;
}

std::size_t InodeIndex::HomeOf(std::uint64_t slot, std::size_t capacity) {
  return static_cast<std::size_t>((slot >> kPointerBits) * capacity >> kTagBits);
}

void InodeIndex::Place(std::vector<std::uint64_t>& slots, std::uint64_t slot) {
  std::size_t i = HomeOf(slot, slots.size());
  while (slots[i] != 0) i = i + 1 == slots.size() ? 0 : i + 1;
  slots[i] = slot;
}

std::size_t InodeIndex::FindSlot(const Shard& shard, dfs::InodeId id, std::uint64_t hash) {
  if (shard.slots.empty()) return kNoSlot;
  const std::uint64_t tag = hash & ~kPointerMask;
  for (std::size_t i = HomeOf(tag, shard.slots.size()); shard.slots[i] != 0;
       i = i + 1 == shard.slots.size() ? 0 : i + 1) {
    if ((shard.slots[i] & ~kPointerMask) == tag && Pointer(shard.slots[i])->inode_id() == id) return i;
  }
  return kNoSlot;
}

void InodeIndex::Resize(Shard& shard, std::size_t capacity) {
  std::vector<std::uint64_t> slots(capacity);
  for (const std::uint64_t slot : shard.slots) {
    if (slot != 0) Place(slots, slot);
  }
  shard.slots = std::move(slots);
}

Inode* InodeIndex::Find(dfs::InodeId id) const {
  const std::uint64_t hash = Hash(id);
  const Shard& shard = shards_[ShardOf(hash)];
  const std::size_t slot = FindSlot(shard, id, hash);
  return slot == kNoSlot ? nullptr : Pointer(shard.slots[slot]);
}

void InodeIndex::Insert(Inode* inode) {
  const std::uint64_t hash = Hash(inode->inode_id());
  Shard& shard = shards_[ShardOf(hash)];
  if ((shard.count + 1) * 100 > shard.slots.size() * 85) {
    Resize(shard, std::max<std::size_t>(8, shard.slots.size() + shard.slots.size() / 4));
  }
  Place(shard.slots, SlotOf(inode, hash));
  ++shard.count;
  ++size_;
}

bool InodeIndex::Erase(dfs::InodeId id) {
  const std::uint64_t hash = Hash(id);
  Shard& shard = shards_[ShardOf(hash)];
  std::size_t hole = FindSlot(shard, id, hash);
  if (hole == kNoSlot) return false;
  // Closes the gap: a later entry of the run moves up when its home is not between the gap and itself.
  const std::size_t capacity = shard.slots.size();
  for (std::size_t i = hole;;) {
    i = i + 1 == capacity ? 0 : i + 1;
    if (shard.slots[i] == 0) break;
    const std::size_t home = HomeOf(shard.slots[i], capacity);
    const bool home_in_between = hole < i ? (home > hole && home <= i) : (home > hole || home <= i);
    if (home_in_between) continue;
    shard.slots[hole] = shard.slots[i];
    hole = i;
  }
  shard.slots[hole] = 0;
  --shard.count;
  --size_;
  if (capacity > 8 && shard.count * 100 < capacity * 30) Resize(shard, std::max<std::size_t>(8, capacity / 2));
  return true;
}

void InodeIndex::Replace(dfs::InodeId id, Inode* inode) {
  const std::uint64_t hash = Hash(id);
  Shard& shard = shards_[ShardOf(hash)];
  const std::size_t slot = FindSlot(shard, id, hash);
  MRD_CHECK(slot != kNoSlot);
  shard.slots[slot] = SlotOf(inode, hash);
}

}  // namespace mrd::namenode
