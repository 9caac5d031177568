#include "namenode/core/writing.h"

#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "tests/unit/namenode/core/model_cluster.h"

namespace mrd::namenode::test {
namespace {

dfs::ExtendedBlock Extended(const dfs::Block& block) { return {"BP-test", block}; }

}  // namespace

TEST_CASE("writing: blocks are committed one after the other and the file closes", "[core]") {
  ModelCluster cluster(3);
  const std::vector<dfs::Block> blocks = cluster.WriteFile("/d/f", {kTestBlockSize, 10});
  REQUIRE(blocks.size() == 2);
  CHECK(blocks[0].id == dfs::kFirstBlockId);
  CHECK(blocks[0].stamp == dfs::kFirstGenerationStamp);
  const auto status = cluster.core().state().tree.GetFileInfo(cluster.As().caller, "/d/f");
  REQUIRE(status.ok());
  CHECK((*status)->length == kTestBlockSize + 10);
  CHECK(cluster.core().state().leases.holders() == 0);
  // The reply to complete got lost: the same answer.
  CHECK(*cluster.core().writing().Complete(cluster.As(), "/d/f", "writer", Extended(blocks[1]), {}));
}

TEST_CASE("writing: addBlock says the same block again when the reply got lost", "[core]") {
  ModelCluster cluster(3);
  cluster.Create("/f", "c");
  const auto first = cluster.AddBlock("/f", "c", std::nullopt);
  REQUIRE(first.ok());
  CHECK(first->locations.size() == 2);
  const auto again = cluster.AddBlock("/f", "c", std::nullopt);
  REQUIRE(again.ok());
  CHECK(again->block == first->block);
  CHECK(again->locations.size() == 2);
  dfs::Block foreign = first->block.block;
  foreign.id.value += 77;
  const auto wrong = cluster.AddBlock("/f", "c", foreign);
  CHECK(wrong.status().tag() == dfs::java::kIo);
}

TEST_CASE("writing: a third block waits for the first one's replica", "[core]") {
  ModelCluster cluster(2);
  cluster.Create("/f", "c", 1);
  auto first = cluster.AddBlock("/f", "c", std::nullopt);
  REQUIRE(first.ok());
  dfs::Block one = first->block.block;
  one.length = kTestBlockSize;
  auto second = cluster.AddBlock("/f", "c", one);  // the first is committed, not reported
  REQUIRE(second.ok());
  dfs::Block two = second->block.block;
  two.length = kTestBlockSize;
  CHECK(cluster.AddBlock("/f", "c", two).status().tag() == dfs::java::kNotReplicatedYet);
  cluster.Finalize(*first, kTestBlockSize);
  CHECK(cluster.AddBlock("/f", "c", two).ok());
}

TEST_CASE("writing: complete is false until the last replica is reported", "[core]") {
  ModelCluster cluster(2);
  cluster.Create("/f", "c", 1);
  const auto block = cluster.AddBlock("/f", "c", std::nullopt);
  REQUIRE(block.ok());
  dfs::Block done = block->block.block;
  done.length = 5;
  CHECK_FALSE(*cluster.core().writing().Complete(cluster.As(), "/f", "c", Extended(done), {}));
  cluster.Finalize(*block, 5);
  CHECK(*cluster.core().writing().Complete(cluster.As(), "/f", "c", std::nullopt, {}));
}

TEST_CASE("writing: the wrong client and the wrong pool are refused", "[core]") {
  ModelCluster cluster(1);
  cluster.Create("/f", "c", 1);
  CHECK(cluster.AddBlock("/f", "other", std::nullopt).status().tag() == dfs::java::kLeaseExpired);
  CHECK(cluster.AddBlock("/missing", "c", std::nullopt).status().tag() == dfs::java::kFileNotFound);
  AddBlockRequest request;
  request.path = "/f";
  request.client_name = "c";
  request.previous = dfs::ExtendedBlock{"BP-other", {}};
  CHECK(cluster.core().writing().AddBlock(cluster.As(), request).status().message().find("BP-other") != std::string::npos);
}

TEST_CASE("writing: replication 0 is refused, not taken for the default", "[core]") {
  ModelCluster cluster(1);
  CreateRequest request;
  request.path = "/f";
  request.client_name = "c";
  request.replication = 0;
  request.block_size = kTestBlockSize;
  const Status refused = cluster.core().writing().Create(cluster.As(), request).status();
  CHECK(refused.tag() == dfs::java::kIo);
  CHECK(refused.message().find("replication factor of 0 is less than the required minimum of 1") != std::string::npos);
}

TEST_CASE("writing: no datanode means an error that counts them", "[core]") {
  ModelCluster cluster(0);
  cluster.Create("/f", "c", 1);
  const auto block = cluster.AddBlock("/f", "c", std::nullopt);
  CHECK(block.status().tag() == dfs::java::kIo);
  CHECK(block.status().message().find("could only be written to 0 of the 1 minReplication nodes") != std::string::npos);
}

TEST_CASE("writing: a pipeline is rebuilt with a new stamp and fewer nodes", "[core]") {
  ModelCluster cluster(3);
  cluster.Create("/f", "c", 3);
  const auto block = cluster.AddBlock("/f", "c", std::nullopt);
  REQUIRE(block.ok());
  REQUIRE(block->locations.size() == 3);
  Writing& writing = cluster.core().writing();
  const auto renewed = writing.UpdateBlockForPipeline(cluster.As(), block->block, "c");
  REQUIRE(renewed.ok());
  CHECK(renewed->block.block.stamp > block->block.block.stamp);
  CHECK(renewed->locations.empty());
  dfs::ExtendedBlock after = renewed->block;
  after.block.length = 100;
  std::vector<NamedTarget> targets;
  for (int i = 0; i < 2; ++i) {
    targets.push_back({block->locations[i].node.id.uuid, block->locations[i].storage_uuid});
  }
  dfs::ExtendedBlock invented = after;
  invented.block.stamp.value += 1'000;
  CHECK_FALSE(writing.UpdatePipeline("c", block->block, invented, targets).ok());
  REQUIRE(writing.UpdatePipeline("c", block->block, after, targets).ok());
  // An older stamp is refused, and so is a stranger.
  CHECK_FALSE(writing.UpdatePipeline("c", after, block->block, targets).ok());
  CHECK(writing.UpdateBlockForPipeline(cluster.As(), after, "other").status().tag() == dfs::java::kLeaseExpired);
  // Who kept the old stamp does not count.
  dfs::Block stale = block->block.block;
  stale.length = 100;
  cluster.Report(cluster.NodeOf(block->locations[2]), stale, BlockEvent::Kind::kReceived);
  CHECK_FALSE(*writing.Complete(cluster.As(), "/f", "c", after, {}));
  cluster.Report(cluster.NodeOf(block->locations[0]), after.block, BlockEvent::Kind::kReceived);
  CHECK(*writing.Complete(cluster.As(), "/f", "c", after, {}));
}

TEST_CASE("writing: append reopens a partial last block and leaves a full one", "[core]") {
  ModelCluster cluster(2);
  cluster.WriteFile("/partial", {100});
  cluster.WriteFile("/full", {kTestBlockSize});
  Writing& writing = cluster.core().writing();
  const auto partial = writing.Append(cluster.As(), "/partial", "a", dfs::kCreateFlagAppend);
  REQUIRE(partial.ok());
  REQUIRE(partial->last_block);
  CHECK(partial->last_block->block.block.length == 100);
  CHECK(partial->last_block->locations.size() == 2);
  CHECK(partial->status.length == 100);
  const auto full = writing.Append(cluster.As(), "/full", "a", dfs::kCreateFlagAppend);
  REQUIRE(full.ok());
  CHECK_FALSE(full->last_block);
  CHECK(cluster.AddBlock("/full", "a", std::nullopt).ok());
  CHECK(writing.Append(cluster.As(), "/partial", "b", dfs::kCreateFlagAppend).status().tag() ==
        dfs::java::kAlreadyBeingCreated);
}

TEST_CASE("writing: truncate on a boundary is done at once, inside a block by the datanodes", "[core]") {
  ModelCluster cluster(2);
  const std::vector<dfs::Block> blocks = cluster.WriteFile("/f", {kTestBlockSize, kTestBlockSize, 50});
  Writing& writing = cluster.core().writing();
  CHECK(writing.Truncate(cluster.As(), "/f", -1, "t").status().tag() == dfs::java::kHadoopIllegalArgument);
  CHECK(writing.Truncate(cluster.As(), "/f", 3 << 20, "t").status().tag() == dfs::java::kHadoopIllegalArgument);
  CHECK(*writing.Truncate(cluster.As(), "/f", 2 << 20, "t"));
  CHECK_FALSE(*writing.Truncate(cluster.As(), "/f", (1 << 20) + 7, "t"));
  CHECK_FALSE(*writing.Truncate(cluster.As(), "/f", (1 << 20) + 7, "t"));
  // Who waits for the new length waits for the replicas: until they are cut the old length stands.
  CHECK((*cluster.core().state().tree.GetFileInfo(cluster.As().caller, "/f"))->length == 2u << 20);

  std::optional<RecoverBlockCommand> order;
  for (const Command& command : cluster.Orders()) {
    if (const auto* recover = std::get_if<RecoverBlockCommand>(&command)) order = *recover;
  }
  REQUIRE(order);
  CHECK(order->block.id == blocks[1].id);
  CHECK(order->truncate_length == 7);
  LeaseRecovery::Synchronization result;
  result.block = order->block;
  result.new_stamp = order->new_stamp;
  result.new_length = 7;
  result.holders = cluster.core().state().blocks.Replicas(order->block.id);
  REQUIRE_FALSE(result.holders.empty());
  REQUIRE(cluster.core().recovery().Finish(result, 1).ok());
  CHECK(*cluster.core().state().tree.IsFileClosed(cluster.As().caller, "/f"));
  CHECK(cluster.core().state().truncations.empty());
  CHECK((*cluster.core().state().tree.GetFileInfo(cluster.As().caller, "/f"))->length == (1u << 20) + 7);
}

TEST_CASE("writing: overwrite and delete let blocks and leases go", "[core]") {
  ModelCluster cluster(2);
  cluster.WriteFile("/f", {10});
  cluster.Create("/f", "c", 1, dfs::kCreateFlagCreate | dfs::kCreateFlagOverwrite);
  CHECK(cluster.core().state().blocks.block_count() == 0);
  CHECK(cluster.core().state().leases.holders() == 1);
  CHECK(*cluster.core().naming().Delete(cluster.As(), "/f", false));
  CHECK(cluster.core().state().leases.holders() == 0);
  CHECK(cluster.AddBlock("/f", "c", std::nullopt).status().tag() == dfs::java::kFileNotFound);
}

TEST_CASE("writing: nothing changes in safe mode", "[core]") {
  ModelCluster cluster(1);
  cluster.WriteFile("/f", {10}, 1);
  cluster.core().state().blocks.safe_mode().Enter();
  CreateRequest request;
  request.path = "/g";
  request.client_name = "c";
  CHECK(cluster.core().writing().Create(cluster.As(), request).status().tag() == dfs::java::kSafeMode);
  CHECK(cluster.core().naming().Mkdirs(cluster.As(), "/d", 0755, true).status().tag() == dfs::java::kSafeMode);
  CHECK(cluster.core().naming().Delete(cluster.As(), "/f", false).status().tag() == dfs::java::kSafeMode);
  CHECK(cluster.core().state().sink.empty());
  cluster.core().state().blocks.safe_mode().Leave();
  CHECK(*cluster.core().naming().Delete(cluster.As(), "/f", false));
}

}  // namespace mrd::namenode::test
