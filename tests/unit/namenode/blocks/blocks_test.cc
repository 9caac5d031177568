#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "tests/unit/namenode/blocks/cluster.h"

namespace mrd::namenode {

TEST_CASE("life of a block: written, committed, complete", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  dfs::Block block = MakeBlock(0, 1001, 0);
  c.blocks.AddOpen(block, {16386}, 3, {c.At(c.nodes[0]), c.At(c.nodes[1]), c.At(c.nodes[2])});
  CHECK(c.blocks.Places(block.id, {}, c.now).locations.size() == 3);
  CHECK(c.blocks.StateText(block.id, c.now) == "UNDER CONSTRUCTION");
  CHECK(c.blocks.Explain(block.id, c.now).obstacle == RedundancyObstacle::kOpen);
  c.Event(c.nodes[0], BlockEvent::Kind::kReceiving, block);
  CHECK_FALSE(c.blocks.Complete(block.id));

  block.length = 100;
  REQUIRE(c.blocks.Commit(block).ok());
  CHECK_FALSE(c.blocks.IsSatisfied(block.id));
  CHECK(c.Received(c.nodes[1], block) == std::vector<dfs::BlockId>{block.id});
  CHECK(c.blocks.IsSatisfied(block.id));
  CHECK(c.blocks.Complete(block.id));
  CHECK(c.blocks.Complete(block.id));
  CHECK(c.blocks.IsComplete(block.id));

  // The other members owe their report; nothing is copied meanwhile.
  CHECK(c.Count(0).live == 1);
  CHECK(c.Count(0).pending == 2);
  CHECK(c.blocks.Stats().under_replicated == 0);
  CHECK(c.blocks.Explain(block.id, c.now).obstacle == RedundancyObstacle::kCopyPending);
  c.Received(c.nodes[0], block);
  c.Received(c.nodes[2], block);
  CHECK(c.Count(0).live == 3);
  CHECK(c.Count(0).pending == 0);
  CHECK(c.blocks.StateText(block.id, c.now) == "HEALTHY");
  CHECK(c.blocks.Explain(block.id, c.now).obstacle == RedundancyObstacle::kNone);
}

TEST_CASE("life of a block: a member that never reports is replaced after the timeout", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  dfs::Block block = MakeBlock(0, 1001, 0);
  c.blocks.AddOpen(block, {16386}, 2, {c.At(c.nodes[0]), c.At(c.nodes[1])});
  block.length = 100;
  c.Received(c.nodes[0], block);
  REQUIRE(c.blocks.Commit(block).ok());
  REQUIRE(c.blocks.Complete(block.id));
  c.Advance(290'000);
  CHECK(c.blocks.Stats().under_replicated == 0);
  c.Advance(20'000);
  CHECK(c.blocks.Stats().under_replicated == 1);
  CHECK(c.blocks.ComputeWork(c.now) == 1);
}

TEST_CASE("commit: shorter, older, other than before, or beyond what was issued is refused", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  const dfs::Block block = MakeBlock(0, 1005, 50);
  c.blocks.AddOpen(block, {16386}, 1, {c.At(c.nodes[0])});
  for (const dfs::Block& bad : {MakeBlock(0, 1005, 49), MakeBlock(0, 1004, 60), MakeBlock(0, 1'000'001, 60),
                                MakeBlock(0, 1005, ~0ull)}) {
    const Status status = c.blocks.Commit(bad);
    CHECK(status.tag() == dfs::java::kIo);
    CHECK(c.blocks.Find(block.id)->block == block);
  }
  REQUIRE(c.blocks.Commit(MakeBlock(0, 1005, 60)).ok());
  CHECK(c.blocks.Commit(MakeBlock(0, 1005, 60)).ok());
  CHECK_FALSE(c.blocks.Commit(MakeBlock(0, 1005, 61)).ok());
}

TEST_CASE("commit: replicas of another length or stamp do not satisfy it", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  c.blocks.AddOpen(MakeBlock(0, 1001, 0), {16386}, 3, {c.At(c.nodes[0]), c.At(c.nodes[1]), c.At(c.nodes[2])});
  REQUIRE(c.blocks.Commit(MakeBlock(0, 1001, 100)).ok());
  CHECK(c.Received(c.nodes[0], MakeBlock(0, 1001, 99)).empty());
  CHECK(c.Received(c.nodes[1], MakeBlock(0, 1000, 100)).empty());
  CHECK_FALSE(c.blocks.Complete(IdOf(0)));
  CHECK(c.Received(c.nodes[2], MakeBlock(0, 1001, 100)).size() == 1);
  REQUIRE(c.blocks.Complete(IdOf(0)));
  CHECK(c.Count(0).corrupt == 2);
  CHECK(c.Count(0).live == 1);
}

TEST_CASE("remove: every known replica is deleted, with the stamp that it has", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  const dfs::Block block = c.Write(0, 3, {0, 1});
  c.Received(c.nodes[2], MakeBlock(0, 1000, 40));  // an old one
  REQUIRE(c.Count(0).corrupt == 1);
  c.blocks.Remove(block.id);
  CHECK_FALSE(c.blocks.Find(block.id));
  CHECK(c.blocks.Stats().pending_deletion == 3);
  CHECK(c.Deletions(c.nodes[0]) == std::vector<dfs::Block>{block});
  CHECK(c.Deletions(c.nodes[2]) == std::vector<dfs::Block>{MakeBlock(0, 1000, 40)});
  CHECK(c.blocks.Stats().under_replicated == 0);
  CHECK(c.blocks.Stats().corrupt_blocks == 0);
  c.blocks.Remove(block.id);
  CHECK(c.blocks.Places(block.id, {}, c.now).locations.empty());
}

TEST_CASE("remove: an open block takes its pipeline along", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const dfs::Block block = MakeBlock(0, 1001, 0);
  c.blocks.AddOpen(block, {16386}, 2, {c.At(c.nodes[0]), c.At(c.nodes[1])});
  c.Event(c.nodes[0], BlockEvent::Kind::kReceiving, block);
  c.blocks.Remove(block.id);
  CHECK(c.Deletions(c.nodes[0]).size() == 1);
  CHECK(c.Deletions(c.nodes[1]).size() == 1);
  // A member that finished writing meanwhile is told at once: this process removed the block itself.
  c.Received(c.nodes[1], MakeBlock(0, 1001, 70));
  CHECK(c.Deletions(c.nodes[1]) == std::vector<dfs::Block>{MakeBlock(0, 1001, 70)});
}

TEST_CASE("remove: deletions are handed out in portions", "[blocks]") {
  BlockOptions options;
  options.invalidate_per_heartbeat = 10;
  Cluster c(options);
  c.Started();
  c.AddNodes(1);
  for (int n = 0; n < 25; ++n) c.Write(n, 1, {0});
  for (int n = 0; n < 25; ++n) c.blocks.Remove(IdOf(n));
  CHECK(c.Deletions(c.nodes[0]).size() == 10);
  CHECK(c.Deletions(c.nodes[0]).size() == 10);
  CHECK(c.Deletions(c.nodes[0]).size() == 5);
  CHECK(c.Deletions(c.nodes[0]).empty());
}

TEST_CASE("append: the replicas become the pipeline; those left out become stale and go", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(4);
  const dfs::Block block = c.Write(0, 3, {0, 1, 2});
  c.blocks.Reopen(block.id);
  CHECK_FALSE(c.blocks.IsComplete(block.id));
  REQUIRE(c.blocks.OpenReplicas(block.id).size() == 3);
  CHECK(c.blocks.OpenReplicas(block.id)[0].expected);
  CHECK(c.blocks.Places(block.id, {}, c.now).locations.size() == 3);

  dfs::Block next = MakeBlock(0, 1002, 100);
  c.blocks.UpdatePipeline(next, {c.At(c.nodes[0]), c.At(c.nodes[3])});
  CHECK(c.blocks.Replicas(block.id).size() == 2);
  next.length = 150;
  c.Received(c.nodes[0], next);
  c.Received(c.nodes[3], next);
  REQUIRE(c.blocks.Commit(next).ok());
  REQUIRE(c.blocks.Complete(block.id));
  CHECK(c.Count(0).live == 2);
  CHECK(c.Count(0).corrupt == 2);
  // Not before there are three good ones, unless the bad ones are in the way: no node is left for a copy.
  CHECK(c.Deletions(c.nodes[1]) == std::vector<dfs::Block>{MakeBlock(0, 1001, 100)});
  c.Deleted(c.nodes[1], MakeBlock(0, 1001, 100));
  CHECK(c.blocks.ComputeWork(c.now) == 1);
}

TEST_CASE("append: closing without a change keeps every replica", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  const dfs::Block block = c.Write(0, 3, {0, 1, 2});
  c.blocks.Reopen(block.id);
  REQUIRE(c.blocks.Commit(block).ok());
  REQUIRE(c.blocks.Complete(block.id));
  CHECK(c.Count(0).live == 3);
  CHECK(c.blocks.Stats().pending_deletion == 0);
}

TEST_CASE("pipeline recovery: a dead member is dropped, its old replica deleted when it comes back", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(3);
  c.blocks.AddOpen(MakeBlock(0, 1001, 0), {16386}, 2, {c.At(c.nodes[0]), c.At(c.nodes[1]), c.At(c.nodes[2])});
  c.blocks.UpdatePipeline(MakeBlock(0, 1002, 30), {c.At(c.nodes[0]), c.At(c.nodes[1])});
  CHECK(c.blocks.Find(IdOf(0))->block == MakeBlock(0, 1002, 30));
  c.Received(c.nodes[0], MakeBlock(0, 1002, 100));
  c.Received(c.nodes[1], MakeBlock(0, 1002, 100));
  REQUIRE(c.blocks.Commit(MakeBlock(0, 1002, 100)).ok());
  REQUIRE(c.blocks.Complete(IdOf(0)));
  c.Report(c.nodes[2], {{MakeBlock(0, 1001, 20), dfs::ReplicaState::kRwr}});
  CHECK(c.blocks.CorruptReplicas(IdOf(0)).at(0).reason == CorruptReason::kOldStamp);
  CHECK(c.Deletions(c.nodes[2]) == std::vector<dfs::Block>{MakeBlock(0, 1001, 20)});
  c.Deleted(c.nodes[2], MakeBlock(0, 1001, 20));
  CHECK(c.blocks.CorruptReplicas(IdOf(0)).empty());
}

TEST_CASE("after a start an open block's holders are those that report", "[blocks]") {
  Cluster c;
  c.blocks.AddOpen(MakeBlock(0, 1003, 10), {16386}, 3, {});
  c.Started();
  CHECK_FALSE(c.blocks.IsEmptyAndUnplaced(IdOf(0)));  // it has a length
  c.AddNode();
  c.AddNode();
  c.Report(c.nodes[0], {{MakeBlock(0, 1003, 25), dfs::ReplicaState::kRwr}});
  c.Report(c.nodes[1], {{MakeBlock(0, 1002, 5), dfs::ReplicaState::kRwr}});
  const auto places = c.blocks.Places(IdOf(0), {}, c.now).locations;
  REQUIRE(places.size() == 1);
  CHECK(places[0].node.id.host == "host1");
  CHECK(c.blocks.OpenReplicas(IdOf(0)).size() == 2);
}

TEST_CASE("a replica on another volume than proposed is found there", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  TestNode& node = c.nodes[0];
  c.blocks.AddOpen(MakeBlock(0, 1001, 0), {16386}, 1, {c.At(node)});
  node.registration.storages.insert(node.registration.storages.begin(), {"DS-other", dfs::StorageType::kDisk, false});
  c.Beat(node);
  c.Received(node, MakeBlock(0, 1001, 100));
  REQUIRE(c.blocks.OpenReplicas(IdOf(0)).size() == 1);
  REQUIRE(c.blocks.Commit(MakeBlock(0, 1001, 100)).ok());
  REQUIRE(c.blocks.Complete(IdOf(0)));
  CHECK(c.blocks.Places(IdOf(0), {}, c.now).locations.at(0).storage_uuid == "DS-other");
  CHECK(c.Count(0).pending == 0);
}

TEST_CASE("targets by uuid: known ones are found, unknown ones named", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(2);
  const std::vector<std::string> uuids{"uuid1", "uuid2"};
  const std::vector<std::string> storages{"DS-1", ""};
  const auto found = c.blocks.FindTargets(uuids, storages);
  REQUIRE(found.ok());
  CHECK(*found == std::vector<ReplicaTarget>{c.At(c.nodes[0]), c.At(c.nodes[1])});
  const std::vector<std::string> wrong{"DS-9"};
  CHECK_FALSE(c.blocks.FindTargets(uuids, wrong).ok());
  const std::vector<std::string> nobody{"uuid9"};
  CHECK(c.blocks.FindTargets(nobody, {}).status().message().find("uuid9") != std::string::npos);
}

TEST_CASE("orders of administrators and verifications leave with the next heartbeat, once", "[blocks]") {
  Cluster c;
  c.Started();
  c.AddNodes(1);
  const dfs::Block block = c.Write(0, 1, {0});
  TestNode& node = c.nodes[0];
  c.blocks.Enqueue(node.index, SetBandwidthCommand{1 << 20});
  c.blocks.SuspectCorrupt(node.index, block);
  c.blocks.SuspectCorrupt(node.index, block);
  CHECK(c.blocks.HasOrders(node.index));
  const HeartbeatReply reply = c.Beat(node);
  CHECK(Cluster::Of<SetBandwidthCommand>(reply).at(0).bytes_per_second == 1 << 20);
  REQUIRE(Cluster::Of<VerifyBlockCommand>(reply).size() == 1);
  CHECK(Cluster::Of<VerifyBlockCommand>(reply)[0].block == block);
  // A suspicion alone changes nothing.
  CHECK(c.Count(0).live == 1);
  CHECK(c.Beat(node).commands.empty());
}

}  // namespace mrd::namenode
