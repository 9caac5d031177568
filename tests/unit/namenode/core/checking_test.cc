// What fsck and doctor are told: faults with their reasons, pages that add up to the whole, who may ask.

#include "namenode/core/checking.h"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "namenode/core/examination.h"
#include "tests/unit/namenode/core/model_cluster.h"

namespace mrd::namenode::test {
namespace {

using Catch::Contains;
using dfs::BlockHealth;

dfs::CheckRequest Everything(const std::string& path = "/") {
  dfs::CheckRequest request;
  request.path = path;
  request.all_files = request.all_blocks = true;
  return request;
}

// All pages as one, each of at most about `work`.
dfs::CheckPage Whole(ModelCluster& cluster, dfs::CheckRequest request, std::size_t work, int* pages = nullptr) {
  const Checking checking(cluster.core().state(), work);
  dfs::CheckPage whole;
  for (int n = 1;; ++n) {
    REQUIRE(n < 1000);
    const auto page = checking.Page(cluster.As(), request);
    REQUIRE(page.ok());
    whole.totals.Add(page->totals);
    for (const dfs::CheckedFile& file : page->files) {
      if (!whole.files.empty() && whole.files.back().path == file.path) {
        auto& blocks = whole.files.back().blocks;
        blocks.insert(blocks.end(), file.blocks.begin(), file.blocks.end());
      } else {
        whole.files.push_back(file);
      }
    }
    if (pages) *pages = n;
    if (!page->more) return whole;
    request.after = page->after;
    request.after_blocks = page->after_blocks;
  }
}

TEST_CASE("checking: pages of any size add up to the same", "[core]") {
  ModelCluster cluster(2);
  cluster.WriteFile("/a", {10, 20, 30, 40, 5});
  cluster.WriteFile("/d/e/f", {7});
  cluster.WriteFile("/d/empty", {});
  cluster.WriteFile("/z", {1, 2});
  const dfs::CheckPage all = Whole(cluster, Everything(), 1'000);
  CHECK(all.totals.files == 4);
  CHECK(all.totals.directories == 3);
  CHECK(all.totals.blocks == 8);
  CHECK(all.totals.bytes == 115);
  CHECK(all.totals.live_replicas == 16);
  CHECK(all.totals.minimally_replicated == 8);
  for (const std::size_t work : {1, 2, 3, 5}) {
    int pages = 0;
    const dfs::CheckPage cut = Whole(cluster, Everything(), work, &pages);
    CHECK(pages > 2);
    REQUIRE(cut.files.size() == all.files.size());
    for (std::size_t i = 0; i < all.files.size(); ++i) {
      CHECK(cut.files[i].path == all.files[i].path);
      REQUIRE(cut.files[i].blocks.size() == all.files[i].blocks.size());
      for (std::size_t b = 0; b < all.files[i].blocks.size(); ++b) {
        CHECK(cut.files[i].blocks[b].index == b);
        CHECK(cut.files[i].blocks[b].offset == all.files[i].blocks[b].offset);
      }
    }
    CHECK(cut.totals.files == all.totals.files);
    CHECK(cut.totals.blocks == all.totals.blocks);
    CHECK(cut.totals.bytes == all.totals.bytes);
  }
}

TEST_CASE("checking: a walk goes on where it was though the entry has gone", "[core]") {
  ModelCluster cluster(2);
  for (const char* path : {"/a/1", "/a/2", "/b/1"}) cluster.WriteFile(path, {1});
  dfs::CheckRequest request = Everything();
  request.after = "/a/1";
  REQUIRE(cluster.core().naming().Delete(cluster.As(), "/a", true).ok());
  const auto page = Checking(cluster.core().state()).Page(cluster.As(), request);
  REQUIRE(page.ok());
  REQUIRE(page->files.size() == 2);
  CHECK(page->files[0].path == "/b");
  CHECK(page->files[1].path == "/b/1");
}

TEST_CASE("checking: a lack of replicas is told with the nodes that were refused", "[core]") {
  ModelCluster cluster(2);
  cluster.WriteFile("/f", {10}, 2);
  REQUIRE(cluster.core().naming().SetReplication(cluster.As(), "/f", 3).ok());
  dfs::CheckRequest request;
  request.path = "/";
  const auto page = Checking(cluster.core().state()).Page(cluster.As(), request);
  REQUIRE(page.ok());
  CHECK(page->totals.under_replicated == 1);
  CHECK(page->totals.lacking_replicas == 1);
  REQUIRE(page->files.size() == 1);
  REQUIRE(page->files[0].blocks.size() == 1);
  CHECK(page->files[0].blocks[0].health == BlockHealth::kUnderReplicated);
  CHECK_THAT(page->files[0].blocks[0].why, Contains("every datanode holds one already"));
}

TEST_CASE("checking: a block without replicas is lost, and who had it is told", "[core]") {
  ModelCluster cluster(2);
  const auto blocks = cluster.WriteFile("/f", {10}, 2);
  for (std::size_t node : {0u, 1u}) cluster.Report(node, blocks[0], BlockEvent::Kind::kDeleted);
  cluster.Advance(2'000);
  const Checking checking(cluster.core().state());
  dfs::CheckRequest request;
  request.path = "/f";
  const auto page = checking.Page(cluster.As(), request);
  REQUIRE(page.ok());
  CHECK(page->totals.missing == 1);
  CHECK(page->totals.missing_bytes == 10);
  CHECK(page->totals.minimally_replicated == 0);
  CHECK_THAT(page->files.at(0).blocks.at(0).why, Contains("no datanode in reach has a replica"));

  const auto lost = checking.Lost(cluster.As(), "/", {});
  REQUIRE(lost.ok());
  REQUIRE(lost->blocks.size() == 1);
  CHECK(lost->blocks[0].path == "/f");
  CHECK_FALSE(lost->more);
  CHECK(checking.Lost(cluster.As(), "/other", {})->blocks.empty());
  CHECK(checking.Lost(cluster.As("ann"), "/", {}).status().tag() == dfs::java::kAccessControl);

  const auto found = checking.Find(cluster.As(), blocks[0].id);
  REQUIRE(found.ok());
  CHECK(found->known);
  CHECK(found->path == "/f");
  CHECK(found->block.health == BlockHealth::kMissing);
  CHECK_FALSE(checking.Find(cluster.As(), dfs::BlockId{5})->known);
}

TEST_CASE("checking: files that are being written are left out unless they are asked for", "[core]") {
  ModelCluster cluster(2);
  cluster.Create("/open", "c", 2);
  REQUIRE(cluster.AddBlock("/open", "c", std::nullopt).ok());
  dfs::CheckRequest request = Everything();
  const Checking checking(cluster.core().state());
  auto page = checking.Page(cluster.As(), request);
  REQUIRE(page.ok());
  CHECK(page->totals.open_files == 1);
  CHECK(page->totals.files == 0);
  CHECK(page->files.size() == 1);  // the root
  request.open_files = true;
  page = checking.Page(cluster.As(), request);
  CHECK(page->totals.files == 1);
  REQUIRE(page->files.size() == 2);
  CHECK(page->files[1].open);
  CHECK(page->totals.blocks == 0);  // not to be judged yet
}

TEST_CASE("checking: a directory that the caller may not list ends the walk", "[core]") {
  ModelCluster cluster(1);
  cluster.WriteFile("/private/f", {1}, 1);
  REQUIRE(cluster.core().naming().SetPermission(cluster.As(), "/private", 0700).ok());
  const Checking checking(cluster.core().state());
  CHECK(checking.Page(cluster.As("ann"), Everything()).status().tag() == dfs::java::kAccessControl);
  CHECK(checking.Page(cluster.As("ann"), Everything("/private/f")).status().tag() == dfs::java::kAccessControl);
  CHECK(checking.Page(cluster.As(), Everything()).ok());
  CHECK(checking.Page(cluster.As(), Everything("/none")).status().tag() == dfs::java::kFileNotFound);
  // Nor does a made-up place to go on lead into it.
  for (const char* after : {"/private", "/private/a", "/private/f", "//private/a", "/private//a"}) {
    dfs::CheckRequest sly = Everything();
    sly.after = after;
    CHECK_FALSE(checking.Page(cluster.As("ann"), sly).ok());
    sly.after_blocks = 1;
    CHECK_FALSE(checking.Page(cluster.As("ann"), sly).ok());
  }
  dfs::CheckRequest other = Everything("/open");
  REQUIRE(cluster.core().naming().Mkdirs(cluster.As(), "/open", 0755, true).ok());
  other.after = "/private/f";
  other.after_blocks = 1;
  CHECK(checking.Page(cluster.As("ann"), other).status().tag() == dfs::java::kIllegalArgument);
  dfs::CheckRequest astray = Everything("/private");
  astray.after = "/privately";
  CHECK(checking.Page(cluster.As(), astray).status().tag() == dfs::java::kIllegalArgument);
}

TEST_CASE("examination: what safe mode waits for, and the same reason in the exception", "[core]") {
  ModelCluster cluster(2);
  const auto blocks = cluster.WriteFile("/d/f", {10}, 2);
  cluster.Restart();
  // The first node registers once more and owes its report.
  Registration again;
  again.id.ip = "10.0.0.1";
  again.id.host = "host1";
  again.id.uuid = "uuid-0";
  again.id.xfer_port = 9866;
  again.storages.push_back({"DS-0", dfs::StorageType::kDisk, false});
  REQUIRE(cluster.core().state().blocks.Register(again, cluster.As().mono_ms).ok());
  const dfs::Examination found = Examine(cluster.core().state(), cluster.As(), {});
  CHECK(found.safe_mode);
  CHECK(found.awaited_blocks == 1);
  REQUIRE(found.awaited.size() == 1);
  CHECK(found.awaited[0].path == "/d/f");
  CHECK_THAT(found.awaited[0].why, Contains("none was reported since the namenode started"));
  CHECK(Examine(cluster.core().state(), cluster.As("ann"), {}).awaited.at(0).path.empty());
  REQUIRE(found.nodes.size() == 2);
  CHECK_FALSE(found.nodes[0].reported);
  CHECK(found.nodes[1].reported);
  const auto refused = cluster.core().naming().Mkdirs(cluster.As(), "/x", 0755, true);
  CHECK(refused.status().tag() == dfs::java::kSafeMode);
  CHECK_THAT(refused.status().message(), Contains("2 datanode(s) have registered, 1 of them have not yet reported"));
  CHECK_THAT(refused.status().message(), Contains("needs additional 1 blocks"));
}

TEST_CASE("examination: each node that a write would not get is named with its reason, as in the exception", "[core]") {
  ModelCluster cluster(2);
  dfs::ExamineRequest wish;
  wish.replication = 2;
  dfs::Examination found = Examine(cluster.core().state(), cluster.As(), wish);
  CHECK(found.found_targets == 2);
  CHECK(found.refused.empty());
  wish.block_size = std::uint64_t{1} << 60;
  found = Examine(cluster.core().state(), cluster.As(), wish);
  CHECK(found.found_targets == 0);
  REQUIRE(found.refused.size() == 2);
  CHECK(found.refused[0].address == "10.0.0.1:9866");
  CHECK_THAT(found.refused[0].why, Contains("no space"));
  cluster.Advance(3'600'000);  // all of them die
  cluster.Create("/f", "c", 2);
  const auto block = cluster.AddBlock("/f", "c", std::nullopt);
  CHECK_THAT(block.status().message(), Contains("dead: no heartbeat for"));
  found = Examine(cluster.core().state(), cluster.As(), {});
  REQUIRE(found.refused.size() == 2);
  CHECK_THAT(block.status().message(), Contains(found.refused[0].address + ": " + found.refused[0].why));
}

}  // namespace
}  // namespace mrd::namenode::test
