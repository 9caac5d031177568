#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "tests/unit/datanode/store_fixture.h"

namespace mrd::datanode {
namespace {

using dfs::ReplicaState;

dfs::GenerationStamp Stamp(std::int64_t value) { return dfs::GenerationStamp{value}; }

TEST_CASE("block recovery: the writer is stopped, the replica cut and finalized under the new stamp", "[store]") {
  StoreFixture f;
  const auto writer = f.store().CreateRbw(f.New(200, 1001));
  REQUIRE(writer.ok());
  REQUIRE(f.Write(**writer, 0, 1500).ok());
  const auto found = f.store().InitRecovery(f.Block(200, 1001), Stamp(1010));
  REQUIRE(found.ok());
  REQUIRE(found->has_value());
  CHECK((*found)->state == ReplicaState::kRbw);
  CHECK((*found)->block.length == 1500);
  CHECK((*found)->block.stamp == Stamp(1001));
  CHECK(f.Write(**writer, 1500, 1600).code() == Code::kCancelled);
  CHECK(f.Find(200).state == ReplicaState::kRur);
  CHECK(*f.Read(f.Block(200, 1001)) == f.Content(200, 0, 1500));
  CHECK_FALSE(f.store().UpdateRecovery(f.Block(200, 1001), Stamp(1009), 1500).ok());
  CHECK_FALSE(f.store().UpdateRecovery(f.Block(200, 1001), Stamp(1010), 1501).ok());
  const auto updated = f.store().UpdateRecovery(f.Block(200, 1001), Stamp(1010), 1100);
  REQUIRE(updated.ok());
  CHECK(updated->block.length == 1100);
  CHECK(f.Find(200).state == ReplicaState::kFinalized);
  CHECK(*f.Read(f.Block(200, 1010)) == f.Content(200, 0, 1100));
  f.Restart();
  CHECK(*f.Read(f.Block(200, 1010)) == f.Content(200, 0, 1100));
}

TEST_CASE("block recovery: a later one takes over, an earlier or equal one is refused", "[store]") {
  StoreFixture f;
  f.MakeFinalized(201, 1001, 100);
  REQUIRE(f.store().InitRecovery(f.Block(201, 1001), Stamp(1010)).ok());
  CHECK(f.store().InitRecovery(f.Block(201, 1001), Stamp(1010)).status().tag() == dfs::java::kRecoveryInProgress);
  CHECK(f.store().InitRecovery(f.Block(201, 1001), Stamp(1009)).status().tag() == dfs::java::kRecoveryInProgress);
  const auto later = f.store().InitRecovery(f.Block(201, 1001), Stamp(1011));
  REQUIRE(later.ok());
  CHECK((*later)->state == ReplicaState::kFinalized);
  CHECK_FALSE(f.store().UpdateRecovery(f.Block(201, 1001), Stamp(1010), 100).ok());
  CHECK(f.store().UpdateRecovery(f.Block(201, 1001), Stamp(1011), 100).ok());
  CHECK_FALSE(f.store().InitRecovery(f.Block(201, 1001), Stamp(1011)).ok());  // it is as new as the recovery
}

TEST_CASE("block recovery: absent, temporary and older replicas have no part in it", "[store]") {
  StoreFixture f;
  CHECK_FALSE((*f.store().InitRecovery(f.Block(202, 1001), Stamp(1010))).has_value());
  const auto copy = f.store().CreateTemporary(f.New(203, 1001));
  REQUIRE(copy.ok());
  CHECK_FALSE((*f.store().InitRecovery(f.Block(203, 1001), Stamp(1010))).has_value());
  f.MakeFinalized(204, 1001, 10);
  const auto older = f.store().InitRecovery(f.Block(204, 1002), Stamp(1010));
  REQUIRE(older.ok());
  CHECK((*older)->block.stamp == Stamp(1001));
  CHECK(f.Find(204).state == ReplicaState::kFinalized);
}

TEST_CASE("block recovery: a finalized replica is cut for truncate", "[store]") {
  StoreFixture f;
  f.MakeFinalized(205, 1001, 5000);
  REQUIRE(f.store().InitRecovery(f.Block(205, 1001), Stamp(1010)).ok());
  const auto cut = f.store().UpdateRecovery(f.Block(205, 1001), Stamp(1010), 777);
  REQUIRE(cut.ok());
  CHECK(*f.Read(f.Block(205, 1010)) == f.Content(205, 0, 777));
  CHECK(f.store().StorageReports()[0].dfs_used == 777 + 7 + 8);
  // And one that waits since a restart.
  const auto writer = f.store().CreateRbw(f.New(206, 1001));
  REQUIRE(f.Write(**writer, 0, 1500).ok());
  f.Restart();
  const auto waiting = f.store().InitRecovery(f.Block(206, 1001), Stamp(1011));
  REQUIRE(waiting.ok());
  CHECK((*waiting)->state == ReplicaState::kRwr);
  REQUIRE(f.store().UpdateRecovery(f.Block(206, 1001), Stamp(1011), 1500).ok());
  CHECK(*f.Read(f.Block(206, 1011)) == f.Content(206, 0, 1500));
}

TEST_CASE("block store: only the ordered stamp is deleted", "[store]") {
  StoreFixture f;
  const std::string storage = f.MakeFinalized(207, 1001, 10).storage_id;
  CHECK_FALSE(f.store().Invalidate(f.Block(207, 1002)).ok());
  CHECK(f.Find(207).state == ReplicaState::kFinalized);
  CHECK(*f.store().Invalidate(f.Block(207, 1001)) == storage);
  CHECK(f.store().Invalidate(f.Block(207, 1001)).status().code() == Code::kNotFound);
  const auto writer = f.store().CreateRbw(f.New(208, 1001));
  REQUIRE(f.store().Invalidate(f.Block(208, 1001)).ok());
  CHECK((*writer)->revoked());
  f.Restart();
  CHECK(f.store().replicas() == 0);
}

}  // namespace
}  // namespace mrd::datanode
