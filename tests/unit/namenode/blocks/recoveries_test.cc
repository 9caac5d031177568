#include <catch2/catch.hpp>

#include "tests/unit/namenode/blocks/cluster.h"

namespace mrd::namenode {
namespace {

std::vector<RecoverBlockCommand> Orders(Cluster& c, TestNode& node) {
  return Cluster::Of<RecoverBlockCommand>(c.Beat(node));
}

// An open block on three nodes; the second was heard of last.
void Prepare(Cluster& c) {
  c.Started();
  c.AddNodes(3);
  c.blocks.AddOpen(MakeBlock(0, 1001, 0), {16386}, 3, {c.At(c.nodes[0]), c.At(c.nodes[1]), c.At(c.nodes[2])});
  c.now += 100;
  c.Beat(c.nodes[1]);
}

}  // namespace

TEST_CASE("block recovery: the holder heard of last leads, all are named", "[blocks]") {
  Cluster c;
  Prepare(c);
  CHECK(c.blocks.BeginRecovery(IdOf(0), {2000}, std::nullopt, c.now));
  CHECK(c.blocks.Find(IdOf(0))->state == BlockState::kUnderRecovery);
  CHECK(c.blocks.RecoveryStamp(IdOf(0)) == dfs::GenerationStamp{2000});
  CHECK(Orders(c, c.nodes[0]).empty());
  const auto orders = Orders(c, c.nodes[1]);
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].block.stamp == dfs::GenerationStamp{1001});
  CHECK(orders[0].new_stamp == dfs::GenerationStamp{2000});
  REQUIRE(orders[0].locations.size() == 3);
  CHECK(orders[0].locations[0].id.host == "host2");
  CHECK_FALSE(orders[0].truncate_length);
  CHECK(Orders(c, c.nodes[1]).empty());
  CHECK_FALSE(c.blocks.Commit(MakeBlock(0)).ok());

  // Two of three agreed.
  const dfs::Block result = MakeBlock(0, 2000, 60);
  CHECK_FALSE(c.blocks.FinishRecovery(MakeBlock(0, 1999, 60), {}).ok());
  REQUIRE(c.blocks.FinishRecovery(result, {c.At(c.nodes[0]), c.At(c.nodes[1])}).ok());
  CHECK(c.blocks.Find(IdOf(0))->state == BlockState::kCommitted);
  CHECK(c.blocks.Complete(IdOf(0)));
  CHECK(c.blocks.Find(IdOf(0))->block == result);
  CHECK(c.Count(0).live == 2);
  CHECK(c.blocks.RecoveryStamp(IdOf(0)).value == 0);
  CHECK_FALSE(c.blocks.FinishRecovery(result, {}).ok());
}

TEST_CASE("block recovery: without an answer another one gets its turn, then the first again", "[blocks]") {
  Cluster c;
  Prepare(c);
  c.blocks.BeginRecovery(IdOf(0), {2000}, std::nullopt, c.now);
  std::vector<NodeIndex> primaries;
  std::int64_t stamp = 2000;
  for (int round = 0; round < 4; ++round) {
    for (TestNode& node : c.nodes) {
      if (!Orders(c, node).empty()) primaries.push_back(node.index);
    }
    CHECK(c.blocks.Tick(c.now + 29'000).recoveries_due.empty());
    c.now += 31'000;
    c.BeatAll();
    REQUIRE(c.blocks.Tick(c.now).recoveries_due == std::vector<dfs::BlockId>{IdOf(0)});
    c.blocks.BeginRecovery(IdOf(0), {++stamp}, std::nullopt, c.now);
  }
  REQUIRE(primaries.size() == 4);
  CHECK(primaries[0] != primaries[1]);
  CHECK(primaries[1] != primaries[2]);
  CHECK(primaries[0] != primaries[2]);
}

TEST_CASE("block recovery: a dead primary is noticed at once", "[blocks]") {
  BlockOptions options;
  options.recovery_timeout_ms = 10'000'000;
  Cluster c(options);
  Prepare(c);
  c.blocks.BeginRecovery(IdOf(0), {2000}, std::nullopt, c.now);
  CHECK(Orders(c, c.nodes[1]).size() == 1);
  c.nodes[1].silent = true;
  bool due = false;
  for (const TickOutcome& outcome : c.Advance(640'000)) due |= !outcome.recoveries_due.empty();
  CHECK(due);
}

TEST_CASE("block recovery: waits for a holder and begins when one comes", "[blocks]") {
  Cluster c;
  c.blocks.AddOpen(MakeBlock(0, 1001, 50), {16386}, 3, {});
  c.Started();
  CHECK_FALSE(c.blocks.BeginRecovery(IdOf(0), {2000}, 30, c.now));
  c.Advance(100'000);
  c.AddNode();
  c.Report(c.nodes[0], {{MakeBlock(0, 1001, 50), dfs::ReplicaState::kRwr}});
  c.blocks.Tick(c.now);
  const auto orders = Orders(c, c.nodes[0]);
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].truncate_length == 30u);
}

TEST_CASE("block recovery: truncating a complete block", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::Block block = c.Write(0, 2, {0, 1});
  c.blocks.Reopen(block.id);
  REQUIRE(c.blocks.BeginRecovery(block.id, {2000}, 40, c.now));
  REQUIRE(c.blocks.FinishRecovery(MakeBlock(0, 2000, 40), {c.At(c.nodes[0]), c.At(c.nodes[1])}).ok());
  REQUIRE(c.blocks.Complete(block.id));
  CHECK(c.blocks.Find(block.id)->block.length == 40);
  CHECK(c.Count(0).live == 2);
  CHECK(c.blocks.Stats().pending_deletion == 0);
}

TEST_CASE("block recovery: an order for a block that is gone or in a newer recovery is not sent", "[blocks]") {
  Cluster c;
  Prepare(c);
  c.blocks.BeginRecovery(IdOf(0), {2000}, std::nullopt, c.now);
  c.blocks.Remove(IdOf(0));
  for (TestNode& node : c.nodes) CHECK(Orders(c, node).empty());
  CHECK(c.blocks.Tick(c.now + 100'000).recoveries_due.empty());
}

}  // namespace mrd::namenode
