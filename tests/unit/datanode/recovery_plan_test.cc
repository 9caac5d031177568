#include "datanode/actor/recovery_plan.h"

#include <catch2/catch.hpp>

namespace mrd::datanode {
namespace {

using dfs::ReplicaState;

const dfs::Block kBlock{dfs::BlockId{1}, dfs::GenerationStamp{1005}, 0};

RecoverableReplica Replica(ReplicaState state, std::uint64_t length, std::int64_t stamp = 1005) {
  RecoverableReplica replica;
  replica.state = state;
  replica.block = dfs::Block{dfs::BlockId{1}, dfs::GenerationStamp{stamp}, length};
  return replica;
}

using Indices = std::vector<std::size_t>;

TEST_CASE("recovery plan: a finalized replica's length counts, with it those being written that have all of it", "[actor]") {
  const std::vector<RecoverableReplica> found = {
      Replica(ReplicaState::kRbw, 100), Replica(ReplicaState::kFinalized, 80), Replica(ReplicaState::kRbw, 80),
      Replica(ReplicaState::kRwr, 80), Replica(ReplicaState::kRbw, 60)};
  const auto plan = PlanRecovery(kBlock, found, {});
  REQUIRE(plan.ok());
  CHECK(plan->length == 80);
  CHECK(plan->participants == Indices{1, 2});
  CHECK_FALSE(plan->delete_block);
}

TEST_CASE("recovery plan: else the shortest of those being written, else of those waiting", "[actor]") {
  const std::vector<RecoverableReplica> writing = {Replica(ReplicaState::kRwr, 50), Replica(ReplicaState::kRbw, 100),
                                                   Replica(ReplicaState::kRbw, 90, 1006)};
  const auto plan = PlanRecovery(kBlock, writing, {});
  REQUIRE(plan.ok());
  CHECK(plan->length == 90);
  CHECK(plan->participants == Indices{1, 2});
  const std::vector<RecoverableReplica> waiting = {Replica(ReplicaState::kRwr, 50), Replica(ReplicaState::kRwr, 70)};
  CHECK(PlanRecovery(kBlock, waiting, {})->length == 50);
}

TEST_CASE("recovery plan: older and empty replicas do not count; without others the block goes", "[actor]") {
  const std::vector<RecoverableReplica> found = {Replica(ReplicaState::kFinalized, 100, 1004),
                                                 Replica(ReplicaState::kRbw, 0), Replica(ReplicaState::kRbw, 40)};
  CHECK(PlanRecovery(kBlock, found, {})->participants == Indices{2});
  const std::vector<RecoverableReplica> none = {found[0], found[1]};
  CHECK(PlanRecovery(kBlock, none, {})->delete_block);
  CHECK(PlanRecovery(kBlock, {}, {})->delete_block);
}

TEST_CASE("recovery plan: the block does not go while a holder that may have data is silent", "[actor]") {
  const std::vector<RecoverableReplica> empty = {Replica(ReplicaState::kRbw, 0)};
  CHECK(PlanRecovery(kBlock, empty, {}, 1).status().code() == Code::kUnavailable);
  CHECK(PlanRecovery(kBlock, {}, {}, 2).status().code() == Code::kUnavailable);
  CHECK(PlanRecovery(kBlock, empty, {}, 0)->delete_block);
  // What is there is enough: all of a pipeline have what was acknowledged.
  const std::vector<RecoverableReplica> some = {Replica(ReplicaState::kRbw, 0), Replica(ReplicaState::kRbw, 40)};
  CHECK(PlanRecovery(kBlock, some, {}, 1)->participants == Indices{1});
}

TEST_CASE("recovery plan: a truncation cuts those that are long enough", "[actor]") {
  const std::vector<RecoverableReplica> found = {Replica(ReplicaState::kFinalized, 100),
                                                 Replica(ReplicaState::kFinalized, 100)};
  const auto plan = PlanRecovery(kBlock, found, 30);
  REQUIRE(plan.ok());
  CHECK(plan->length == 30);
  CHECK(plan->participants == Indices{0, 1});
  CHECK_FALSE(PlanRecovery(kBlock, found, 101).ok());
}

TEST_CASE("recovery plan: a replica shorter than the block is known to be lost bytes and does not count", "[actor]") {
  dfs::Block block = kBlock;
  block.length = 49;
  const std::vector<RecoverableReplica> found = {Replica(ReplicaState::kFinalized, 9),
                                                 Replica(ReplicaState::kRwr, 49, 1007), Replica(ReplicaState::kRbw, 48)};
  const auto plan = PlanRecovery(block, found, {});
  REQUIRE(plan.ok());
  CHECK(plan->length == 49);
  CHECK(plan->participants == Indices{1});
  // When all lost some, what is left is better than nothing.
  const std::vector<RecoverableReplica> cut = {found[0], found[2]};
  CHECK(PlanRecovery(block, cut, {})->length == 9);
}

TEST_CASE("recovery plan: of finalized replicas the longest counts; shorter ones are good for a truncation only", "[actor]") {
  const std::vector<RecoverableReplica> found = {Replica(ReplicaState::kFinalized, 60),
                                                 Replica(ReplicaState::kFinalized, 100),
                                                 Replica(ReplicaState::kFinalized, 30)};
  const auto plan = PlanRecovery(kBlock, found, {});
  REQUIRE(plan.ok());
  CHECK(plan->length == 100);
  CHECK(plan->participants == Indices{1});
  // The second try of a truncation, when the first cut one replica and its news got lost.
  const auto truncation = PlanRecovery(kBlock, found, 30);
  REQUIRE(truncation.ok());
  CHECK(truncation->length == 30);
  CHECK(truncation->participants == Indices{0, 1, 2});
}

}  // namespace
}  // namespace mrd::datanode
