#include "tests/unit/namenode/tree/tree_fixture.h"

namespace mrd::namenode {
namespace {

TEST_CASE("rename: what the classic call answers with false", "[tree]") {
  TreeFixture t;
  t.MakeFile("/f");
  t.MakeFile("/g");
  t.Mkdirs("/d/sub");
  t.Mkdirs("/e/d");
  const std::string before = t.space.Dump();
  const auto renamed = [&](const std::string& a, const std::string& b) {
    auto result = t.space.Rename(t.As(t.root), a, b);
    INFO(a << " to " << b << " " << Told(result));
    REQUIRE(result.ok());
    return result->renamed;
  };
  CHECK_FALSE(renamed("/none", "/x"));
  CHECK_FALSE(renamed("/", "/x"));
  CHECK_FALSE(renamed("/", "/d"));
  CHECK_FALSE(renamed("/f", "/g"));
  CHECK_FALSE(renamed("/f", "/no/x"));
  CHECK_FALSE(renamed("/d", "/d/sub/x"));
  CHECK_FALSE(renamed("/d", "/d/sub"));
  CHECK_FALSE(renamed("/d", "/d"));
  CHECK_FALSE(renamed("/d", "/e"));  // /e/d is taken
  CHECK_FALSE(renamed("relative", "/x"));
  CHECK(renamed("/f", "/f"));
  CHECK(t.space.Dump() == before);
  CHECK(t.sink.empty());
}

TEST_CASE("rename: what the classic call refuses", "[tree]") {
  TreeFixture t;
  t.MakeFile("/f");
  t.MakeFile("/g");
  const auto rename = [&](const std::string& a, const std::string& b) {
    return Told(t.space.Rename(t.As(t.root), a, b));
  };
  CHECK(rename("/f/x", "/y") == "AccessControlException: /f (is not a directory)");
  CHECK(rename("/f", "/g/x") == "ParentNotDirectoryException: /g (is not a directory)");
  CHECK(rename("/f", "/a:b") == "IOException: Invalid name: /a:b");
  CHECK(rename("/f", "relative") == "IOException: Invalid name: relative");
  CHECK(rename("/f", "/.reserved").starts_with("HadoopIllegalArgumentException"));
  CHECK(rename("/f", "/.snapshot") == "HadoopIllegalArgumentException: \".snapshot\" is a reserved name.");
  CHECK(rename("/f", "/" + std::string(9000, 'x')) ==
        "IOException: rename: Pathname too long.  Limit 8000 characters, 1000 levels.");
  CHECK(t.sink.empty());
}

TEST_CASE("rename: moves, into directories too, and keeps what the inode is", "[tree]") {
  TreeFixture t;
  const auto id = t.MakeFile("/f", {70, 30});
  REQUIRE(t.space.SetPermission(t.As(t.root), "/f", 0640).ok());
  const auto before = *t.Stat("/f");
  t.Mkdirs("/d/e");
  t.now += 10;
  REQUIRE(t.space.Rename(t.As(t.root), "/f", "/d")->renamed);
  const auto after = *t.Stat("/d/f");
  CHECK(after.id == id);
  CHECK(after.permission == 0640);
  CHECK(after.modified_ms == before.modified_ms);
  CHECK(after.length == 100);
  CHECK(t.Stat("/d")->modified_ms == t.now);
  CHECK(t.Stat("/")->modified_ms == t.now);
  // A directory with content, to a longer and to a shorter name.
  REQUIRE(t.space.Rename(t.As(t.root), "/d", "/" + std::string(200, 'n'))->renamed);
  CHECK(t.space.PathOf(id) == "/" + std::string(200, 'n') + "/f");
  REQUIRE(t.space.Rename(t.As(t.root), "/" + std::string(200, 'n'), "/o")->renamed);
  REQUIRE(t.space.Rename(t.As(t.root), "/o/f", "/o/" + std::string(255, 'z'))->renamed);
  CHECK(t.space.FindFile("/o/" + std::string(255, 'z')).length() == 100);
  CHECK(t.space.GetContentSummary(t.root, "/o")->length == 100);
  REQUIRE(t.space.Rename(t.As(t.root), "/o", "/o2/")->renamed);
  CHECK(t.Exists("/o2/e"));
  t.RequireDualApply();
}

TEST_CASE("rename: an open file keeps its writer", "[tree]") {
  TreeFixture t;
  const auto id = t.OpenFile("/d/f", "w").id();
  REQUIRE(t.space.Rename(t.As(t.root), "/d", "/moved")->renamed);
  auto file = t.space.FileForLease("/d/f", id, "w");
  REQUIRE(file.ok());
  CHECK(file->Path() == "/moved/f");
  t.RequireDualApply();
}

TEST_CASE("rename2: every refusal", "[tree]") {
  TreeFixture t;
  t.MakeFile("/f");
  t.MakeFile("/g");
  t.Mkdirs("/empty");
  t.MakeFile("/full/x");
  const auto rename = [&](const std::string& a, const std::string& b, bool overwrite) {
    return Told(t.space.Rename2(t.As(t.root), a, b, overwrite));
  };
  CHECK(rename("/none", "/x", true) == "FileNotFoundException: rename source /none is not found.");
  CHECK(rename("/", "/x", true) == "IOException: rename source cannot be the root");
  CHECK(rename("/f", "/", true) == "IOException: rename destination cannot be the root");
  CHECK(rename("/f", "/f", true) ==
        "FileAlreadyExistsException: The source /f and destination /f are the same");
  CHECK(rename("/full", "/full/y", false) ==
        "IOException: Rename destination /full/y is a directory or file under source /full");
  CHECK(rename("/f", "/g", false) == "FileAlreadyExistsException: rename destination /g already exists");
  CHECK(rename("/f", "/empty", false) == "FileAlreadyExistsException: rename destination /empty already exists");
  CHECK(rename("/f", "/empty", true) == "IOException: Source /f and destination /empty must both be directories");
  CHECK(rename("/empty", "/f", true) == "IOException: Source /empty and destination /f must both be directories");
  CHECK(rename("/empty", "/full", true) == "IOException: rename destination directory is not empty: /full");
  CHECK(rename("/f", "/no/x", false) == "FileNotFoundException: rename destination parent /no/x not found.");
  CHECK(rename("/full", "/g/x", false) == "ParentNotDirectoryException: /g (is not a directory)");
  CHECK(rename("/g/x", "/y", false) == "AccessControlException: /g (is not a directory)");
  CHECK(rename("/f", "/a:b", true) == "InvalidPathException: Invalid name: /a:b");
  CHECK(t.sink.empty());
}

TEST_CASE("rename2: replaces a file or an empty directory", "[tree]") {
  TreeFixture t;
  const auto f = t.MakeFile("/f", {1});
  const auto g = t.MakeFile("/d/g", {2, 3});
  const auto blocks = t.space.FindFile(g).blocks();
  auto result = t.space.Rename2(t.As(t.root), "/f", "/d/g", true);
  REQUIRE(result.ok());
  CHECK(result->replaced.blocks == blocks);
  CHECK(result->replaced.files == std::vector{g});
  CHECK(t.space.FindFile("/d/g").id() == f);
  CHECK(t.space.GetContentSummary(t.root, "/")->length == 1);
  t.Mkdirs("/empty");
  REQUIRE(t.space.Rename2(t.As(t.root), "/d", "/empty", true).ok());
  CHECK(t.space.PathOf(f) == "/empty/g");
  t.RequireDualApply();
}

TEST_CASE("rename: permissions of both sides", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/from", 0755);
  t.Mkdirs("/to", 0777);
  t.MakeFile("/from/f");
  CHECK(Told(t.space.Rename(t.As(t.alice), "/from/f", "/to/f")) ==
        "AccessControlException: Permission denied: user=alice, access=WRITE, "
        "inode=\"/from\":hdfs:supergroup:drwxr-xr-x");
  REQUIRE(t.space.SetPermission(t.As(t.root), "/from", 0777).ok());
  REQUIRE(t.space.SetPermission(t.As(t.root), "/to", 0755).ok());
  CHECK(Told(t.space.Rename2(t.As(t.alice), "/from/f", "/to/f", false)) ==
        "AccessControlException: Permission denied: user=alice, access=WRITE, "
        "inode=\"/to\":hdfs:supergroup:drwxr-xr-x");
  // Into a directory that may be written and not passed.
  REQUIRE(t.space.SetPermission(t.As(t.root), "/to", 0776).ok());
  CHECK(Told(t.space.Rename(t.As(t.alice), "/from/f", "/to")).find("access=EXECUTE") != std::string::npos);
  REQUIRE(t.space.SetPermission(t.As(t.root), "/to", 0777).ok());
  CHECK(t.space.Rename(t.As(t.alice), "/from/f", "/to")->renamed);
}

}  // namespace
}  // namespace mrd::namenode
