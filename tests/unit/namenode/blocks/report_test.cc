#include <catch2/catch.hpp>

#include "tests/unit/namenode/blocks/cluster.h"

namespace mrd::namenode {

using dfs::ReplicaState;

TEST_CASE("full report: what it does not list is gone", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  for (int n = 0; n < 3; ++n) c.Write(n, 2, {0, 1});
  c.Advance(300'000);
  c.ReportBlocks(c.nodes[0], {MakeBlock(0), MakeBlock(2)});
  CHECK(c.Count(0).live == 2);
  CHECK(c.Count(1).live == 1);
  CHECK(c.Count(2).live == 2);
  CHECK(c.blocks.Stats().under_replicated == 1);
}

TEST_CASE("full report: it does not remove what came by event shortly before or during it", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  c.Advance(300'000);
  c.Write(0, 1, {0});
  c.now += 10'000;
  auto part = [&](std::uint64_t id, std::uint32_t index, std::vector<dfs::ReportedReplica> replicas) {
    const BlockReportPart told{c.nodes[0].storage(), id, index, 2, replicas};
    return c.blocks.ReportPart(c.nodes[0].uuid(), c.nodes[0].epoch, told, c.now);
  };
  REQUIRE(part(10, 0, {}).ok());
  c.Write(1, 1, {0});
  // It takes so long that the marks of young replicas would be forgotten.
  c.Advance(400'000);
  c.Write(2, 1, {0});
  REQUIRE(part(10, 1, {}).ok());
  for (int n = 0; n < 3; ++n) CHECK(c.Count(n).live == 1);
  // The next one has no such excuse.
  c.Advance(200'000);
  c.Report(c.nodes[0], {});
  for (int n = 0; n < 3; ++n) CHECK(c.Count(n).live == 1);  // report ids have to grow: 2 is older than 10
  c.nodes[0].last_report = 10;
  c.Report(c.nodes[0], {});
  for (int n = 0; n < 3; ++n) CHECK(c.Count(n).live == 0);
}

TEST_CASE("full report: a new registration is no excuse for what the node lost", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  c.Write(0, 2, {0, 1});
  c.Register(c.nodes[0]);
  c.Report(c.nodes[0], {});
  CHECK(c.Count(0).live == 1);
}

TEST_CASE("full report: it does not bring back what was deleted since it began", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::Block block = c.Write(0, 2, {0, 1});
  c.Advance(300'000);
  c.Deleted(c.nodes[0], block);
  REQUIRE(c.Count(0).live == 1);
  c.now += 5'000;
  c.ReportBlocks(c.nodes[0], {block});
  CHECK(c.Count(0).live == 1);
  // A report long after is believed.
  c.Advance(300'000);
  c.ReportBlocks(c.nodes[0], {block});
  CHECK(c.Count(0).live == 2);
}

TEST_CASE("full report: parts in any order, twice, and impossible ones", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  for (int n = 0; n < 4; ++n) c.Write(n, 1, {0});
  c.Advance(300'000);
  auto part = [&](std::uint64_t id, std::uint32_t index, std::uint32_t count, std::vector<int> list) {
    std::vector<dfs::ReportedReplica> replicas;
    for (int n : list) replicas.push_back({MakeBlock(n), ReplicaState::kFinalized});
    const BlockReportPart told{c.nodes[0].storage(), id, index, count, replicas};
    return c.blocks.ReportPart(c.nodes[0].uuid(), c.nodes[0].epoch, told, c.now).ok();
  };
  CHECK_FALSE(part(10, 3, 3, {}));
  CHECK_FALSE(part(10, 0, 0, {}));
  CHECK_FALSE(part(10, 0, 1'000'000, {}));
  CHECK(part(10, 2, 3, {3}));
  CHECK(part(10, 0, 3, {0}));
  CHECK(part(10, 0, 3, {0}));
  CHECK(c.Count(2).live == 1);  // not complete yet
  CHECK(part(10, 1, 3, {1}));
  CHECK(c.Count(0).live == 1);
  CHECK(c.Count(1).live == 1);
  CHECK(c.Count(2).live == 0);
  CHECK(c.Count(3).live == 1);
  CHECK(part(10, 1, 3, {}));  // a late repetition
  CHECK(c.Count(1).live == 1);
  CHECK(part(11, 0, 2, {}));
  CHECK_FALSE(part(11, 1, 3, {}));  // changed its mind on the number
  CHECK(c.Count(1).live == 1);
  CHECK_FALSE(c.blocks.ReportPart(c.nodes[0].uuid(), c.nodes[0].epoch, {"DS-unknown", 12, 0, 1, {}}, c.now).ok());
}

TEST_CASE("unknown replicas: deleted after two reports of different generations", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  TestNode& node = c.nodes[0];
  c.ReportBlocks(node, {MakeBlock(77)});
  CHECK(c.Deletions(node).empty());
  // It is asked for another report to settle the matter.
  c.now += 59'000;
  CHECK_FALSE(c.Beat(node).request_full_report);
  c.now += 2'000;
  CHECK(c.Beat(node).request_full_report);
  c.ReportBlocks(node, {MakeBlock(77)});
  CHECK(c.Deletions(node) == std::vector<dfs::Block>{MakeBlock(77)});
}

TEST_CASE("unknown replicas: two events, or two parts of one report, are one confirmation", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  TestNode& node = c.nodes[0];
  c.Received(node, MakeBlock(77));
  c.Received(node, MakeBlock(77));
  CHECK(c.Deletions(node).empty());
  c.ReportBlocks(node, {MakeBlock(77), MakeBlock(78), MakeBlock(78)});
  CHECK(c.Deletions(node) == std::vector<dfs::Block>{MakeBlock(77)});
}

TEST_CASE("unknown replicas: one that went meanwhile starts from the beginning", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  TestNode& node = c.nodes[0];
  c.ReportBlocks(node, {MakeBlock(77)});
  c.Report(node, {});
  c.ReportBlocks(node, {MakeBlock(77)});
  CHECK(c.Deletions(node).empty());
  c.Deleted(node, MakeBlock(77));
  c.ReportBlocks(node, {MakeBlock(77)});
  CHECK(c.Deletions(node).empty());
}

TEST_CASE("unknown replicas: of a future the namenode does not know they are counted and kept", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  TestNode& node = c.nodes[0];
  for (int i = 0; i < 4; ++i) c.ReportBlocks(node, {MakeBlock(5, 2'000'000), MakeBlock(200'000)});
  CHECK(c.Deletions(node).empty());
  CHECK(c.blocks.Stats().blocks_in_future == 2);
  c.Report(node, {});
  CHECK(c.blocks.Stats().blocks_in_future == 0);
}

TEST_CASE("replicas of a complete block: what counts as bad, and what is only late", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(6);
  const dfs::Block block = c.Write(0, 1, {0});
  auto reason = [&](TestNode& node, const dfs::Block& replica, ReplicaState state) -> std::optional<CorruptReason> {
    c.Report(node, {{replica, state}});
    for (const CorruptReplica& bad : c.blocks.CorruptReplicas(block.id)) {
      if (bad.where.node == node.index) return bad.reason;
    }
    return std::nullopt;
  };
  CHECK(reason(c.nodes[1], MakeBlock(0, 1000, 100), ReplicaState::kFinalized) == CorruptReason::kOldStamp);
  CHECK(reason(c.nodes[2], MakeBlock(0, 1001, 99), ReplicaState::kFinalized) == CorruptReason::kWrongLength);
  CHECK(reason(c.nodes[3], MakeBlock(0, 1002, 100), ReplicaState::kFinalized) == CorruptReason::kNewerStamp);
  CHECK(reason(c.nodes[4], MakeBlock(0, 1001, 80), ReplicaState::kRwr) == CorruptReason::kUnfinished);
  CHECK_FALSE(reason(c.nodes[5], MakeBlock(0, 1001, 100), ReplicaState::kRbw));
  CHECK_FALSE(reason(c.nodes[5], MakeBlock(0, 1001, 100), ReplicaState::kTemporary));
  CHECK(c.Count(0).live == 1);
  CHECK(c.blocks.Stats().corrupt_blocks == 1);
}

TEST_CASE("corruption: the datanode's word counts, a new copy makes up for it", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(4);
  const dfs::Block block = c.Write(0, 3, {0, 1, 2});
  c.blocks.ReportCorrupt(c.nodes[0].index, c.nodes[0].storage(), block);
  CHECK(c.Count(0).live == 2);
  CHECK(c.Count(0).corrupt == 1);
  CHECK(c.blocks.ReplicaText(block.id, c.nodes[0].index, c.now) == "CORRUPT");
  CHECK(c.blocks.Places(block.id, {}, c.now).locations.size() == 2);
  // Listing it again does not heal it, and it is not deleted before there are three good ones.
  c.ReportBlocks(c.nodes[0], {block});
  CHECK(c.Count(0).corrupt == 1);
  CHECK(c.Deletions(c.nodes[0]).empty());
  REQUIRE(c.blocks.ComputeWork(c.now) == 1);
  c.Received(c.nodes[3], block);
  CHECK(c.Deletions(c.nodes[0]) == std::vector<dfs::Block>{block});
  c.Deleted(c.nodes[0], block);
  CHECK(c.blocks.Stats().corrupt_blocks == 0);
  CHECK(c.blocks.StateText(block.id, c.now) == "HEALTHY");
}

TEST_CASE("corruption: the last copy is never deleted and stays readable as corrupt", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::Block block = c.Write(0, 2, {0, 1});
  for (TestNode& node : c.nodes) c.blocks.ReportCorrupt(node.index, node.storage(), block);
  c.Advance(2'000'000, 20'000);
  for (TestNode& node : c.nodes) CHECK(c.Deletions(node).empty());
  const BlockPlaces places = c.blocks.Places(block.id, {}, c.now);
  CHECK(places.corrupt);
  CHECK(places.locations.size() == 2);
  CHECK(c.blocks.StateText(block.id, c.now) == "CORRUPT");
  CHECK(c.blocks.Missing({}, 10, c.now).size() == 1);
}

TEST_CASE("corruption: reports on other stamps, open or unknown blocks change nothing", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  c.Write(0, 1, {0});
  c.blocks.AddOpen(MakeBlock(1, 1001, 0), {16386}, 1, {c.At(c.nodes[0])});
  c.blocks.ReportCorrupt(c.nodes[0].index, c.nodes[0].storage(), MakeBlock(0, 1000));
  c.blocks.ReportCorrupt(c.nodes[0].index, c.nodes[0].storage(), MakeBlock(1, 1001, 0));
  c.blocks.ReportCorrupt(c.nodes[0].index, c.nodes[0].storage(), MakeBlock(9));
  c.blocks.ReportCorrupt(c.nodes[0].index, "DS-nowhere", MakeBlock(0));
  CHECK(c.blocks.Stats().corrupt_blocks == 0);
  CHECK(c.Count(0).live == 1);
}

TEST_CASE("corruption: a datanode may say so before its full report; the report does not heal", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::Block block = c.Write(0, 2, {0, 1});
  c.Die(c.nodes[0]);
  c.nodes[0].silent = false;
  c.Register(c.nodes[0]);
  c.blocks.ReportCorrupt(c.nodes[0].index, c.nodes[0].storage(), block);
  c.ReportBlocks(c.nodes[0], {block});
  CHECK(c.Count(0).live == 1);
  CHECK(c.Count(0).corrupt == 1);
  // Two nodes, two wanted: the bad one is in the way of a good one.
  CHECK(c.Deletions(c.nodes[0]) == std::vector<dfs::Block>{block});
}

TEST_CASE("corruption: what was said of a replica that is not there ends with the next full report", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::Block block = c.Write(0, 1, {0});
  c.blocks.ReportCorrupt(c.nodes[1].index, c.nodes[1].storage(), block);
  CHECK(c.Count(0).corrupt == 1);
  c.Report(c.nodes[1], {});
  CHECK(c.Count(0).corrupt == 0);
}

TEST_CASE("events: the deletion of an older incarnation does not hit the present replica", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  c.blocks.AddOpen(MakeBlock(0, 1005, 0), {16386}, 1, {c.At(c.nodes[0])});
  c.Received(c.nodes[0], MakeBlock(0, 1005, 100));
  REQUIRE(c.blocks.Commit(MakeBlock(0, 1005, 100)).ok());
  REQUIRE(c.blocks.Complete(IdOf(0)));
  c.Deleted(c.nodes[0], MakeBlock(0, 1001, 100));
  CHECK(c.Count(0).live == 1);
  c.Deleted(c.nodes[0], MakeBlock(0, 1005, 100));
  CHECK(c.Count(0).live == 0);
}

TEST_CASE("events: one that cannot be used does not keep the others from counting", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  c.blocks.AddOpen(MakeBlock(0, 1001, 0), {16386}, 1, {c.At(c.nodes[0])});
  REQUIRE(c.blocks.Commit(MakeBlock(0)).ok());
  const std::vector<BlockEvent> events{{"DS-unknown", MakeBlock(5), BlockEvent::Kind::kReceived, ""},
                                       {c.nodes[0].storage(), MakeBlock(0), BlockEvent::Kind::kReceived, ""}};
  const auto outcome = c.blocks.ReportEvents(c.nodes[0].uuid(), c.nodes[0].epoch, events, c.now);
  REQUIRE(outcome.ok());
  CHECK(outcome->satisfied.size() == 1);
  CHECK_FALSE(c.blocks.ReportEvents(c.nodes[0].uuid(), c.nodes[0].epoch, std::span(events.data(), 1), c.now).ok());
}

}  // namespace mrd::namenode
