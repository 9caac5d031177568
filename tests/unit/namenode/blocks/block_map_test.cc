#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "common/base/random.h"
#include "namenode/blocks/block_map.h"
#include "namenode/blocks/slot_set.h"

namespace mrd::namenode {

TEST_CASE("slot set: behaves like a set of numbers, sparse and dense", "[blocks]") {
  Random random(3);
  SlotSet set;
  std::set<std::uint32_t> model;
  for (int i = 0; i < 60'000; ++i) {
    // A dense chunk, and sparse ones far away.
    const auto slot = static_cast<std::uint32_t>(random.Below(2) ? random.Below(9'000) : random.Below(400'000));
    if (random.Below(3) == 0) {
      REQUIRE(set.Erase(slot) == (model.erase(slot) == 1));
    } else {
      REQUIRE(set.Insert(slot) == model.insert(slot).second);
    }
    REQUIRE(set.Contains(slot) == model.contains(slot));
  }
  REQUIRE(set.size() == model.size());
  std::vector<std::uint32_t> listed;
  for (std::uint32_t at = set.Next(0); at != SlotSet::kNone; at = set.Next(at + 1)) listed.push_back(at);
  CHECK(listed == std::vector<std::uint32_t>(model.begin(), model.end()));
  for (std::uint32_t slot : listed) set.Erase(slot);
  CHECK(set.empty());
  CHECK(set.Next(0) == SlotSet::kNone);
}

TEST_CASE("slot set: a dense set costs about a bit per member", "[blocks]") {
  SlotSet set;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) set.Insert(i);
  CHECK(set.MemoryBytes() < 140'000);
}

TEST_CASE("block map: finds, changes and forgets blocks like a map does", "[blocks]") {
  Random random(5);
  BlockMap map;
  std::map<std::int64_t, dfs::Block> model;
  for (int i = 0; i < 50'000; ++i) {
    const auto id = static_cast<std::int64_t>(1'073'741'825 + random.Below(6'000));
    const Slot slot = map.Find({id});
    REQUIRE((slot != kNoSlot) == model.contains(id));
    if (slot == kNoSlot) {
      const dfs::Block block{{id}, {static_cast<std::int64_t>(random.Below(1ull << 47))}, random.Below(1ull << 47)};
      const Slot added = map.Add(block, {16386}, 3, BlockState::kComplete);
      map.AddReplica(added, {static_cast<std::uint32_t>(i % 100)});
      model[id] = block;
    } else if (random.Below(2)) {
      REQUIRE(map.block(slot) == model[id]);
      map.Remove(slot);
      model.erase(id);
    }
  }
  REQUIRE(map.size() == model.size());
  for (const auto& [id, block] : model) {
    REQUIRE(map.Find({id}) != kNoSlot);
    REQUIRE(map.block(map.Find({id})) == block);
    REQUIRE(map.ReplicaCount(map.Find({id})) == 1);
  }
}

TEST_CASE("block map: replicas beyond three go to a list and come back", "[blocks]") {
  BlockMap map;
  const Slot slot = map.Add({{1}, {2}, 3}, {4}, 5, BlockState::kComplete);
  for (std::uint32_t i = 0; i < 7; ++i) CHECK(map.AddReplica(slot, {kStoragesMax - 1 - i}));
  CHECK_FALSE(map.AddReplica(slot, {kStoragesMax - 4}));
  CHECK(map.ReplicaCount(slot) == 7);
  for (std::uint32_t i = 0; i < 7; ++i) CHECK(map.HasReplica(slot, {kStoragesMax - 1 - i}));
  for (std::uint32_t i = 0; i < 5; ++i) CHECK(map.RemoveReplica(slot, {kStoragesMax - 1 - i}));
  CHECK_FALSE(map.RemoveReplica(slot, {kStoragesMax - 1}));
  REQUIRE(map.ReplicaCount(slot) == 2);
  CHECK(map.Replica(slot, 0) == StorageIndex{kStoragesMax - 6});
  CHECK(map.Replica(slot, 1) == StorageIndex{kStoragesMax - 7});
  CHECK(map.block(slot) == dfs::Block{{1}, {2}, 3});
  CHECK(map.Summary(slot).file == dfs::InodeId{4});
  CHECK(map.Summary(slot).replication == 5);
}

TEST_CASE("block map: a complete block with three replicas costs at most 50 bytes", "[blocks]") {
  BlockMap map;
  constexpr std::int64_t kBlocks = 1'000'000;
  std::vector<SlotSet> storages(3);
  for (std::int64_t i = 0; i < kBlocks; ++i) {
    const Slot slot = map.Add({{1'073'741'825 + i}, {1001 + i}, 128u << 20}, {16386 + i}, 3, BlockState::kComplete);
    for (std::uint32_t s = 0; s < 3; ++s) {
      map.AddReplica(slot, {s});
      storages[s].Insert(slot);
    }
  }
  std::size_t bytes = map.MemoryBytes();
  for (const SlotSet& set : storages) bytes += set.MemoryBytes();
  WARN("bytes per block: " << static_cast<double>(bytes) / kBlocks);
  CHECK(bytes <= 50 * kBlocks);
}

}  // namespace mrd::namenode
