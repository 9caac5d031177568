#include <catch2/catch.hpp>

#include "namenode/blocks/safe_mode.h"
#include "tests/unit/namenode/blocks/cluster.h"

namespace mrd::namenode {

TEST_CASE("safe mode: a new file system does not enter it", "[blocks]") {
  SafeMode mode({});
  mode.StartUp({0, 0, 0}, 0);
  CHECK_FALSE(mode.on());
  CHECK(mode.Tip(0).empty());
  CHECK(mode.why() == SafeMode::Why::kOff);
}

TEST_CASE("safe mode: waits for blocks, then for its extension; texts are those of HDFS", "[blocks]") {
  SafeMode mode({0.999, 0, 30'000});
  mode.StartUp({2, 0, 0}, 0);
  REQUIRE(mode.on());
  CHECK(mode.Tip(0) ==
        "The reported blocks 0 needs additional 2 blocks to reach the threshold 0.9990 of total blocks 2. The minimum "
        "number of live datanodes is not required. Safe mode will be turned off automatically once the thresholds have "
        "been reached.");
  mode.Update({2, 1, 1}, 1'000);
  CHECK(mode.why() == SafeMode::Why::kBlocks);
  mode.Update({2, 2, 1}, 5'000);
  CHECK(mode.why() == SafeMode::Why::kExtension);
  CHECK(mode.Tip(10'500) ==
        "The reported blocks 2 has reached the threshold 0.9990 of total blocks 2. The minimum number of live "
        "datanodes is not required. In safe mode extension. Safe mode will be turned off automatically in 25 seconds.");
  // A condition that fails again starts the extension anew.
  mode.Update({2, 1, 1}, 20'000);
  mode.Update({2, 2, 1}, 30'000);
  mode.Update({2, 2, 1}, 59'999);
  CHECK(mode.on());
  mode.Update({2, 2, 1}, 60'000);
  CHECK_FALSE(mode.on());
}

TEST_CASE("safe mode: the threshold is a rounded-up part of the blocks", "[blocks]") {
  SafeMode mode({0.999, 0, 0});
  mode.StartUp({1000, 998, 0}, 0);
  CHECK(mode.needed() == 999);
  CHECK(mode.on());
  mode.Update({1000, 999, 0}, 1);
  CHECK_FALSE(mode.on());
}

TEST_CASE("safe mode: may wait for datanodes", "[blocks]") {
  SafeMode mode({0.999, 2, 0});
  mode.StartUp({0, 0, 1}, 0);
  CHECK(mode.why() == SafeMode::Why::kDatanodes);
  CHECK(mode.Tip(0).find("The number of live datanodes 1 needs an additional 1 live datanodes to reach the minimum "
                         "number 2.") != std::string::npos);
  mode.Update({0, 0, 2}, 1);
  CHECK_FALSE(mode.on());
}

TEST_CASE("safe mode: entered by hand it is left by hand only", "[blocks]") {
  SafeMode mode({});
  mode.StartUp({0, 0, 0}, 0);
  mode.Enter();
  mode.Update({0, 0, 5}, 1'000'000);
  CHECK(mode.on());
  CHECK(mode.Tip(0) == "It was turned on manually. Use \"hdfs dfsadmin -safemode leave\" to turn safe mode off.");
  mode.Leave();
  CHECK_FALSE(mode.on());
}

TEST_CASE("safe mode: after a restart reports end it, and only then is work ordered", "[blocks]") {
  BlockOptions options;
  options.safe_mode_extension_ms = 5'000;
  Cluster c(options);
  for (int n = 0; n < 10; ++n) c.blocks.AddLoaded(MakeBlock(n), {16386 + n}, 2);
  c.Started();
  c.AddNode();
  c.AddNode();
  REQUIRE(c.blocks.safe_mode().on());
  CHECK(c.blocks.Unreported({}, 100, c.now).size() == 10);
  CHECK(c.blocks.Stats().missing_blocks == 0);

  std::vector<dfs::Block> nine;
  for (int n = 0; n < 9; ++n) nine.push_back(MakeBlock(n));
  c.ReportBlocks(c.nodes[0], nine);
  c.Report(c.nodes[1], {});
  REQUIRE(c.blocks.safe_mode().on());
  const auto waiting = c.blocks.Unreported({}, 100, c.now);
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0].block == MakeBlock(9));
  c.Advance(10'000);
  CHECK(c.blocks.safe_mode().on());
  CHECK(c.blocks.ComputeWork(c.now) == 0);
  CHECK(c.blocks.Explain(IdOf(0), c.now).obstacle == RedundancyObstacle::kSafeMode);

  c.Received(c.nodes[1], MakeBlock(9));
  bool left = false;
  for (const TickOutcome& outcome : c.Advance(6'000)) left |= outcome.left_safe_mode;
  CHECK(left);
  REQUIRE_FALSE(c.blocks.safe_mode().on());
  CHECK(c.blocks.Stats().under_replicated == 10);
  CHECK(c.blocks.ComputeWork(c.now, 100) > 0);
}

TEST_CASE("safe mode: left by hand before the reports, missing blocks show", "[blocks]") {
  Cluster c;
  c.blocks.AddLoaded(MakeBlock(0), {16386}, 1);
  c.Started();
  REQUIRE(c.blocks.safe_mode().on());
  c.blocks.safe_mode().Leave();
  const TickOutcome outcome = c.blocks.Tick(c.now);
  CHECK(outcome.left_safe_mode);
  CHECK(c.blocks.Stats().missing_blocks == 1);
  CHECK(c.blocks.Stats().missing_replication_one == 1);
  CHECK(c.blocks.StateText(IdOf(0), c.now) == "MISSING");
}

TEST_CASE("safe mode: by hand it holds back deletions and copies, not reports", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  const dfs::Block block = c.Write(0, 1, {0});
  c.blocks.safe_mode().Enter();
  c.blocks.Remove(block.id);
  c.Write(1, 3, {1});
  CHECK(c.blocks.ComputeWork(c.now) == 0);
  CHECK(c.Deletions(c.nodes[0]).empty());
  CHECK_FALSE(c.blocks.HasOrders(c.nodes[0].index));
  c.blocks.safe_mode().Leave();
  CHECK(c.blocks.ComputeWork(c.now) == 1);
  CHECK(c.Deletions(c.nodes[0]) == std::vector<dfs::Block>{block});
}

}  // namespace mrd::namenode
