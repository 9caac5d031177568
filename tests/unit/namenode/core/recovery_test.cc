#include "namenode/core/lease_recovery.h"

#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "tests/unit/namenode/core/model_cluster.h"

namespace mrd::namenode::test {
namespace {

std::optional<RecoverBlockCommand> OrderedRecovery(ModelCluster& cluster) {
  std::optional<RecoverBlockCommand> order;
  for (const Command& command : cluster.Orders()) {
    if (const auto* recover = std::get_if<RecoverBlockCommand>(&command)) order = *recover;
  }
  return order;
}

LeaseRecovery::Synchronization Agreed(ModelCluster& cluster, const RecoverBlockCommand& order, std::uint64_t length) {
  LeaseRecovery::Synchronization result;
  result.block = order.block;
  result.new_stamp = order.new_stamp;
  result.new_length = length;
  result.holders = cluster.core().state().blocks.Replicas(order.block.id);
  return result;
}

}  // namespace

TEST_CASE("lease recovery: a file that another client writes is taken over after the soft limit only", "[core]") {
  ModelCluster cluster(2);
  cluster.Create("/f", "gone", 2);
  const auto block = cluster.AddBlock("/f", "gone", std::nullopt);
  REQUIRE(block.ok());
  for (const dfs::ReplicaLocation& location : block->locations) {
    cluster.Report(cluster.NodeOf(location), block->block.block, BlockEvent::Kind::kReceiving);
  }
  Writing& writing = cluster.core().writing();
  CHECK(writing.Append(cluster.As(), "/f", "gone", 0).status().tag() == dfs::java::kAlreadyBeingCreated);
  CHECK(writing.Append(cluster.As(), "/f", "new", 0).status().tag() == dfs::java::kAlreadyBeingCreated);
  for (int i = 0; i < 7; ++i) {
    cluster.Advance(10'000);
    (void)cluster.Orders();  // the datanodes live
  }
  CHECK(writing.Append(cluster.As(), "/f", "new", 0).status().tag() == dfs::java::kRecoveryInProgress);
  CHECK(writing.Append(cluster.As(), "/f", "new", 0).status().tag() == dfs::java::kRecoveryInProgress);
  const auto order = OrderedRecovery(cluster);
  REQUIRE(order);
  REQUIRE(order->locations.size() == 2);
  CHECK(order->new_stamp > block->block.block.stamp);
  REQUIRE(cluster.core().recovery().Finish(Agreed(cluster, *order, 42), 1).ok());
  CHECK((*cluster.core().state().tree.GetFileInfo(cluster.As().caller, "/f"))->length == 42);
  const auto appended = writing.Append(cluster.As(), "/f", "new", dfs::kCreateFlagAppend);
  REQUIRE(appended.ok());
  CHECK(appended->last_block->block.block.stamp == order->new_stamp);
  // Said again, it changes nothing.
  CHECK_FALSE(cluster.core().recovery().Finish(Agreed(cluster, *order, 1), 1).ok());
}

TEST_CASE("lease recovery: recoverLease closes at once what is complete or was never written", "[core]") {
  ModelCluster cluster(1);
  cluster.Create("/empty", "c", 1);
  CHECK(*cluster.core().recovery().Recover(cluster.As(), "/empty"));
  cluster.WriteFile("/closed", {3}, 1);
  CHECK(*cluster.core().recovery().Recover(cluster.As(), "/closed"));
  CHECK(cluster.core().recovery().Recover(cluster.As(), "/none").status().tag() == dfs::java::kFileNotFound);
  CHECK(cluster.core().state().leases.holders() == 0);
}

TEST_CASE("lease recovery: a silent writer's file is closed after the hard limit", "[core]") {
  ModelCluster cluster(1);
  cluster.Create("/f", "gone", 1);
  for (int i = 0; i < 130; ++i) {
    cluster.Advance(10'000);
    (void)cluster.Orders();
  }
  CHECK(*cluster.core().state().tree.IsFileClosed(cluster.As().caller, "/f"));
}

TEST_CASE("lease recovery: no news from a recovery begins another with a newer stamp", "[core]") {
  ModelCluster cluster(2);
  cluster.Create("/f", "c", 2);
  const auto block = cluster.AddBlock("/f", "c", std::nullopt);
  REQUIRE(block.ok());
  CHECK_FALSE(*cluster.core().recovery().Recover(cluster.As(), "/f"));
  const auto first = OrderedRecovery(cluster);
  REQUIRE(first);
  std::optional<RecoverBlockCommand> second;
  for (int i = 0; i < 20 && !second; ++i) {
    cluster.Advance(5'000);
    second = OrderedRecovery(cluster);
    if (second && second->new_stamp == first->new_stamp) second.reset();
  }
  REQUIRE(second);
  CHECK(second->new_stamp > first->new_stamp);
  CHECK_FALSE(cluster.core().recovery().Finish(Agreed(cluster, *first, 1), 1).ok());
  CHECK(cluster.core().recovery().Finish(Agreed(cluster, *second, 1), 1).ok());
}

TEST_CASE("lease recovery: a block of which no replica has data is dropped", "[core]") {
  ModelCluster cluster(1);
  cluster.Create("/f", "c", 1);
  REQUIRE(cluster.AddBlock("/f", "c", std::nullopt).ok());
  CHECK_FALSE(*cluster.core().recovery().Recover(cluster.As(), "/f"));
  const auto order = OrderedRecovery(cluster);
  REQUIRE(order);
  LeaseRecovery::Synchronization result = Agreed(cluster, *order, 0);
  result.delete_block = true;
  REQUIRE(cluster.core().recovery().Finish(result, 1).ok());
  CHECK(*cluster.core().state().tree.IsFileClosed(cluster.As().caller, "/f"));
  CHECK(cluster.core().state().blocks.block_count() == 0);
}

}  // namespace mrd::namenode::test
