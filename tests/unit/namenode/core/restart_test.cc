// A core made of another one's mutations goes on where that one was.

#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "tests/unit/namenode/core/model_cluster.h"

namespace mrd::namenode::test {
namespace {

// The order to recover a block that some datanode gets within that time; all heartbeat once a second.
std::optional<RecoverBlockCommand> RecoveryWithin(ModelCluster& cluster, MonoMs ms) {
  for (MonoMs passed = 0; passed < ms; passed += 1'000) {
    for (const Command& command : cluster.Orders()) {
      if (const auto* recover = std::get_if<RecoverBlockCommand>(&command)) return *recover;
    }
    cluster.Advance(1'000);
  }
  return std::nullopt;
}

// What datanodes say that have no bytes of the block.
LeaseRecovery::Synchronization Nothing(const RecoverBlockCommand& order) {
  LeaseRecovery::Synchronization nothing;
  nothing.block = order.block;
  nothing.new_stamp = order.new_stamp;
  nothing.delete_block = true;
  return nothing;
}

}  // namespace

TEST_CASE("restart: files are readable once their replicas are reported", "[core]") {
  ModelCluster cluster(2);
  const std::vector<dfs::Block> blocks = cluster.WriteFile("/f", {100, 50});
  cluster.Restart();
  CHECK(cluster.core().state().blocks.safe_mode().on());
  CHECK(cluster.core().reading().GetBlockLocations(cluster.As(), "/f", 0, 1).status().tag() == dfs::java::kSafeMode);
  CHECK(cluster.core().naming().Delete(cluster.As(), "/f", false).status().tag() == dfs::java::kSafeMode);
  cluster.FullReport(0, blocks);
  cluster.FullReport(1, blocks);
  cluster.Advance(2'000);
  CHECK_FALSE(cluster.core().state().blocks.safe_mode().on());
  const auto located = cluster.core().reading().GetBlockLocations(cluster.As(), "/f", 0, 200);
  REQUIRE(located.ok());
  CHECK(located->blocks[0].locations.size() == 2);
}

TEST_CASE("restart: a writer goes on with its file", "[core]") {
  ModelCluster cluster(2);
  const dfs::InodeId id = cluster.Create("/f", "c", 2);
  const auto block = cluster.AddBlock("/f", "c", std::nullopt);
  REQUIRE(block.ok());
  cluster.Restart();
  cluster.Finalize(*block, 77);
  dfs::Block done = block->block.block;
  done.length = 77;
  const Result<bool> closed =
      cluster.core().writing().Complete(cluster.As(), "/f", "c", dfs::ExtendedBlock{"BP-test", done}, id);
  REQUIRE(closed.ok());
  CHECK(*closed);
}

TEST_CASE("restart: a repeated addBlock gets the same block and a new place for it", "[core]") {
  ModelCluster cluster(2);
  (void)cluster.Create("/f", "c", 2);
  const auto first = cluster.AddBlock("/f", "c", std::nullopt);
  REQUIRE(first.ok());
  cluster.Restart();
  const auto again = cluster.AddBlock("/f", "c", std::nullopt);
  REQUIRE(again.ok());
  CHECK(again->block.block.id == first->block.block.id);
  CHECK(again->block.block.stamp == first->block.block.stamp);
  CHECK(again->locations.size() == 2);
}

TEST_CASE("restart: ids and stamps are never given twice", "[core]") {
  ModelCluster cluster(1);
  const std::vector<dfs::Block> before = cluster.WriteFile("/a", {1}, 1);
  cluster.Restart();
  cluster.FullReport(0, before);
  cluster.Advance(2'000);
  const std::vector<dfs::Block> after = cluster.WriteFile("/b", {1}, 1);
  CHECK(after[0].id > before[0].id);
  CHECK(after[0].stamp > before[0].stamp);
}

TEST_CASE("restart: a truncation that was under way is ordered again", "[core]") {
  ModelCluster cluster(1);
  const std::vector<dfs::Block> blocks = cluster.WriteFile("/f", {100}, 1);
  CHECK_FALSE(*cluster.core().writing().Truncate(cluster.As(), "/f", 30, "t"));
  cluster.Restart();
  CHECK(cluster.core().state().truncations.size() == 1);
  cluster.FullReport(0, blocks);
  std::optional<RecoverBlockCommand> order;
  for (int i = 0; i < 20 && !order; ++i) {
    cluster.Advance(5'000);
    for (const Command& command : cluster.Orders()) {
      if (const auto* recover = std::get_if<RecoverBlockCommand>(&command)) order = *recover;
    }
  }
  REQUIRE(order);
  CHECK(order->truncate_length == 30);
}

TEST_CASE("restart: a recovery does not rest on replicas from before the block's stamp", "[core]") {
  ModelCluster cluster(2);
  const std::vector<dfs::Block> blocks = cluster.WriteFile("/a", {10}, 1);
  const std::vector<dfs::Block> cut = cluster.WriteFile("/f", {100}, 1);
  CHECK_FALSE(*cluster.core().writing().Truncate(cluster.As(), "/f", 30, "t"));
  cluster.Restart();
  dfs::Block old = cut[0];
  old.stamp = blocks[0].stamp;
  cluster.FullReport(0, {blocks[0], old});
  const auto ordered = [&] {
    std::optional<RecoverBlockCommand> order;
    for (int i = 0; i < 10; ++i) {
      cluster.Advance(5'000);
      for (const Command& command : cluster.Orders()) {
        if (const auto* recover = std::get_if<RecoverBlockCommand>(&command)) order = *recover;
      }
    }
    return order;
  };
  CHECK_FALSE(ordered());
  cluster.FullReport(1, cut);
  const std::optional<RecoverBlockCommand> order = ordered();
  REQUIRE(order);
  CHECK(order->locations.size() == 1);
  // The namenode knows that there were bytes.
  LeaseRecovery::Synchronization nothing;
  nothing.block = order->block;
  nothing.new_stamp = order->new_stamp;
  nothing.delete_block = true;
  CHECK_FALSE(cluster.core().recovery().Finish(nothing, 1).ok());
  CHECK(cluster.core().state().blocks.Find(cut[0].id));
}

TEST_CASE("restart: a recovery that finds no data drops the block only when all who may have it were asked", "[core]") {
  // One of two in the pipeline stays away: for a moment, or beyond the hard limit.
  for (const bool early : {true, false}) {
    ModelCluster cluster(2);
    cluster.Create("/f", "gone", 2);
    const auto block = cluster.AddBlock("/f", "gone", std::nullopt);
    REQUIRE(block.ok());
    cluster.RestartWith(1);
    for (int i = 0; i < (early ? 1 : 250); ++i) {
      cluster.Advance(10'000);
      cluster.Report(0, block->block.block, BlockEvent::Kind::kReceiving);
      (void)cluster.Heartbeat(0);
    }
    (void)cluster.core().recovery().Recover(cluster.As(), "/f");
    LeaseRecovery::Synchronization nothing;
    nothing.block = block->block.block;
    nothing.new_stamp = cluster.core().state().blocks.RecoveryStamp(nothing.block.id);
    nothing.delete_block = true;
    REQUIRE(nothing.new_stamp.value != 0);
    CHECK(cluster.core().recovery().Finish(nothing, 1).ok() == !early);
    CHECK(cluster.core().state().blocks.Find(nothing.block.id).has_value() == early);
  }
}

TEST_CASE("restart: the pipeline of a last block that nobody reports is asked, and the file ends", "[core]") {
  ModelCluster cluster(2);
  cluster.Create("/f", "gone", 2);
  const auto block = cluster.AddBlock("/f", "gone", std::nullopt);
  REQUIRE(block.ok());
  cluster.Restart();
  CHECK_FALSE(*cluster.core().recovery().Recover(cluster.As(), "/f"));
  const std::optional<RecoverBlockCommand> order = RecoveryWithin(cluster, 3'000);
  REQUIRE(order);
  CHECK(order->locations.size() == 2);
  CHECK(cluster.core().recovery().Finish(Nothing(*order), 1).ok());
  CHECK(*cluster.core().state().tree.IsFileClosed(cluster.As().caller, "/f"));
  CHECK(cluster.core().state().pipelines.size() == 0);
  CHECK(cluster.core().state().leases.holders() == 0);
}

TEST_CASE("restart: a block that nobody reports waits for the last of its pipeline", "[core]") {
  ModelCluster cluster(2);
  cluster.Create("/f", "gone", 2);
  const auto block = cluster.AddBlock("/f", "gone", std::nullopt);
  REQUIRE(block.ok());
  cluster.RestartWith(1);
  CHECK_FALSE(*cluster.core().recovery().Recover(cluster.As(), "/f"));
  CHECK_FALSE(RecoveryWithin(cluster, 120'000));
  cluster.Register(1);
  // That one has what was flushed.
  cluster.Report(1, block->block.block, BlockEvent::Kind::kReceiving);
  const std::optional<RecoverBlockCommand> order = RecoveryWithin(cluster, 40'000);
  REQUIRE(order);
  LeaseRecovery::Synchronization flushed;
  flushed.block = order->block;
  flushed.new_stamp = order->new_stamp;
  flushed.new_length = 500;
  flushed.holders = {cluster.core().state().blocks.OpenReplicas(order->block.id)[0].where};
  CHECK(cluster.core().recovery().Finish(flushed, 1).ok());
  CHECK((*cluster.core().state().tree.GetFileInfo(cluster.As().caller, "/f"))->length == 500);
}

TEST_CASE("restart: an empty replica alone does not end a block whose pipeline is not back", "[core]") {
  ModelCluster cluster(2);
  cluster.Create("/f", "gone", 2);
  const auto block = cluster.AddBlock("/f", "gone", std::nullopt);
  REQUIRE(block.ok());
  cluster.RestartWith(1);
  cluster.Report(0, block->block.block, BlockEvent::Kind::kReceiving);
  CHECK_FALSE(*cluster.core().recovery().Recover(cluster.As(), "/f"));
  const std::optional<RecoverBlockCommand> alone = RecoveryWithin(cluster, 3'000);
  REQUIRE(alone);
  CHECK(alone->locations.size() == 1);
  CHECK_FALSE(cluster.core().recovery().Finish(Nothing(*alone), 1).ok());
  cluster.Register(1);
  // The recovery that began without it does not count; the next asks both.
  const std::optional<RecoverBlockCommand> both = RecoveryWithin(cluster, 70'000);
  REQUIRE(both);
  CHECK(both->locations.size() == 2);
  CHECK(both->new_stamp > alone->new_stamp);
  CHECK(cluster.core().recovery().Finish(Nothing(*both), 1).ok());
}

TEST_CASE("restart: what was given to another pipeline is asked of that one", "[core]") {
  ModelCluster cluster(3);
  cluster.Create("/f", "gone", 2);
  const auto block = cluster.AddBlock("/f", "gone", std::nullopt);
  REQUIRE(block.ok());
  // The writer lost a datanode and went on with one alone.
  const dfs::ReplicaLocation left = block->locations[1];
  Writing& writing = cluster.core().writing();
  const auto renewed = writing.UpdateBlockForPipeline(cluster.As(), block->block, "gone");
  REQUIRE(renewed.ok());
  REQUIRE(writing.UpdatePipeline("gone", block->block, renewed->block, {{left.node.id.uuid, left.storage_uuid}}).ok());
  cluster.Restart();
  CHECK_FALSE(*cluster.core().recovery().Recover(cluster.As(), "/f"));
  const std::optional<RecoverBlockCommand> order = RecoveryWithin(cluster, 3'000);
  REQUIRE(order);
  REQUIRE(order->locations.size() == 1);
  CHECK(order->locations[0].id.uuid == left.node.id.uuid);
}

TEST_CASE("restart: pipelines are kept until the length of their block is agreed or the block is gone", "[core]") {
  ModelCluster cluster(2);
  const auto kept = [&] { return cluster.core().state().pipelines.size(); };
  const std::vector<dfs::Block> closed = cluster.WriteFile("/closed", {3, 4}, 2);
  CHECK(kept() == 0);
  cluster.Create("/deleted", "c", 2);
  REQUIRE(cluster.AddBlock("/deleted", "c", std::nullopt).ok());
  cluster.Create("/left", "d", 2);
  const auto left = cluster.AddBlock("/left", "d", std::nullopt);
  REQUIRE(left.ok());
  CHECK(kept() == 2);
  cluster.Restart();
  CHECK(kept() == 2);
  cluster.FullReport(0, closed);
  cluster.FullReport(1, closed);
  cluster.Advance(2'000);
  REQUIRE(cluster.core().writing().AbandonBlock(left->block.block, "/left", {}, "d").ok());
  CHECK(kept() == 1);
  REQUIRE(cluster.core().naming().Delete(cluster.As(), "/deleted", true).ok());
  CHECK(kept() == 0);
  cluster.Restart();
  CHECK(kept() == 0);
}

TEST_CASE("restart: the last block of a file under recovery stays until its holders had time to report it", "[core]") {
  ModelCluster cluster(1);
  cluster.Create("/f", "gone", 1);
  const auto block = cluster.AddBlock("/f", "gone", std::nullopt);
  REQUIRE(block.ok());
  CHECK_FALSE(*cluster.core().recovery().Recover(cluster.As(), "/f"));
  cluster.Advance(1'000);
  cluster.Restart();
  Blocks& blocks = cluster.core().state().blocks;
  cluster.Advance(5'000);
  CHECK(blocks.Find(block->block.block.id));
  // Asking for the recovery once more does not take it away either.
  CHECK_FALSE(*cluster.core().recovery().Recover(cluster.As(), "/f"));
  cluster.Report(0, block->block.block, BlockEvent::Kind::kReceiving);
  std::optional<RecoverBlockCommand> order;
  for (int i = 0; i < 20 && !order; ++i) {
    cluster.Advance(5'000);
    for (const Command& command : cluster.Orders()) {
      if (const auto* recover = std::get_if<RecoverBlockCommand>(&command)) order = *recover;
    }
  }
  REQUIRE(order);
  CHECK(order->block.id == block->block.block.id);
}

TEST_CASE("restart: a last block that nobody reports within the hard limit was never written", "[core]") {
  ModelCluster cluster(1);
  cluster.Create("/f", "gone", 1);
  REQUIRE(cluster.AddBlock("/f", "gone", std::nullopt).ok());
  cluster.Restart();
  for (int i = 0; i < 260; ++i) {
    cluster.Advance(10'000);
    (void)cluster.Orders();
  }
  CHECK(*cluster.core().state().tree.IsFileClosed(cluster.As().caller, "/f"));
  CHECK(cluster.core().state().leases.holders() == 0);
}

TEST_CASE("restart: a holder that reported an open block and then died is waited for", "[core]") {
  ModelCluster cluster(1);
  cluster.Create("/f", "gone", 1);
  const auto block = cluster.AddBlock("/f", "gone", std::nullopt);
  REQUIRE(block.ok());
  cluster.Restart();
  cluster.Report(0, block->block.block, BlockEvent::Kind::kReceiving);
  cluster.Advance(3'000'000);  // no heartbeat: long dead, and long after the hard limit
  CHECK_FALSE(*cluster.core().recovery().Recover(cluster.As(), "/f"));
  CHECK(cluster.core().state().blocks.Find(block->block.block.id));
}

}  // namespace mrd::namenode::test
