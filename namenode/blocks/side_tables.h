#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "namenode/blocks/block_map.h"
#include "namenode/blocks/types.h"

namespace mrd::namenode {

// What few blocks have, beside the BlockMap: bad, superfluous and coming replicas, and what is to be deleted. None
// decides anything; the order of their hash tables is never seen.

// Bad replicas of complete and open blocks.
class CorruptTable {
 public:
  // Replaces what is known of the storage's replica.
  void Add(Slot slot, const CorruptReplica& replica);
  bool Remove(Slot slot, StorageIndex storage);
  void RemoveAll(Slot slot) { table_.erase(slot); }
  const std::vector<CorruptReplica>& Of(Slot slot) const;  // in the order of adding; valid until the next change
  const CorruptReplica* Find(Slot slot, StorageIndex storage) const;
  std::size_t blocks() const { return table_.size(); }

 private:
  std::unordered_map<Slot, std::vector<CorruptReplica>> table_;
};

// Good replicas that were chosen for deletion and still exist.
class ExcessTable {
 public:
  struct Order {
    MonoMs at_ms = 0;
    Slot slot = kNoSlot;
    StorageIndex storage;
  };
  void Add(Slot slot, StorageIndex storage, MonoMs now);
  bool Remove(Slot slot, StorageIndex storage);
  void RemoveAll(Slot slot);
  bool Contains(Slot slot, StorageIndex storage) const;
  const std::vector<StorageIndex>& Of(Slot slot) const;
  std::size_t size() const { return size_; }
  // Takes the orders older than `before` that still stand; the caller repeats or drops them.
  std::vector<Order> TakeOlderThan(MonoMs before, std::size_t max);

 private:
  std::unordered_map<Slot, std::vector<StorageIndex>> table_;
  std::deque<Order> by_age_;
  std::size_t size_ = 0;
};

// Copies that were ordered, or replicas that a pipeline still owes.
class PendingCopies {
 public:
  void Add(Slot slot, StorageIndex target, MonoMs now);
  bool Remove(Slot slot, StorageIndex target);
  void RemoveAll(Slot slot) { table_.erase(slot); }
  std::size_t Count(Slot slot) const { return Of(slot).size(); }
  const std::vector<StorageIndex>& Of(Slot slot) const;
  std::size_t blocks() const { return table_.size(); }
  // Forgets the copies ordered before `before`; returns their blocks, some perhaps twice.
  std::vector<Slot> TakeOlderThan(MonoMs before, std::size_t max);
  // Forgets the copies on their way to a volume that is no more; returns their blocks in order.
  std::vector<Slot> TakeTarget(StorageIndex target);

 private:
  struct Order {
    MonoMs at_ms = 0;
    Slot slot = kNoSlot;
    StorageIndex target;
    std::uint64_t serial = 0;
  };
  struct Entry {
    std::vector<StorageIndex> targets;
    std::vector<std::uint64_t> serials;  // of each target's order: an old deadline must not end a new order
  };
  std::unordered_map<Slot, Entry> table_;
  std::deque<Order> by_age_;
  std::uint64_t last_serial_ = 0;
};

// Replicas to be deleted, per node: those whose order has not left yet, at most one per block and node (the newest wish
// counts), and those whose order has left and of whose end nothing is known.
class InvalidationQueue {
 public:
  void Add(NodeIndex node, const dfs::Block& replica);
  // Waits here.
  bool Contains(NodeIndex node, dfs::BlockId id) const;
  // True when it was still here, so that the replica stays.
  bool Cancel(NodeIndex node, dfs::BlockId id);
  // Forgets those that wait.
  void DropWaiting(NodeIndex node);
  // Those that wait.
  std::size_t size() const { return size_; }
  std::size_t SizeOf(NodeIndex node) const;
  // Removes and returns the first that waits, in the order of ids.
  std::optional<dfs::Block> TakeNext(NodeIndex node);

  // The order leaves. A replica of this stamp that the node still shows may vanish any moment.
  void MarkSent(NodeIndex node, const dfs::Block& replica, MonoMs now);
  // The node says that it deleted the replica, or got a new one.
  void ForgetSent(NodeIndex node, dfs::BlockId id);
  bool WasSent(NodeIndex node, dfs::BlockId id) const;
  bool WasSent(NodeIndex node, dfs::BlockId id, dfs::GenerationStamp stamp) const;
  // Nodes that still hold out: an order for the block waits or was sent.
  std::vector<NodeIndex> Nodes(dfs::BlockId id) const;
  void ForgetSentBefore(MonoMs before, std::size_t max);

 private:
  struct Wish {
    dfs::GenerationStamp stamp;
    std::uint64_t length = 0;
  };
  struct Sent {
    dfs::GenerationStamp stamp;
    MonoMs at_ms = 0;
  };
  struct Age {
    MonoMs at_ms = 0;
    NodeIndex node;
    dfs::BlockId id;
  };
  std::map<NodeIndex, std::map<dfs::BlockId, Wish>> waiting_;
  std::map<NodeIndex, std::unordered_map<dfs::BlockId, Sent>> sent_;
  std::deque<Age> by_age_;
  std::size_t size_ = 0;
};

// Ids of blocks that this process removed lately: a replica of one is known to be garbage. Bounded; forgets the oldest.
class RecentlyRemoved {
 public:
  void Add(dfs::BlockId id);
  bool Contains(dfs::BlockId id) const { return now_.contains(id) || before_.contains(id); }

 private:
  static constexpr std::size_t kHalf = 131'072;
  std::unordered_set<dfs::BlockId> now_;
  std::unordered_set<dfs::BlockId> before_;
};

}  // namespace mrd::namenode
