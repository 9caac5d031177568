#include "namenode/tree/quota.h"

#include "tests/unit/namenode/tree/tree_fixture.h"

namespace mrd::namenode {
namespace {

TEST_CASE("quota: sizes print as Hadoop prints them", "[tree]") {
  CHECK(TraditionalSize(0) == "0 B");
  CHECK(TraditionalSize(1023) == "1023 B");
  CHECK(TraditionalSize(1024) == "1 KB");
  CHECK(TraditionalSize(1536) == "1.50 KB");
  CHECK(TraditionalSize(1048575) == "1.00 MB");
  CHECK(TraditionalSize(3 << 20) == "3 MB");
  CHECK(TraditionalSize(INT64_MAX) == "8.00 EB");
  CHECK(TraditionalSize(-2048) == "-2 KB");
}

TEST_CASE("quota: names count the directory itself; the first entry too many is refused", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/q");
  REQUIRE(t.space.SetQuota(t.As(t.root), "/q", 3, dfs::kQuotaUnchanged).ok());
  t.MakeFile("/q/a");
  t.Mkdirs("/q/b");
  CHECK(Told(t.space.Mkdirs(t.As(t.root), "/q/c", 0755, true)) ==
        "NSQuotaExceededException: The NameSpace quota (directories and files) of directory /q is exceeded: quota=3 "
        "file count=4");
  CHECK(Told(t.space.CreateFile(t.As(t.root), TreeFixture::Request("/q/b/deep"))) ==
        "NSQuotaExceededException: The NameSpace quota (directories and files) of directory /q is exceeded: quota=3 "
        "file count=4");
  t.MakeFile("/x");
  CHECK(Told(t.space.Rename(t.As(t.root), "/x", "/q/x")).starts_with("NSQuotaExceededException"));
  CHECK(Told(t.space.Rename2(t.As(t.root), "/x", "/q/x", false)).starts_with("NSQuotaExceededException"));
  CHECK(t.Exists("/x"));
  CHECK(t.sink.empty());
  // In place of another file there is room.
  CHECK(t.space.Rename2(t.As(t.root), "/x", "/q/a", true).ok());
  CHECK(t.space.Rename(t.As(t.root), "/q/a", "/q/b/a")->renamed);
  auto usage = t.space.GetQuotaUsage(t.root, "/q");
  REQUIRE(usage.ok());
  CHECK(usage->quota == 3);
  CHECK(usage->files_and_directories == 3);
  REQUIRE(t.space.Delete(t.As(t.root), "/q/b", true)->deleted);
  CHECK(t.Mkdirs("/q/c"));
  REQUIRE(t.space.SetQuota(t.As(t.root), "/q", dfs::kQuotaUnset, dfs::kQuotaUnchanged).ok());
  CHECK(t.Mkdirs("/q/d/e/f"));
  CHECK(t.space.GetQuotaUsage(t.root, "/q")->quota == -1);
  t.RequireDualApply();
}

TEST_CASE("quota: a nested quota and the one above it both count", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/a/b");
  REQUIRE(t.space.SetQuota(t.As(t.root), "/a", 3, dfs::kQuotaUnchanged).ok());
  REQUIRE(t.space.SetQuota(t.As(t.root), "/a/b", 100, dfs::kQuotaUnchanged).ok());
  t.Mkdirs("/a/b/1");
  CHECK(Told(t.space.Mkdirs(t.As(t.root), "/a/b/2", 0755, true)).find("of directory /a is exceeded: quota=3") !=
        std::string::npos);
  // Moving below the same directory costs it nothing.
  CHECK(t.space.Rename(t.As(t.root), "/a/b/1", "/a/1")->renamed);
  t.RequireDualApply();
}

TEST_CASE("quota: space is charged by whole blocks while writing and by length afterwards", "[tree]") {
  TreeFixture t;  // blocks of 100 bytes
  t.Mkdirs("/q");
  REQUIRE(t.space.SetQuota(t.As(t.root), "/q", dfs::kQuotaUnchanged, 600).ok());
  FileRef f = t.OpenFile("/q/f", "w", 3);
  const dfs::Block block = t.NewBlock();
  REQUIRE(t.space.AddBlock(f, block, t.sink).ok());
  CHECK(t.space.GetQuotaUsage(t.root, "/q")->space_consumed == 300);
  t.space.SetBlock(f, 0, {block.id, block.stamp, 10}, false, t.sink);
  CHECK(t.space.GetQuotaUsage(t.root, "/q")->space_consumed == 30);
  REQUIRE(t.space.AddBlock(f, t.NewBlock(), t.sink).ok());
  CHECK(t.space.GetQuotaUsage(t.root, "/q")->space_consumed == 330);
  // The open block falls back to its length when the next one is added.
  t.space.SetBlock(f, 1, {f.block(1).id, f.block(1).stamp, 50}, true, t.sink);
  CHECK(t.space.GetQuotaUsage(t.root, "/q")->space_consumed == 330);
  REQUIRE(t.space.AddBlock(f, t.NewBlock(), t.sink).ok());
  CHECK(t.space.GetQuotaUsage(t.root, "/q")->space_consumed == 480);
  t.space.SetBlock(f, 2, {f.block(2).id, f.block(2).stamp, 100}, false, t.sink);
  CHECK(Told(t.space.AddBlock(f, t.NewBlock(), t.sink)) ==
        "DSQuotaExceededException: The DiskSpace quota of /q is exceeded: quota = 600 B = 600 B but diskspace consumed "
        "= 780 B = 780 B");
  CHECK_FALSE(t.space.CheckBlockQuota(f).ok());
  t.space.Close(f, t.now, t.sink);
  t.Journal();
  CHECK(Told(t.space.SetReplication(t.As(t.root), "/q/f", 4)) ==
        "DSQuotaExceededException: The DiskSpace quota of /q is exceeded: quota = 600 B = 600 B but diskspace consumed "
        "= 640 B = 640 B");
  REQUIRE(t.space.SetReplication(t.As(t.root), "/q/f", 1).ok());
  CHECK(t.space.GetQuotaUsage(t.root, "/q")->space_consumed == 160);
  REQUIRE(t.space.SetQuota(t.As(t.root), "/q", dfs::kQuotaUnchanged, 170).ok());
  CHECK(Told(t.space.OpenForAppend(t.space.FindFile("/q/f"), "c", "m", false, t.sink)) == "OK");
  t.RequireDualApply();
}

TEST_CASE("quota: a hostile block size cannot wrap the charge", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/q");
  REQUIRE(t.space.SetQuota(t.As(t.root), "/q", dfs::kQuotaUnchanged, 1000).ok());
  CreateRequest request = TreeFixture::Request("/q/f");
  request.block_size = std::uint64_t{1} << 62;
  request.replication = 512;
  auto created = t.space.CreateFile(t.As(t.root), request);
  REQUIRE(created.ok());
  CHECK(Told(t.space.AddBlock(created->file, t.NewBlock(), t.sink)).starts_with("DSQuotaExceededException"));
}

TEST_CASE("quota: refusals of setQuota", "[tree]") {
  TreeFixture t;
  t.MakeFile("/f");
  CHECK(Told(t.space.SetQuota(t.As(t.alice), "/", 1, 1)) ==
        "AccessControlException: Access denied for user alice. Superuser privilege is required");
  CHECK(Told(t.space.SetQuota(t.As(t.root), "/f", 5, 5)) == "PathIsNotDirectoryException: `/f': Is not a directory");
  CHECK(Told(t.space.SetQuota(t.As(t.root), "/none", 5, 5)) ==
        "FileNotFoundException: Directory does not exist: /none");
  CHECK(Told(t.space.SetQuota(t.As(t.root), "/", -2, 5)) ==
        "IllegalArgumentException: Illegal value for nsQuota or ssQuota : -2 and 5");
  CHECK(Told(t.space.SetQuota(t.As(t.root), "/", dfs::kQuotaUnset, dfs::kQuotaUnchanged)) ==
        "IllegalArgumentException: Cannot clear namespace quota on root.");
  CHECK(t.space.SetQuota(t.As(t.root), "/", dfs::kQuotaUnchanged, 1 << 30).ok());
  CHECK(t.space.GetContentSummary(t.root, "/")->quota == INT64_MAX);
  CHECK(t.space.GetContentSummary(t.root, "/")->space_quota == 1 << 30);
}

}  // namespace
}  // namespace mrd::namenode
