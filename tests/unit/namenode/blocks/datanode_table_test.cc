#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "tests/unit/namenode/blocks/cluster.h"

namespace mrd::namenode {

using dfs::AdminState;

TEST_CASE("host entries: host, port, comments", "[blocks]") {
  const dfs::DatanodeId id{"10.0.0.1", "Alpha.example", "u", 9866, 9864, 9867};
  CHECK(ParseHostEntry(" alpha.example  # rack 3").Matches(id));
  CHECK(ParseHostEntry("10.0.0.1:9866").Matches(id));
  CHECK_FALSE(ParseHostEntry("10.0.0.1:9867").Matches(id));
  CHECK_FALSE(ParseHostEntry("10.0.0.11").Matches(id));
  CHECK_FALSE(ParseHostEntry("# nothing").Matches(id));
  CHECK(ParseHostEntry("fe80::1").host == "fe80::1");
}

TEST_CASE("datanodes: a node is stale after 30 s and dead after 630 s of silence", "[blocks]") {
  Cluster c;
  c.Started();
  TestNode& node = c.AddNode();
  const MonoMs last = c.now;
  CHECK_FALSE(c.blocks.nodes().IsStale(node.index, last + 29'999));
  CHECK(c.blocks.nodes().IsStale(node.index, last + 30'000));
  CHECK(c.blocks.Tick(last + 630'000).died.empty());
  CHECK(c.blocks.Tick(last + 630'001).died == std::vector<NodeIndex>{node.index});
  CHECK(c.blocks.nodes().live_count() == 0);
  CHECK(c.blocks.DatanodeReport(dfs::DatanodeReportType::kDead).size() == 1);
  c.now = last + 630'002;
  CHECK(c.Beat(node).must_register);
  c.Register(node);
  CHECK_FALSE(c.Beat(node).must_register);
  CHECK(c.blocks.DatanodeReport(dfs::DatanodeReportType::kLive).size() == 1);
}

TEST_CASE("datanodes: calls with an older registration are refused", "[blocks]") {
  Cluster c;
  c.Started();
  TestNode& node = c.AddNode();
  const std::uint64_t old = node.epoch;
  c.Register(node);
  CHECK(node.epoch > old);
  CHECK(c.blocks.Heartbeat(node.uuid(), old, {}, c.now).must_register);
  const auto refused = c.blocks.ReportPart(node.uuid(), old, {node.storage(), 1, 0, 1, {}}, c.now);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.status().tag() == dfs::java::kUnregisteredNode);
  CHECK_FALSE(c.blocks.ReportPart("nobody", 1, {node.storage(), 1, 0, 1, {}}, c.now).ok());
}

TEST_CASE("datanodes: a restart of the namenode makes larger epochs", "[blocks]") {
  BlockOptions options;
  options.wall_offset_ms = 1'700'000'000'000;
  Cluster first(options);
  options.wall_offset_ms += 60'000;
  Cluster second(options);
  CHECK(second.AddNode().epoch > first.AddNode().epoch);
}

TEST_CASE("datanodes: the same node under another port keeps its replicas", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  TestNode& node = c.nodes[0];
  const dfs::Block block = c.Write(0, 1, {0});
  node.registration.id.xfer_port = 12345;
  c.Register(node);
  CHECK(c.blocks.nodes().node_count() == 1);
  CHECK(c.blocks.Places(block.id, {}, c.now).locations.at(0).node.id.xfer_port == 12345);
  CHECK(c.blocks.nodes().FindAddress("10.0.0.1:12345") == node.index);
  CHECK_FALSE(c.blocks.nodes().FindAddress("10.0.0.1:9001"));
}

TEST_CASE("datanodes: a copied disk is refused while the original lives, a moved one is taken", "[blocks]") {
  Cluster c;
  c.Started();
  TestNode& node = c.AddNode();
  Registration copy = node.registration;
  copy.id.ip = "10.9.9.9";
  const auto refused = c.blocks.Register(copy, c.now);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.status().tag() == dfs::java::kUnregisteredNode);
  CHECK(refused.status().message().find("10.0.0.1:9001") != std::string::npos);
  c.now += 31'000;
  CHECK(c.blocks.Register(copy, c.now).ok());
  CHECK(c.Beat(node).must_register);
}

TEST_CASE("datanodes: a new uuid at a known address replaces the node, whose replicas go", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::Block block = c.Write(0, 2, {0, 1});
  TestNode& node = c.nodes[0];
  node.registration.id.uuid = "reformatted";
  node.registration.storages[0].uuid = "DS-new";
  c.Register(node);
  c.blocks.Tick(c.now);
  CHECK(c.Count(0).live == 1);
  CHECK(c.blocks.DatanodeReport(dfs::DatanodeReportType::kAll).size() == 2);
  CHECK(c.blocks.Stats().under_replicated == 1);
  CHECK(c.blocks.Places(block.id, {}, c.now).locations.size() == 1);
}

TEST_CASE("datanodes: the include list decides who may come and who has to go", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::Block block = c.Write(0, 2, {0, 1});
  HostLists lists;
  lists.include = {{"host1", 0}};
  CHECK(c.blocks.SetHosts(lists, c.now) == std::vector<NodeIndex>{c.nodes[1].index});
  c.blocks.Tick(c.now);
  CHECK(c.Count(0).live == 1);
  const auto refused = c.blocks.Register(c.nodes[1].registration, c.now);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.status().tag() == dfs::java::kDisallowedDatanode);
  CHECK(c.blocks.Places(block.id, {}, c.now).locations.size() == 1);
  c.blocks.SetHosts({}, c.now);
  c.Register(c.nodes[1]);
  CHECK(c.blocks.nodes().live_count() == 2);
}

TEST_CASE("datanodes: a failed volume loses its replicas, the node stays", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  TestNode& node = c.nodes[0];
  c.Write(0, 2, {0, 1});
  node.registration.storages.push_back({"DS-second", dfs::StorageType::kDisk, false});
  c.Beat(node);
  node.registration.storages[0].failed = true;
  c.Beat(node);
  c.blocks.Tick(c.now);
  CHECK(c.Count(0).live == 1);
  CHECK(c.blocks.nodes().live_count() == 2);
  CHECK(c.blocks.StorageReport(dfs::DatanodeReportType::kLive).at(0).storages.at(0).failed);
  // Repaired: it counts again once it has reported.
  node.registration.storages[0].failed = false;
  c.Beat(node);
  CHECK(c.Count(0).live == 1);
  c.ReportBlocks(node, {MakeBlock(0)});
  CHECK(c.Count(0).live == 2);
}

TEST_CASE("datanodes: sums and reports of space", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::FsStats stats = c.blocks.Stats();
  CHECK(stats.capacity == 200 * kGiB);
  CHECK(stats.remaining == 180 * kGiB);
  CHECK(stats.used == 20 * kGiB);
  c.Write(0, 1, {0});
  const auto infos = c.blocks.DatanodeReport(dfs::DatanodeReportType::kLive);
  CHECK(infos[0].blocks == 1);
  CHECK(infos[0].location == "/r1");
  CHECK(infos[0].last_update_ms == c.now);
  CHECK(infos[0].xceiver_count == 1);
}

TEST_CASE("datanodes: one that owes a full report is asked again", "[blocks]") {
  Cluster c;
  c.Started();
  TestNode& node = c.AddNode();
  CHECK_FALSE(c.Beat(node).request_full_report);
  c.now += 60'000;
  CHECK(c.Beat(node).request_full_report);
  CHECK_FALSE(c.Beat(node).request_full_report);
  c.Report(node, {});
  c.now += 60'000;
  CHECK_FALSE(c.Beat(node).request_full_report);
  c.blocks.RequestReport(node.index);
  CHECK(c.blocks.HasOrders(node.index));
  CHECK(c.Beat(node).request_full_report);
}

}  // namespace mrd::namenode
