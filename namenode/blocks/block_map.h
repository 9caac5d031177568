#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "common/base/check.h"
#include "namenode/blocks/types.h"
#include "namenode/id_table.h"

namespace mrd::namenode {

// A block's place in the BlockMap, stable while the block lives and reused afterwards.
using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = UINT32_MAX;

inline constexpr std::uint64_t kBlockLengthMax = (1ull << 48) - 1;
inline constexpr std::int64_t kStampMax = (1ll << 48) - 1;
inline constexpr std::uint32_t kReplicationMax = 1023;

// What is known of a block that is not complete, beside its record.
struct OpenBlock {
  std::vector<OpenReplica> replicas;  // the pipeline first, in its order
  // The recovery that runs; stamp 0: none.
  dfs::GenerationStamp recovery_stamp;
  std::optional<std::uint64_t> truncate_length;
  NodeIndex primary;                // invalid: no holder was alive so far
  std::vector<NodeIndex> tried;     // primaries of this and earlier tries
  MonoMs recovery_since_ms = 0;

  OpenReplica* Find(StorageIndex storage);
};

// Every block by its id, with the good finalized replicas of the complete ones. 36 bytes a block in chunks that never
// move, and an index of five. Blocks that are not complete have an OpenBlock on top; blocks with more than three
// replicas a list on top.
class BlockMap {
 public:
  // No level of the risk queues.
  static constexpr std::uint8_t kNoLevel = 7;

  Slot Find(dfs::BlockId id) const;
  // REQUIRES: the id is new; length, stamp and replication are within the limits above; the file's id is not 0.
  Slot Add(const dfs::Block& block, dfs::InodeId file, std::uint32_t replication, BlockState state);
  void Remove(Slot slot);
  std::size_t size() const { return index_.size(); }
  // Slots are below this; not all are in use.
  Slot slots_end() const { return slots_end_; }
  bool InUse(Slot slot) const { return record(slot).file != 0; }

  dfs::Block block(Slot slot) const;
  BlockSummary Summary(Slot slot) const;
  dfs::BlockId id(Slot slot) const { return {record(slot).id}; }
  dfs::GenerationStamp stamp(Slot slot) const { return {static_cast<std::int64_t>(record(slot).stamp)}; }
  std::uint64_t length(Slot slot) const { return record(slot).length; }
  dfs::InodeId file(Slot slot) const { return {static_cast<std::int64_t>(record(slot).file)}; }
  std::uint32_t replication(Slot slot) const { return static_cast<std::uint32_t>(record(slot).replication); }
  BlockState state(Slot slot) const { return static_cast<BlockState>(record(slot).state); }
  bool complete(Slot slot) const { return state(slot) == BlockState::kComplete; }
  bool safe(Slot slot) const { return record(slot).safe; }
  std::uint8_t level(Slot slot) const { return static_cast<std::uint8_t>(record(slot).level); }

  void set_block(Slot slot, const dfs::Block& block);
  void set_file(Slot slot, dfs::InodeId file);
  void set_replication(Slot slot, std::uint32_t replication) { record(slot).replication = replication; }
  void set_state(Slot slot, BlockState state) { record(slot).state = static_cast<std::uint8_t>(state); }
  void set_safe(Slot slot, bool safe) { record(slot).safe = safe; }
  void set_level(Slot slot, std::uint8_t level) { record(slot).level = level; }

  // Good replicas. Add and remove say whether they changed something; the order is that of adding.
  std::size_t ReplicaCount(Slot slot) const;
  StorageIndex Replica(Slot slot, std::size_t i) const;
  bool HasReplica(Slot slot, StorageIndex storage) const;
  bool AddReplica(Slot slot, StorageIndex storage);
  bool RemoveReplica(Slot slot, StorageIndex storage);
  void ClearReplicas(Slot slot);

  // Null for a complete block.
  OpenBlock* open(Slot slot);
  const OpenBlock* open(Slot slot) const;
  OpenBlock& MakeOpen(Slot slot) { return open_[slot]; }
  void DropOpen(Slot slot) { open_.erase(slot); }
  std::size_t open_count() const { return open_.size(); }

  std::size_t MemoryBytes() const;

 private:
  static constexpr std::uint64_t kMany = 15;  // the replicas are in many_
  static constexpr std::size_t kInline = 3;
  static constexpr unsigned kStorageBits = 20;
  static constexpr std::size_t kChunk = 4096;

  // Packed, or its end would be padded; no member is ever pointed to.
  struct [[gnu::packed]] Record {
    std::int64_t id;
    std::uint64_t stamp : 48;
    std::uint64_t replication : 10;
    std::uint64_t state : 2;
    std::uint64_t safe : 1;
    std::uint64_t level : 3;
    std::uint64_t length : 48;
    std::uint64_t file : 48;      // 0: the record is free
    std::uint64_t replicas : 60;  // three storage indices; in a free record the next free slot
    std::uint64_t count : 4;      // 0 to 3, or kMany
  };
  static_assert(sizeof(Record) == 36);

  Record& record(Slot slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  const Record& record(Slot slot) const { return chunks_[slot / kChunk][slot % kChunk]; }
  std::vector<std::unique_ptr<Record[]>> chunks_;
  IdTable<Slot> index_;
  Slot slots_end_ = 0;
  Slot free_ = kNoSlot;
  std::unordered_map<Slot, std::vector<StorageIndex>> many_;
  std::unordered_map<Slot, OpenBlock> open_;
};

}  // namespace mrd::namenode
