#include "namenode/blocks/side_tables.h"

#include <algorithm>
#include <utility>

namespace mrd::namenode {
namespace {

template <typename Table, typename Value>
const std::vector<Value>& ListOf(const Table& table, Slot slot, const std::vector<Value>& none) {
  auto at = table.find(slot);
  return at == table.end() ? none : at->second;
}

}  // namespace

void CorruptTable::Add(Slot slot, const CorruptReplica& replica) {
  std::vector<CorruptReplica>& list = table_[slot];
  for (CorruptReplica& known : list) {
    if (known.where.storage == replica.where.storage) {
      known = replica;
      return;
    }
  }
  list.push_back(replica);
}

bool CorruptTable::Remove(Slot slot, StorageIndex storage) {
  auto at = table_.find(slot);
  if (at == table_.end()) return false;
  const auto removed = std::erase_if(at->second, [&](const CorruptReplica& r) { return r.where.storage == storage; });
  if (at->second.empty()) table_.erase(at);
  return removed != 0;
}

const std::vector<CorruptReplica>& CorruptTable::Of(Slot slot) const {
  static const std::vector<CorruptReplica> kNone;
  return ListOf(table_, slot, kNone);
}

const CorruptReplica* CorruptTable::Find(Slot slot, StorageIndex storage) const {
  for (const CorruptReplica& replica : Of(slot)) {
    if (replica.where.storage == storage) return &replica;
  }
  return nullptr;
}

void ExcessTable::Add(Slot slot, StorageIndex storage, MonoMs now) {
  by_age_.push_back({now, slot, storage});
  std::vector<StorageIndex>& list = table_[slot];
  if (std::find(list.begin(), list.end(), storage) != list.end()) return;
  list.push_back(storage);
  ++size_;
}

bool ExcessTable::Remove(Slot slot, StorageIndex storage) {
  auto at = table_.find(slot);
  if (at == table_.end()) return false;
  const auto removed = std::erase(at->second, storage);
  size_ -= removed;
  if (at->second.empty()) table_.erase(at);
  return removed != 0;
}

void ExcessTable::RemoveAll(Slot slot) {
  size_ -= Of(slot).size();
  table_.erase(slot);
}

bool ExcessTable::Contains(Slot slot, StorageIndex storage) const {
  const std::vector<StorageIndex>& list = Of(slot);
  return std::find(list.begin(), list.end(), storage) != list.end();
}

const std::vector<StorageIndex>& ExcessTable::Of(Slot slot) const {
  static const std::vector<StorageIndex> kNone;
  return ListOf(table_, slot, kNone);
}

std::vector<ExcessTable::Order> ExcessTable::TakeOlderThan(MonoMs before, std::size_t max) {
  std::vector<Order> taken;
  while (!by_age_.empty() && by_age_.front().at_ms < before && taken.size() < max) {
    if (Contains(by_age_.front().slot, by_age_.front().storage)) taken.push_back(by_age_.front());
    by_age_.pop_front();
  }
  return taken;
}

void PendingCopies::Add(Slot slot, StorageIndex target, MonoMs now) {
  Entry& entry = table_[slot];
  by_age_.push_back({now, slot, target, ++last_serial_});
  for (std::size_t i = 0; i < entry.targets.size(); ++i) {
    if (entry.targets[i] == target) {
      entry.serials[i] = last_serial_;
      return;
    }
  }
  entry.targets.push_back(target);
  entry.serials.push_back(last_serial_);
}

bool PendingCopies::Remove(Slot slot, StorageIndex target) {
  auto at = table_.find(slot);
  if (at == table_.end()) return false;
  Entry& entry = at->second;
  auto found = std::find(entry.targets.begin(), entry.targets.end(), target);
  if (found == entry.targets.end()) return false;
  entry.serials.erase(entry.serials.begin() + (found - entry.targets.begin()));
  entry.targets.erase(found);
  if (entry.targets.empty()) table_.erase(at);
  return true;
}

const std::vector<StorageIndex>& PendingCopies::Of(Slot slot) const {
  static const std::vector<StorageIndex> kNone;
  auto at = table_.find(slot);
  return at == table_.end() ? kNone : at->second.targets;
}

std::vector<Slot> PendingCopies::TakeOlderThan(MonoMs before, std::size_t max) {
  std::vector<Slot> slots;
  while (!by_age_.empty() && by_age_.front().at_ms < before && slots.size() < max) {
    const Order order = by_age_.front();
    by_age_.pop_front();
    auto at = table_.find(order.slot);
    if (at == table_.end()) continue;
    auto serial = std::find(at->second.serials.begin(), at->second.serials.end(), order.serial);
    if (serial == at->second.serials.end()) continue;
    Remove(order.slot, order.target);
    slots.push_back(order.slot);
  }
  return slots;
}

std::vector<Slot> PendingCopies::TakeTarget(StorageIndex target) {
  std::vector<Slot> slots;
  for (const auto& [slot, entry] : table_) {
    if (std::find(entry.targets.begin(), entry.targets.end(), target) != entry.targets.end()) slots.push_back(slot);
  }
  std::sort(slots.begin(), slots.end());
  for (Slot slot : slots) Remove(slot, target);
  return slots;
}

void InvalidationQueue::Add(NodeIndex node, const dfs::Block& replica) {
  if (waiting_[node].insert_or_assign(replica.id, Wish{replica.stamp, replica.length}).second) ++size_;
}

bool InvalidationQueue::Contains(NodeIndex node, dfs::BlockId id) const {
  auto at = waiting_.find(node);
  return at != waiting_.end() && at->second.contains(id);
}

bool InvalidationQueue::Cancel(NodeIndex node, dfs::BlockId id) {
  auto at = waiting_.find(node);
  if (at == waiting_.end() || at->second.erase(id) == 0) return false;
  --size_;
  if (at->second.empty()) waiting_.erase(at);
  return true;
}

void InvalidationQueue::DropWaiting(NodeIndex node) {
  size_ -= SizeOf(node);
  waiting_.erase(node);
}

std::size_t InvalidationQueue::SizeOf(NodeIndex node) const {
  auto at = waiting_.find(node);
  return at == waiting_.end() ? 0 : at->second.size();
}

std::optional<dfs::Block> InvalidationQueue::TakeNext(NodeIndex node) {
  auto at = waiting_.find(node);
  if (at == waiting_.end()) return std::nullopt;
  const auto [id, wish] = *at->second.begin();
  Cancel(node, id);
  return dfs::Block{id, wish.stamp, wish.length};
}

void InvalidationQueue::MarkSent(NodeIndex node, const dfs::Block& replica, MonoMs now) {
  sent_[node].insert_or_assign(replica.id, Sent{replica.stamp, now});
  by_age_.push_back({now, node, replica.id});
}

void InvalidationQueue::ForgetSent(NodeIndex node, dfs::BlockId id) {
  auto at = sent_.find(node);
  if (at == sent_.end()) return;
  at->second.erase(id);
  if (at->second.empty()) sent_.erase(at);
}

bool InvalidationQueue::WasSent(NodeIndex node, dfs::BlockId id) const {
  auto at = sent_.find(node);
  return at != sent_.end() && at->second.contains(id);
}

bool InvalidationQueue::WasSent(NodeIndex node, dfs::BlockId id, dfs::GenerationStamp stamp) const {
  return WasSent(node, id) && sent_.at(node).at(id).stamp == stamp;
}

std::vector<NodeIndex> InvalidationQueue::Nodes(dfs::BlockId id) const {
  std::vector<NodeIndex> nodes;
  for (const auto& [node, queue] : waiting_) {
    if (queue.contains(id)) nodes.push_back(node);
  }
  for (const auto& [node, sent] : sent_) {
    if (sent.contains(id)) nodes.push_back(node);
  }
  return nodes;
}

void InvalidationQueue::ForgetSentBefore(MonoMs before, std::size_t max) {
  for (; !by_age_.empty() && by_age_.front().at_ms < before && max > 0; --max) {
    const Age age = by_age_.front();
    by_age_.pop_front();
    auto at = sent_.find(age.node);
    if (at == sent_.end()) continue;
    auto entry = at->second.find(age.id);
    // Sent again since: that one has an age of its own.
    if (entry == at->second.end() || entry->second.at_ms != age.at_ms) continue;
    ForgetSent(age.node, age.id);
  }
}

void RecentlyRemoved::Add(dfs::BlockId id) {
  if (now_.size() >= kHalf) before_ = std::exchange(now_, {});
  now_.insert(id);
}

}  // namespace mrd::namenode
