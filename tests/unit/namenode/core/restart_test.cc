// A core made of another one's mutations goes on where that one was.

#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "tests/unit/namenode/core/model_cluster.h"

namespace mrd::namenode::test {

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

TEST_CASE("restart: the last block of a file under lease recovery stays until its holders had time to report it", "[core]") {
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
