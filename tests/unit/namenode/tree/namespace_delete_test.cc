#include "tests/unit/namenode/tree/tree_fixture.h"

namespace mrd::namenode {
namespace {

TEST_CASE("delete: answers and refusals", "[tree]") {
  TreeFixture t;
  t.MakeFile("/d/f");
  CHECK_FALSE(t.space.Delete(t.As(t.root), "/none", true)->deleted);
  CHECK_FALSE(t.space.Delete(t.As(t.root), "/", true)->deleted);
  CHECK(Told(t.space.Delete(t.As(t.root), "/", false)) ==
        "PathIsNotEmptyDirectoryException: `/ is non empty': Directory is not empty");
  CHECK(Told(t.space.Delete(t.As(t.root), "/d", false)) ==
        "PathIsNotEmptyDirectoryException: `/d is non empty': Directory is not empty");
  CHECK(Told(t.space.Delete(t.As(t.root), "/d/f/x", true)) ==
        "AccessControlException: /d/f (is not a directory)");
  CHECK(t.Exists("/d/f"));
  t.now += 5;
  CHECK(t.space.Delete(t.As(t.root), "/d/f", false)->deleted);
  CHECK(t.Stat("/d")->modified_ms == t.now);
  CHECK(t.space.Delete(t.As(t.root), "/d", false)->deleted);
  CHECK_FALSE(t.Exists("/d"));
  CHECK_FALSE(t.space.Delete(t.As(t.root), "/", false)->deleted);
  t.RequireDualApply();
}

TEST_CASE("delete: names blocks, files and open files of the whole subtree", "[tree]") {
  TreeFixture t;
  const auto a = t.MakeFile("/d/e/a", {100, 100, 1});
  const auto b = t.MakeFile("/d/b");
  const FileRef c = t.OpenFile("/d/e/c", "w");
  const auto c_id = c.id();
  auto blocks = t.space.FindFile("/d/e/a").blocks();
  auto result = t.space.Delete(t.As(t.root), "/d", true);
  REQUIRE(result.ok());
  CHECK(result->removed.blocks == blocks);
  auto files = result->removed.files;
  std::sort(files.begin(), files.end());
  CHECK(files == std::vector{a, b, c_id});
  CHECK(result->removed.open_files == std::vector{c_id});
  CHECK_FALSE(t.space.HasDetached());
  CHECK(t.space.inode_count() == 1);
  t.RequireDualApply();
}

TEST_CASE("delete: a large subtree is unlinked at once and collected in portions, across restarts", "[tree]") {
  TreeOptions options = TreeFixture::SmallBlocks();
  options.delete_at_once_max = 10;
  TreeFixture t(options);
  std::vector<dfs::Block> blocks;
  dfs::InodeId some;
  for (int i = 0; i < 30; ++i) {
    some = t.MakeFile("/big/d" + std::to_string(i % 7) + "/sub/f" + std::to_string(i), {5});
    blocks.push_back(t.space.FindFile(some).block(0));
  }
  t.MakeFile("/keep", {9});
  const FileRef open = t.OpenFile("/big/open", "w");
  const auto open_id = open.id();
  auto result = t.space.Delete(t.As(t.root), "/big", true);
  REQUIRE(result.ok());
  CHECK(result->deleted);
  CHECK(result->detached);
  CHECK(result->removed.blocks.empty());
  CHECK(t.space.HasDetached());
  CHECK(t.space.inode_count() == 2);
  CHECK(t.space.GetContentSummary(t.root, "/")->length == 9);
  CHECK_FALSE(t.Exists("/big"));
  CHECK_FALSE(t.space.FindFile(some));
  CHECK(t.space.PathOf(some).empty());
  CHECK(Told(t.space.FileForLease("/big/open", open_id, "w")).starts_with("FileNotFoundException"));
  CHECK(Told(t.space.GetFileInfo(t.root, "/.reserved/.inodes/" + std::to_string(some.value)))
            .starts_with("FileNotFoundException"));
  std::size_t listed = 0;
  t.space.ForEachFile([&](FileRef) { ++listed; });
  t.space.ForEachOpenFile([&](FileRef) { ++listed; });
  CHECK(listed == 1);
  t.RequireDualApply();
  t.Mkdirs("/big/new");  // the name is free at once

  Removed all;
  while (t.space.HasDetached()) {
    const Removed part = t.space.CollectDetached(4, t.sink);
    CHECK(part.files.size() <= 4);
    all.blocks.insert(all.blocks.end(), part.blocks.begin(), part.blocks.end());
    all.open_files.insert(all.open_files.end(), part.open_files.begin(), part.open_files.end());
    t.RequireDualApply();
  }
  const auto by_id = [](const dfs::Block& a, const dfs::Block& b) { return a.id < b.id; };
  std::sort(all.blocks.begin(), all.blocks.end(), by_id);
  CHECK(all.blocks == blocks);
  CHECK(all.open_files == std::vector{open_id});
  CHECK(t.space.CollectDetached(4, t.sink).files.empty());
  t.RequireDualApply();
}

TEST_CASE("delete: permissions of the parent, of sub-directories, and sticky bits", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/d", 0755);
  t.MakeFile("/d/f");
  CHECK(Told(t.space.Delete(t.As(t.alice), "/d/f", false)) ==
        "AccessControlException: Permission denied: user=alice, access=WRITE, "
        "inode=\"/d\":hdfs:supergroup:drwxr-xr-x");
  REQUIRE(t.space.SetPermission(t.As(t.root), "/d", 0777).ok());
  t.MakeFile("/d/s/closed/f");
  REQUIRE(t.space.SetPermission(t.As(t.root), "/d/s", 0777).ok());
  REQUIRE(t.space.SetPermission(t.As(t.root), "/d/s/closed", 0755).ok());
  CHECK(Told(t.space.Delete(t.As(t.alice), "/d/s", true)) ==
        "AccessControlException: Permission denied: user=alice, access=ALL, "
        "inode=\"/d/s/closed\":hdfs:supergroup:drwxr-xr-x");
  REQUIRE(t.space.Delete(t.As(t.root), "/d/s/closed/f", false)->deleted);
  CHECK(t.space.Delete(t.As(t.alice), "/d/s", true)->deleted);  // an empty sub-directory may be closed

  t.Mkdirs("/sticky", 01777);
  t.MakeFile("/sticky/of-alice", {}, 3, &t.alice);
  CHECK(Told(t.space.Delete(t.As(t.bob), "/sticky/of-alice", false)) ==
        "AccessControlException: Permission denied by sticky bit: user=bob, "
        "path=\"/sticky/of-alice\":alice:supergroup:-rw-r--r--, parent=\"/sticky\":hdfs:supergroup:drwxrwxrwt");
  CHECK(Told(t.space.Rename(t.As(t.bob), "/sticky/of-alice", "/sticky/of-bob"))
            .starts_with("AccessControlException: Permission denied by sticky bit"));
  CHECK(t.space.Delete(t.As(t.alice), "/sticky/of-alice", false)->deleted);
  // A sticky directory inside the subtree counts as well.
  REQUIRE(t.space.Mkdirs(t.As(t.bob), "/d/mine", 0777, true).ok());
  t.Mkdirs("/d/mine/tmp", 01777);
  t.MakeFile("/d/mine/tmp/x", {}, 3, &t.alice);
  CHECK(Told(t.space.Delete(t.As(t.bob), "/d/mine", true)).find("path=\"/d/mine/tmp/x\"") != std::string::npos);
  t.RequireDualApply();
}

}  // namespace
}  // namespace mrd::namenode
