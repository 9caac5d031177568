#include <set>

#include <catch2/catch.hpp>

#include "tests/unit/namenode/blocks/cluster.h"

namespace mrd::namenode {
namespace {

std::vector<TransferCommand> Transfers(Cluster& c, TestNode& node, std::uint32_t in_progress = 0) {
  return Cluster::Of<TransferCommand>(c.Beat(node, in_progress));
}

}  // namespace

TEST_CASE("redundancy: a death is followed by copies from the survivors", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(4);
  const dfs::Block block = c.Write(0, 3, {0, 1, 2});
  c.Die(c.nodes[0]);
  CHECK(c.Count(0).live == 2);
  CHECK(c.blocks.QueueSize(RiskLevel::kLow) == 1);
  CHECK(c.blocks.Explain(block.id, c.now).obstacle == RedundancyObstacle::kQueued);
  REQUIRE(c.blocks.ComputeWork(c.now) == 1);
  CHECK(c.blocks.ComputeWork(c.now) == 0);
  CHECK(c.blocks.Explain(block.id, c.now).obstacle == RedundancyObstacle::kCopyPending);
  std::vector<TransferCommand> orders;
  for (std::size_t i : {1, 2}) {
    for (const TransferCommand& order : Transfers(c, c.nodes[i])) orders.push_back(order);
  }
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].block == block);
  REQUIRE(orders[0].targets.size() == 1);
  CHECK(orders[0].targets[0].node.id.host == "host4");
  CHECK(orders[0].targets[0].storage_uuid == "DS-4");
  c.Received(c.nodes[3], block);
  CHECK(c.Count(0).live == 3);
  CHECK(c.blocks.pending_copies() == 0);
}

TEST_CASE("redundancy: the most endangered first", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(8);
  c.Write(0, 3, {0, 1});                 // low
  c.Write(1, 7, {0, 1});                 // very low
  c.Write(2, 3, {0});                    // highest
  CHECK(c.blocks.QueueSize(RiskLevel::kLow) == 1);
  CHECK(c.blocks.QueueSize(RiskLevel::kVeryLow) == 1);
  CHECK(c.blocks.QueueSize(RiskLevel::kHighest) == 1);
  CHECK(c.blocks.Stats().highest_priority_low_redundancy == 1);
  CHECK(c.blocks.ComputeWork(c.now, 1) == 1);
  CHECK(c.Count(2).pending == 2);
  CHECK(c.blocks.ComputeWork(c.now, 1) == 1);
  CHECK(c.Count(1).pending == 5);
  CHECK(c.blocks.Queue(RiskLevel::kLow, {}, 10, c.now).at(0).block.id == IdOf(0));
}

TEST_CASE("redundancy: a node sends few copies at once, more for endangered blocks", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(4);
  for (int n = 0; n < 10; ++n) c.Write(n, 3, {0, 1});
  CHECK(c.blocks.ComputeWork(c.now, 100) == 4);  // two from each holder
  CHECK(c.blocks.Explain(IdOf(9), c.now).obstacle == RedundancyObstacle::kSourcesBusy);
  for (int n = 10; n < 20; ++n) c.Write(n, 2, {0});
  CHECK(c.blocks.ComputeWork(c.now, 100) == 2);
  CHECK(Transfers(c, c.nodes[0], 3).size() == 1);
  CHECK(Transfers(c, c.nodes[0], 4).empty());
  // Three that waited, and one that is ordered because streams have become free.
  CHECK(Transfers(c, c.nodes[0], 0).size() == 4);
}

TEST_CASE("redundancy: a node that has finished a copy gets the next without waiting for a round", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  for (int n = 0; n < 10; ++n) c.Write(n, 3, {0, 1});
  CHECK(c.blocks.ComputeWork(c.now, 2) == 2);
  const std::size_t first = Transfers(c, c.nodes[0], 0).size() + Transfers(c, c.nodes[1], 0).size();
  CHECK(first == 2);
  // As many in progress as were ordered: nothing new. One less: the next ones.
  CHECK(Transfers(c, c.nodes[0], 1).empty());
  CHECK_FALSE(Transfers(c, c.nodes[0], 0).empty());
}

TEST_CASE("redundancy: a round is limited by the number of live nodes", "[blocks]") {
  BlockOptions options;
  options.max_streams = options.max_streams_hard_limit = 1000;
  Cluster c(options);
  c.Started();
  c.AddNodes(5);
  for (int n = 0; n < 50; ++n) c.Write(n, 2, {static_cast<std::size_t>(n % 5)});
  CHECK(c.blocks.ComputeWork(c.now) == 10);
}

