#include "namenode/core/reading.h"

#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "tests/unit/namenode/core/model_cluster.h"

namespace mrd::namenode::test {

TEST_CASE("reading: blocks that overlap a range are told, with the last block beside them", "[core]") {
  ModelCluster cluster(2);
  cluster.WriteFile("/f", {100, 100, 30});
  Reading& reading = cluster.core().reading();
  const auto all = reading.GetBlockLocations(cluster.As(), "/f", 0, INT64_MAX);
  REQUIRE(all.ok());
  CHECK(all->file_length == 230);
  CHECK(all->blocks.size() == 3);
  CHECK(all->last_block_complete);
  CHECK_FALSE(all->under_construction);
  const auto middle = reading.GetBlockLocations(cluster.As(), "/f", 100, 100);
  REQUIRE(middle.ok());
  REQUIRE(middle->blocks.size() == 1);
  CHECK(middle->blocks[0].offset == 100);
  REQUIRE(middle->last_block);
  CHECK(middle->last_block->offset == 200);
  CHECK(reading.GetBlockLocations(cluster.As(), "/f", 99, 2)->blocks.size() == 2);
  CHECK(reading.GetBlockLocations(cluster.As(), "/f", 230, 10)->blocks.empty());
  CHECK(reading.GetBlockLocations(cluster.As(), "/f", -1, 10).status().tag() == dfs::java::kHadoopIllegalArgument);
  CHECK(reading.GetBlockLocations(cluster.As(), "/none", 0, 1).status().tag() == dfs::java::kFileNotFound);
}

TEST_CASE("reading: an empty file has no blocks and no last block", "[core]") {
  ModelCluster cluster(1);
  cluster.WriteFile("/empty", {});
  const auto blocks = cluster.core().reading().GetBlockLocations(cluster.As(), "/empty", 0, 10);
  REQUIRE(blocks.ok());
  CHECK(blocks->blocks.empty());
  CHECK_FALSE(blocks->last_block);
  CHECK_FALSE(blocks->last_block_complete);
}

TEST_CASE("reading: the block being written is told with its pipeline, its length is not", "[core]") {
  ModelCluster cluster(2);
  cluster.Create("/f", "c", 2);
  const auto first = cluster.AddBlock("/f", "c", std::nullopt);
  REQUIRE(first.ok());
  cluster.Finalize(*first, kTestBlockSize);
  dfs::Block done = first->block.block;
  done.length = kTestBlockSize;
  REQUIRE(cluster.AddBlock("/f", "c", done).ok());
  const auto blocks = cluster.core().reading().GetBlockLocations(cluster.As(), "/f", 0, INT64_MAX);
  REQUIRE(blocks.ok());
  CHECK(blocks->under_construction);
  CHECK_FALSE(blocks->last_block_complete);
  CHECK(blocks->file_length == kTestBlockSize);
  REQUIRE(blocks->blocks.size() == 2);
  CHECK(blocks->blocks[1].locations.size() == 2);
  CHECK(blocks->last_block->offset == kTestBlockSize);
}

TEST_CASE("reading: a listing carries locations when asked for", "[core]") {
  ModelCluster cluster(2);
  cluster.WriteFile("/d/a", {5});
  cluster.WriteFile("/d/b", {});
  const auto plain = cluster.core().reading().GetListing(cluster.As(), "/d", "", false);
  REQUIRE(plain.ok());
  REQUIRE((*plain)->entries.size() == 2);
  CHECK_FALSE((*plain)->entries[0].locations);
  const auto located = cluster.core().reading().GetListing(cluster.As(), "/d", "", true);
  REQUIRE((*located)->entries[0].locations);
  CHECK((*located)->entries[0].locations->blocks.size() == 1);
  CHECK((*located)->entries[1].locations->blocks.empty());
}

}  // namespace mrd::namenode::test
