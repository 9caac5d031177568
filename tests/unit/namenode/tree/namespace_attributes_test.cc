#include "tests/unit/namenode/tree/tree_fixture.h"

namespace mrd::namenode {
namespace {

TEST_CASE("setPermission, setOwner: who may, and what missing paths say", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/d", 0777);
  t.MakeFile("/d/f", {}, 3, &t.alice);
  CHECK(t.space.SetPermission(t.As(t.alice), "/d/f", 01755).ok());
  CHECK(t.Stat("/d/f")->permission == 01755);
  CHECK(t.space.SetPermission(t.As(t.alice), "/d/f", 0170644).ok());
  CHECK(t.Stat("/d/f")->permission == 0644);
  CHECK(Told(t.space.SetPermission(t.As(t.bob), "/d/f", 0777)) ==
        "AccessControlException: Permission denied. user=bob is not the owner of inode=/d/f");
  CHECK(Told(t.space.SetOwner(t.As(t.bob), "/d/f", "bob", "")) ==
        "AccessControlException: Permission denied. user=bob is not the owner of inode=/d/f");
  CHECK(Told(t.space.SetOwner(t.As(t.alice), "/d/f", "bob", "")) ==
        "AccessControlException: User alice is not a super user (non-super user cannot change owner).");
  CHECK(Told(t.space.SetOwner(t.As(t.alice), "/d/f", "", "wheel")) ==
        "AccessControlException: User alice does not belong to wheel");
  CHECK(t.space.SetOwner(t.As(t.alice), "/d/f", "alice", "staff").ok());
  CHECK(t.Stat("/d/f")->group == "staff");
  CHECK(t.space.SetOwner(t.As(t.root), "/d/f", "carol", "").ok());
  CHECK(t.Stat("/d/f")->owner == "carol");
  CHECK(t.Stat("/d/f")->group == "staff");
  CHECK(Told(t.space.SetPermission(t.As(t.root), "/none", 0)) == "FileNotFoundException: File does not exist: /none");
  CHECK(Told(t.space.SetOwner(t.As(t.root), "/none", "a", "b")) ==
        "FileNotFoundException: File does not exist: /none");
  CHECK(Told(t.space.SetPermission(t.As(t.root), "/d/f/x", 0)) ==
        "AccessControlException: /d/f (is not a directory)");
  t.RequireDualApply();
}

TEST_CASE("setTimes: -1 leaves, directories too, write is needed", "[tree]") {
  TreeFixture t;
  t.MakeFile("/d/f");
  CHECK(t.space.SetTimes(t.As(t.root), "/d/f", 1000, 1100).ok());
  CHECK(t.space.SetTimes(t.As(t.root), "/d/f", -1, 1200).ok());
  CHECK(t.Stat("/d/f")->modified_ms == 1000);
  CHECK(t.Stat("/d/f")->accessed_ms == 1200);
  CHECK(t.space.SetTimes(t.As(t.root), "/d/f", 1300, -1).ok());
  CHECK(t.Stat("/d/f")->modified_ms == 1300);
  CHECK(t.Stat("/d/f")->accessed_ms == 1200);
  CHECK(t.space.SetTimes(t.As(t.root), "/d", 1400, -1).ok());
  CHECK(t.Stat("/d")->modified_ms == 1400);
  CHECK(t.space.SetTimes(t.As(t.root), "/d", INT64_MAX, INT64_MIN).ok());
  CHECK(t.Stat("/d")->modified_ms == (std::int64_t{1} << 47) - 1);
  CHECK(Told(t.space.SetTimes(t.As(t.root), "/none", 1, 1)) ==
        "FileNotFoundException: File/Directory /none does not exist.");
  CHECK(Told(t.space.SetTimes(t.As(t.alice), "/d/f", 1, 1)).find("access=WRITE, inode=\"/d/f\"") != std::string::npos);
  t.RequireDualApply();
}

TEST_CASE("times: a directory's never goes backwards by itself; access times have a precision", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/d");
  REQUIRE(t.space.SetTimes(t.As(t.root), "/d", t.now + 1000, -1).ok());
  t.MakeFile("/d/f");
  CHECK(t.Stat("/d")->modified_ms == t.now + 1000);
  CHECK(t.Stat("/d")->accessed_ms == 0);
  t.Journal();
  const FileRef f = t.space.FindFile("/d/f");
  CHECK_FALSE(t.space.TouchAccessTime(f, t.now + 3'600'000, t.sink));
  CHECK(t.sink.empty());
  CHECK(t.space.TouchAccessTime(f, t.now + 3'600'001, t.sink));
  CHECK(t.Stat("/d/f")->accessed_ms == t.now + 3'600'001);
  t.RequireDualApply();

  TreeOptions options = TreeFixture::SmallBlocks();
  options.access_time_precision_ms = 0;
  TreeFixture off(options);
  off.MakeFile("/f");
  CHECK_FALSE(off.space.TouchAccessTime(off.space.FindFile("/f"), off.now * 2, off.sink));
  CHECK(Told(off.space.SetTimes(off.As(off.root), "/f", 5, 5)) ==
        "IOException: Access time for hdfs is not configured.  Please set dfs.namenode.accesstime.precision "
        "configuration parameter.");
  CHECK(off.space.SetTimes(off.As(off.root), "/f", 5, -1).ok());
}

TEST_CASE("setReplication: files only, within bounds, usage follows", "[tree]") {
  TreeFixture t;
  t.MakeFile("/d/f", {100, 20}, 2);
  CHECK(t.space.SetReplication(t.As(t.root), "/d/f", 5)->replication() == 5);
  CHECK(t.space.GetContentSummary(t.root, "/")->space_consumed == 600);
  CHECK_FALSE(*t.space.SetReplication(t.As(t.root), "/d", 2));
  CHECK_FALSE(*t.space.SetReplication(t.As(t.root), "/none", 2));
  CHECK(Told(t.space.SetReplication(t.As(t.root), "/d/f", 600)) ==
        "IOException: Requested replication factor of 600 exceeds maximum of 512 for /d/f");
  CHECK(Told(t.space.SetReplication(t.As(t.root), "/d/f", 0)) ==
        "IOException: Requested replication factor of 0 is less than the required minimum of 1 for /d/f");
  CHECK(Told(t.space.SetReplication(t.As(t.alice), "/d/f", 2)).starts_with("AccessControlException"));
  t.RequireDualApply();
}

}  // namespace
}  // namespace mrd::namenode