TEST_CASE("redundancy: blocks that cannot be copied do not hold up others", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  for (int n = 0; n < 3000; ++n) c.Write(n, 4, {0, 1, 2});
  TestNode& last = c.nodes[2];
  c.Write(3000, 3, {0, 1});
  bool ordered = false;
  for (int round = 0; round < 5 && !ordered; ++round) ordered = c.blocks.ComputeWork(c.now) == 1;
  CHECK(ordered);
  CHECK(c.Count(3000).pending == 1);
  const RedundancyStatus status = c.blocks.Explain(IdOf(7), c.now);
  CHECK(status.obstacle == RedundancyObstacle::kNoTarget);
  CHECK(status.refusals.size() == 3);
  CHECK(status.wanted == 4);
  CHECK(last.index.valid());
}

TEST_CASE("redundancy: a copy that does not arrive is ordered again", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  c.Write(0, 2, {0});
  REQUIRE(c.blocks.ComputeWork(c.now) == 1);
  REQUIRE(Transfers(c, c.nodes[0]).size() == 1);
  c.Advance(290'000);
  CHECK(c.blocks.ComputeWork(c.now) == 0);
  c.Advance(20'000);
  CHECK(c.blocks.ComputeWork(c.now) == 1);
}

TEST_CASE("redundancy: a copy to a node that dies is ordered again at once", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  c.Write(0, 2, {0});
  REQUIRE(c.blocks.ComputeWork(c.now) == 1);
  c.AddNodes(1);
  c.Register(c.nodes[1]);  // its process began anew: the copy broke off
  CHECK(c.Count(0).pending == 0);
  CHECK(c.blocks.ComputeWork(c.now) == 1);
}

TEST_CASE("redundancy: too many replicas; the fullest node loses, racks stay", "[blocks]") {
  Cluster c;
  c.Started();
  for (const char* rack : {"/a", "/a", "/b", "/a"}) c.AddNode(rack);
  c.nodes[2].remaining = 1 * kGiB;  // the fullest, but alone in its rack
  c.nodes[1].remaining = 10 * kGiB;
  c.BeatAll();
  for (TestNode& node : c.nodes) c.Report(node, {});
  const dfs::Block block = c.Write(0, 4, {0, 1, 2, 3});
  c.blocks.SetReplication(block.id, 2);
  CHECK(c.Count(0).live == 2);
  CHECK(c.Count(0).excess == 2);
  CHECK(c.blocks.IsExcess(block.id, c.nodes[1].index));
  CHECK_FALSE(c.blocks.IsExcess(block.id, c.nodes[2].index));
  CHECK(c.blocks.ReplicaText(block.id, c.nodes[1].index, c.now) == "EXCESS");
  CHECK(c.blocks.Places(block.id, {}, c.now).locations.size() == 2);
  CHECK(c.Deletions(c.nodes[1]) == std::vector<dfs::Block>{block});
  c.Deleted(c.nodes[1], block);
  CHECK(c.Count(0).excess == 1);
}

TEST_CASE("redundancy: the hint of a balancer is followed", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  const dfs::Block block = c.Write(0, 2, {0, 1});
  c.Received(c.nodes[2], block, "uuid2");
  CHECK(c.blocks.IsExcess(block.id, c.nodes[1].index));
}

TEST_CASE("redundancy: nothing is superfluous while a holder has not reported", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  const dfs::Block block = c.Write(0, 2, {0, 1});
  c.Register(c.nodes[0]);
  c.Received(c.nodes[2], block);
  CHECK(c.Count(0).excess == 0);
  c.Report(c.nodes[0], {});  // it had lost it
  c.blocks.Tick(c.now);
  CHECK(c.Count(0).excess == 0);
  CHECK(c.Count(0).live == 2);
  CHECK(c.blocks.Stats().pending_deletion == 0);
}

TEST_CASE("redundancy: nothing is superfluous while a holder is silent, since it may have lost its replica", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  const dfs::Block block = c.Write(0, 3, {0, 1, 2});
  c.nodes[0].silent = true;
  c.Advance(60'000);
  c.blocks.SetReplication(block.id, 2);
  CHECK(c.Count(0).excess == 0);
  c.nodes[0].silent = false;
  c.Advance(6'000);
  CHECK(c.Count(0).excess == 1);
}

TEST_CASE("redundancy: an order to delete that has not left is taken back when its replica is needed", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  const dfs::Block block = c.Write(0, 3, {0, 1, 2});
  c.blocks.SetReplication(block.id, 2);
  REQUIRE(c.Count(0).excess == 1);
  for (TestNode& node : c.nodes) {
    if (!c.blocks.IsExcess(block.id, node.index)) {
      c.blocks.ReportCorrupt(node.index, node.storage(), block);
      break;
    }
  }
  CHECK(c.Count(0).excess == 0);
  CHECK(c.Count(0).live == 2);
}

TEST_CASE("redundancy: a node that dies before the deletion leaves cancels it", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  const dfs::Block block = c.Write(0, 3, {0, 1, 2});
  c.blocks.SetReplication(block.id, 1);
  REQUIRE(c.Count(0).excess == 2);
  for (TestNode& node : c.nodes) node.silent = !c.blocks.IsExcess(block.id, node.index);
  // The others are silent too until the keeper is dead, so that the orders have not left.
  std::vector<TestNode*> others;
  for (TestNode& node : c.nodes) {
    if (!node.silent) others.push_back(&node);
  }
  c.now += 400'000;
  for (TestNode* node : others) {
    HeartbeatReport empty;
    // Alive, but in safe mode no orders are handed out.
    c.blocks.safe_mode().Enter();
    c.blocks.Heartbeat(node->uuid(), node->epoch, empty, c.now);
  }
  c.now += 400'000;
  CHECK(c.blocks.Tick(c.now).died.size() == 1);
  c.blocks.safe_mode().Leave();
  std::size_t deletions = 0;
  for (TestNode* node : others) deletions += c.Deletions(*node).size();
  CHECK(deletions == 1);
  CHECK(c.Count(0).live == 1);
}

TEST_CASE("redundancy: a replica whose deletion was sent is not counted on when its node comes back", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::Block block = c.Write(0, 2, {0, 1});
  c.blocks.SetReplication(block.id, 1);
  const std::size_t doomed = c.blocks.IsExcess(block.id, c.nodes[0].index) ? 0 : 1;
  REQUIRE(c.Deletions(c.nodes[doomed]).size() == 1);
  // It vanishes before it says what it did, and comes back with the replica still listed.
  c.Die(c.nodes[doomed]);
  c.Register(c.nodes[doomed]);
  c.nodes[doomed].silent = false;
  c.ReportBlocks(c.nodes[doomed], {block});
  CHECK(c.Count(0).live == 1);
  CHECK(c.Count(0).excess == 1);
  CHECK(c.Deletions(c.nodes[1 - doomed]).empty());
  c.Deleted(c.nodes[doomed], block);
  CHECK(c.Count(0).live == 1);
}

TEST_CASE("redundancy: a deletion without news is ordered again", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::Block block = c.Write(0, 2, {0, 1});
  c.blocks.SetReplication(block.id, 1);
  TestNode& node = c.blocks.IsExcess(block.id, c.nodes[0].index) ? c.nodes[0] : c.nodes[1];
  REQUIRE(c.Deletions(node).size() == 1);
  CHECK(c.Deletions(node).empty());
  c.nodes[0].silent = c.nodes[1].silent = true;
  for (int i = 0; i < 31; ++i) {
    c.now += 20'000;
    for (TestNode& each : c.nodes) c.blocks.safe_mode().Enter(), c.Beat(each);
    c.blocks.Tick(c.now);
  }
  c.blocks.safe_mode().Leave();
  CHECK(c.Deletions(node) == std::vector<dfs::Block>{block});
}

TEST_CASE("redundancy: all in one rack is mended once there are two", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3, "/a");
  const dfs::Block block = c.Write(0, 2, {0, 1});
  CHECK(c.blocks.StateText(block.id, c.now) == "HEALTHY");
  c.AddNodes(1, "/b");
  c.blocks.Tick(c.now);
  CHECK(c.blocks.QueueSize(RiskLevel::kBadlyDistributed) == 1);
  CHECK(c.blocks.StateText(block.id, c.now) == "MISREPLICATED");
  REQUIRE(c.blocks.ComputeWork(c.now) == 1);
  c.Received(c.nodes[3], block);
  CHECK(c.Count(0).live == 2);
  CHECK(c.Count(0).excess == 1);
  CHECK_FALSE(c.blocks.IsExcess(block.id, c.nodes[3].index));
}

TEST_CASE("decommission: replicas are copied away, then the node is done", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  for (int n = 0; n < 3; ++n) c.Write(n, 2, {0, 1});
  HostLists lists;
  lists.exclude = {{"10.0.0.1", 0}};
  CHECK(c.blocks.SetHosts(lists, c.now) == std::vector<NodeIndex>{c.nodes[0].index});
  c.Advance(3'000);
  CHECK(c.blocks.DatanodeReport(dfs::DatanodeReportType::kDecommissioning).size() == 1);
  CHECK(c.Count(0).live == 1);
  CHECK(c.Count(0).decommissioning == 1);
  CHECK(c.blocks.Stats().under_replicated == 3);
  CHECK(c.blocks.Places(IdOf(0), {}, c.now).locations.size() == 2);
  CHECK(c.blocks.ComputeWork(c.now, 10) == 3);
  c.Received(c.nodes[2], MakeBlock(0));
  c.Received(c.nodes[2], MakeBlock(1));
  c.Advance(6'000);
  CHECK(c.blocks.nodes().node(c.nodes[0].index).admin == dfs::AdminState::kDecommissionInProgress);
  c.Received(c.nodes[2], MakeBlock(2));
  std::vector<NodeIndex> left;
  for (const TickOutcome& outcome : c.Advance(9'000)) left.insert(left.end(), outcome.left.begin(), outcome.left.end());
  CHECK(left == std::vector<NodeIndex>{c.nodes[0].index});
  CHECK(c.blocks.nodes().node(c.nodes[0].index).admin == dfs::AdminState::kDecommissioned);
  CHECK(c.Count(0).excess == 0);
  // Back in service there is one too many.
  c.blocks.SetHosts({}, c.now);
  c.Advance(3'000);
  CHECK(c.Count(0).live == 2);
  CHECK(c.Count(0).excess == 1);
}

TEST_CASE("decommission: a block whose only replica leaves is the most endangered", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  c.Write(0, 1, {0});
  HostLists lists;
  lists.exclude = {{"host1", 0}};
  c.blocks.SetHosts(lists, c.now);
  c.blocks.Tick(c.now);
  CHECK(c.blocks.QueueSize(RiskLevel::kHighest) == 1);
  CHECK(c.blocks.ComputeWork(c.now) == 1);
}

TEST_CASE("maintenance: one good replica elsewhere is enough, and a silent node keeps its own", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  c.Write(0, 2, {0, 1});
  c.Write(1, 1, {0});
  HostLists lists;
  lists.maintenance = {{{"host1", 0}, c.now + 2'000'000}};
  c.blocks.SetHosts(lists, c.now);
  c.Advance(6'000);
  CHECK(c.blocks.nodes().node(c.nodes[0].index).admin == dfs::AdminState::kEnteringMaintenance);
  CHECK(c.Count(0).maintenance == 1);
  CHECK(c.blocks.Stats().under_replicated == 1);  // the one without another replica
  REQUIRE(c.blocks.ComputeWork(c.now) == 1);
  c.Received(c.nodes[1], MakeBlock(1));
  c.Received(c.nodes[2], MakeBlock(1));
  c.Advance(6'000);
  REQUIRE(c.blocks.nodes().node(c.nodes[0].index).admin == dfs::AdminState::kInMaintenance);
  c.Die(c.nodes[0]);
  CHECK(c.Count(0).maintenance == 1);
  CHECK(c.blocks.Stats().under_replicated == 0);
  CHECK(c.blocks.Places(IdOf(0), {}, c.now).locations.size() == 1);
  // The time is over and it is not back: now it is dead like any other.
  c.Advance(2'000'000, 20'000);
  CHECK(c.Count(0).maintenance == 0);
  CHECK(c.blocks.Stats().under_replicated == 1);
}

TEST_CASE("missing blocks: who had the last replica is remembered; it comes back", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::Block block = c.Write(0, 1, {0});
  c.Die(c.nodes[0]);
  const auto missing = c.blocks.Missing({}, 10, c.now);
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].last_seen == "10.0.0.1:9001");
  CHECK(missing[0].file == dfs::InodeId{16386});
  CHECK(c.blocks.Explain(block.id, c.now).obstacle == RedundancyObstacle::kNoReplica);
  c.nodes[0].silent = false;
  c.Register(c.nodes[0]);
  c.ReportBlocks(c.nodes[0], {block});
  CHECK(c.blocks.Missing({}, 10, c.now).empty());
  CHECK(c.blocks.Stats().missing_blocks == 0);
}

TEST_CASE("a large node dies in portions; counts are right at once", "[blocks]") {
  BlockOptions options;
  options.sweep_per_tick = 100;
  Cluster c(options);
  c.Started();
  c.AddNodes(3);
  for (int n = 0; n < 1000; ++n) c.Write(n, 2, {0, 1});
  c.nodes[0].silent = true;
  for (int i = 0; i < 40 && c.blocks.nodes().live_count() == 3; ++i) c.Advance(20'000, 20'000);
  CHECK(c.Count(999).live == 1);
  CHECK(c.blocks.Stats().under_replicated < 1000);
  int ticks = 0;
  while (c.blocks.Tick(c.now).more) ++ticks;
  CHECK(ticks >= 5);
  CHECK(c.blocks.Stats().under_replicated == 1000);
}

}  // namespace mrd::namenode
