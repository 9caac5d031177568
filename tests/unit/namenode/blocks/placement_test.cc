#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "tests/unit/namenode/blocks/cluster.h"

namespace mrd::namenode {
namespace {

PlacementRequest Want(std::uint32_t count, const std::string& client_ip = "") {
  PlacementRequest request;
  request.count = count;
  request.block_size = 128 << 20;
  request.client.ip = client_ip;
  return request;
}

const std::string& RackOf(const Cluster& c, ReplicaTarget target) { return c.blocks.nodes().node(target.node).rack; }

const Refusal* RefusalOf(const PlacementResult& result, const TestNode& node) {
  for (const Refusal& refusal : result.refusals) {
    if (refusal.node == node.index) return &refusal;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("placement: local, another rack, the same rack as the second", "[blocks]") {
  Cluster c;
  c.Started();
  for (const char* rack : {"/a", "/a", "/a", "/b", "/b", "/c", "/c"}) c.AddNode(rack);
  for (int i = 0; i < 50; ++i) {
    const auto targets = c.blocks.Place(Want(3, "10.0.0.2"), c.now).targets;
    REQUIRE(targets.size() == 3);
    CHECK(targets[0].node == c.nodes[1].index);
    CHECK(RackOf(c, targets[1]) != "/a");
    CHECK(RackOf(c, targets[2]) == RackOf(c, targets[1]));
    CHECK(targets[2].node != targets[1].node);
  }
}

TEST_CASE("placement: never two replicas on one node, few per rack", "[blocks]") {
  Cluster c;
  c.Started();
  for (int i = 0; i < 12; ++i) c.AddNode("/r" + std::to_string(i % 4));
  for (int i = 0; i < 50; ++i) {
    const auto targets = c.blocks.Place(Want(8), c.now).targets;
    REQUIRE(targets.size() == 8);
    std::set<NodeIndex> nodes;
    std::map<std::string, int> racks;
    for (ReplicaTarget target : targets) {
      nodes.insert(target.node);
      ++racks[RackOf(c, target)];
    }
    CHECK(nodes.size() == 8);
    for (const auto& [rack, count] : racks) CHECK(count <= 3);
  }
}

TEST_CASE("placement: a full rack is overruled when there is nothing else", "[blocks]") {
  Cluster c;
  c.Started();
  for (const char* rack : {"/a", "/a", "/a", "/b"}) c.AddNode(rack);
  CHECK(c.blocks.Place(Want(4), c.now).targets.size() == 4);
}

TEST_CASE("placement: several datanodes on the client's host, as in a cluster on one machine", "[blocks]") {
  Cluster c;
  c.Started();
  for (int i = 0; i < 3; ++i) c.AddNode("/default-rack", "127.0.0.1");
  const auto result = c.blocks.Place(Want(3, "127.0.0.1"), c.now);
  CHECK(result.targets.size() == 3);
  CHECK(result.refusals.empty());
}

TEST_CASE("placement: each refusal has its reason and numbers", "[blocks]") {
  Cluster c;
  c.Started();
  for (int i = 0; i < 7; ++i) c.AddNode();
  c.nodes[0].remaining = 1 << 20;
  c.nodes[1].silent = true;
  c.nodes[2].registration.storages[0].failed = true;
  HostLists lists;
  lists.exclude = {{"host4", 0}};
  lists.maintenance = {{{"host7", 0}, INT64_MAX}};
  c.Advance(640'000);
  c.blocks.SetHosts(lists, c.now);
  PlacementRequest request = Want(3);
  request.excluded = {c.nodes[4].index};
  request.existing = {c.nodes[5].index};
  const PlacementResult result = c.blocks.Place(request, c.now);
  CHECK(result.targets.empty());
  REQUIRE(result.refusals.size() == 7);
  CHECK(RefusalOf(result, c.nodes[0])->reason == RefusalReason::kNoSpace);
  CHECK(RefusalOf(result, c.nodes[0])->have == 1u << 20);
  CHECK(RefusalOf(result, c.nodes[0])->need == 128u << 20);
  CHECK(RefusalOf(result, c.nodes[1])->reason == RefusalReason::kDead);
  CHECK(RefusalOf(result, c.nodes[2])->reason == RefusalReason::kNoStorage);
  CHECK(RefusalOf(result, c.nodes[3])->reason == RefusalReason::kDecommission);
  CHECK(RefusalOf(result, c.nodes[4])->reason == RefusalReason::kExcludedByCaller);
  CHECK(RefusalOf(result, c.nodes[5])->reason == RefusalReason::kHoldsReplica);
  CHECK(RefusalOf(result, c.nodes[6])->reason == RefusalReason::kMaintenance);
  const std::string text = ShortfallText(result, "/f", 1);
  CHECK(text.find("File /f could only be written to 0 of the 1 minReplication nodes. There are 6 datanode(s) running "
                  "and 1 node(s) are excluded in this operation.") == 0);
  CAPTURE(text);
  CHECK(text.find("10.0.0.1:9001: no space: 1 MiB left on its emptiest volume, the block needs 128 MiB") !=
        std::string::npos);
}

TEST_CASE("placement: without nodes the text is that of HDFS", "[blocks]") {
  Cluster c;
  c.Started();
  CHECK(ShortfallText(c.blocks.Place(Want(1), c.now), "/d/f", 1) ==
        "File /d/f could only be written to 0 of the 1 minReplication nodes. There are 0 datanode(s) running and no "
        "node(s) are excluded in this operation.");
}

TEST_CASE("placement: stale and overloaded nodes only when nothing else is left", "[blocks]") {
  Cluster c;
  c.Started();
  for (int i = 0; i < 4; ++i) c.AddNode();
  c.nodes[0].silent = true;
  c.nodes[1].xceivers = 100;
  c.Advance(60'000);
  for (int i = 0; i < 20; ++i) {
    const auto targets = c.blocks.Place(Want(2), c.now).targets;
    REQUIRE(targets.size() == 2);
    for (ReplicaTarget target : targets) CHECK(target.node.value >= c.nodes[2].index.value);
  }
  const auto three = c.blocks.Place(Want(3), c.now).targets;
  REQUIRE(three.size() == 3);
  CHECK(three[2].node == c.nodes[1].index);
  CHECK(c.blocks.Place(Want(4), c.now).targets.size() == 4);
}

TEST_CASE("placement: promised space is not promised twice", "[blocks]") {
  Cluster c;
  c.Started();
  TestNode& node = c.AddNode();
  node.remaining = 3ull * (128 << 20) + 5;
  c.Beat(node);
  std::vector<dfs::Block> open;
  for (int n = 0; n < 3; ++n) {
    const auto result = c.blocks.Place(Want(1), c.now);
    REQUIRE(result.targets.size() == 1);
    c.blocks.AddOpen(MakeBlock(n, 1001, 0), {16386}, 1, result.targets);
  }
  CHECK(c.blocks.Place(Want(1), c.now).targets.empty());
  CHECK(c.blocks.WouldPlace(Want(1), c.now).refusals.at(0).reason == RefusalReason::kNoSpace);
  // An abandoned block gives its promise back; so does time.
  c.blocks.Remove(IdOf(0));
  CHECK(c.blocks.Place(Want(1), c.now).targets.size() == 1);
  c.Advance(590'000, 20'000);
  CHECK(c.blocks.Place(Want(1), c.now).targets.empty());
  c.Advance(650'000, 20'000);
  CHECK(c.blocks.Place(Want(1), c.now).targets.size() == 1);
}

TEST_CASE("placement: the emptiest volume of a node, disks before other types", "[blocks]") {
  Cluster c;
  c.Started();
  TestNode& node = c.AddNode();
  node.registration.storages = {{"small", dfs::StorageType::kDisk, false},
                                {"large", dfs::StorageType::kDisk, false},
                                {"flash", dfs::StorageType::kSsd, false}};
  HeartbeatReport report;
  for (const RegisteredStorage& storage : node.registration.storages) {
    dfs::StorageReport space;
    space.storage_uuid = storage.uuid;
    space.type = storage.type;
    space.remaining = storage.uuid == "small" ? kGiB : 10 * kGiB;
    report.storages.push_back(space);
  }
  c.blocks.Heartbeat(node.uuid(), node.epoch, report, c.now);
  const auto targets = c.blocks.Place(Want(1), c.now).targets;
  REQUIRE(targets.size() == 1);
  CHECK(c.blocks.nodes().storage(targets[0].storage).uuid == "large");
  report.storages[0].remaining = report.storages[1].remaining = 5;
  c.blocks.Heartbeat(node.uuid(), node.epoch, report, c.now);
  const auto fallback = c.blocks.Place(Want(1), c.now).targets;
  REQUIRE(fallback.size() == 1);
  CHECK(c.blocks.nodes().storage(fallback[0].storage).uuid == "flash");
}

TEST_CASE("placement: flags and favoured nodes", "[blocks]") {
  Cluster c;
  c.Started();
  for (int i = 0; i < 5; ++i) c.AddNode();
  PlacementRequest request = Want(2, "10.0.0.1");
  request.no_local_write = true;
  for (int i = 0; i < 20; ++i) {
    for (ReplicaTarget target : c.blocks.Place(request, c.now).targets) CHECK(target.node != c.nodes[0].index);
  }
  request = Want(2, "10.0.0.1");
  request.favoured = {"10.0.0.4:9004", "host5:9005"};
  const auto targets = c.blocks.Place(request, c.now).targets;
  REQUIRE(targets.size() == 2);
  CHECK(targets[0].node == c.nodes[3].index);
  CHECK(targets[1].node == c.nodes[4].index);
  request = Want(1, "10.0.0.1");
  request.ignore_client_locality = true;
  std::set<NodeIndex> seen;
  for (int i = 0; i < 60; ++i) seen.insert(c.blocks.Place(request, c.now).targets.at(0).node);
  CHECK(seen.size() == 5);
}

TEST_CASE("placement: one more node for a pipeline", "[blocks]") {
  Cluster c;
  c.Started();
  for (int i = 0; i < 4; ++i) c.AddNode();
  PlacementRequest request = Want(1);
  request.existing = {c.nodes[0].index, c.nodes[1].index};
  request.excluded = {c.nodes[2].index};
  const auto targets = c.blocks.Place(request, c.now).targets;
  REQUIRE(targets.size() == 1);
  CHECK(targets[0].node == c.nodes[3].index);
}

TEST_CASE("placement: explaining changes nothing", "[blocks]") {
  Cluster a, b;
  for (Cluster* c : {&a, &b}) {
    c->Started();
    for (int i = 0; i < 5; ++i) c->AddNode();
  }
  for (int i = 0; i < 10; ++i) a.blocks.WouldPlace(Want(3), a.now);
  CHECK(a.blocks.Place(Want(3), a.now).targets == b.blocks.Place(Want(3), b.now).targets);
}

TEST_CASE("reader order: same host, same rack, others; stale behind; the same each time", "[blocks]") {
  Cluster c;
  c.Started();
  for (const char* rack : {"/a", "/b", "/a", "/b", "/b"}) c.AddNode(rack);
  for (TestNode& node : c.nodes) c.Report(node, {});
  c.Write(0, 5, {0, 1, 2, 3, 4});
  auto order = [&](const std::string& ip) {
    std::vector<std::string> names;
    for (const auto& location : c.blocks.Places(IdOf(0), {ip, "", ""}, c.now).locations) {
      names.push_back(location.node.id.host);
    }
    return names;
  };
  const auto first = order("10.0.0.3");
  CHECK(first[0] == "host3");
  CHECK(first[1] == "host1");
  CHECK(order("10.0.0.3") == first);
  c.nodes[2].silent = true;
  c.Advance(40'000);
  CHECK(order("10.0.0.3").back() == "host3");
  // Readers from elsewhere spread.
  std::set<std::string> heads;
  for (int i = 0; i < 40; ++i) heads.insert(order("192.168.0." + std::to_string(i))[0]);
  CHECK(heads.size() == 4);
  // A rack that the caller knows counts for hosts without a datanode.
  const auto by_rack = c.blocks.Places(IdOf(0), {"192.168.7.7", "", "/a"}, c.now).locations;
  CHECK(by_rack[0].node.id.host == "host1");
}

}  // namespace mrd::namenode
