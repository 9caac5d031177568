#include "tests/unit/namenode/tree/tree_fixture.h"

namespace mrd::namenode {
namespace {

TEST_CASE("getFileInfo: missing, below a file, by id, reserved names", "[tree]") {
  TreeFixture t;
  const auto id = t.MakeFile("/d/f", {7});
  CHECK_FALSE(t.Exists("/none"));
  CHECK_FALSE(t.Exists("/none/x/y"));
  CHECK_FALSE(t.Exists("relative"));
  CHECK_FALSE(t.Exists(""));
  CHECK_FALSE(t.Exists("/d//f"));
  CHECK(t.Exists("/d/f/"));
  CHECK_FALSE(t.Exists("/d/f/x"));  // for the superuser just missing
  CHECK(Told(t.space.GetFileInfo(t.alice, "/d/f/x")) == "AccessControlException: /d/f (is not a directory)");
  const std::string by_id = "/.reserved/.inodes/" + std::to_string(id.value);
  CHECK(t.Stat(by_id)->id == id);
  CHECK(t.Stat(by_id + "/..")->id == t.Stat("/d")->id);
  CHECK(t.Stat("/.reserved/.inodes/16385")->id == dfs::kRootInodeId);
  CHECK(t.Stat("/.reserved/.inodes/" + std::to_string(t.Stat("/d")->id.value) + "/f")->id == id);
  CHECK(Told(t.space.GetFileInfo(t.root, "/.reserved/.inodes/99999")) ==
        "FileNotFoundException: File for given inode path does not exist: /.reserved/.inodes/99999");
  CHECK(Told(t.space.GetFileInfo(t.root, "/.reserved/.inodes/abc")) ==
        "FileNotFoundException: Invalid inode path: /.reserved/.inodes/abc");
  CHECK(t.Exists("/.reserved"));
  CHECK(t.Exists("/.reserved/.inodes"));
  CHECK_FALSE(t.Exists("/.reserved/other"));
  CHECK(t.List("/") == std::vector<std::string>{"d"});
  CHECK(t.List("/.reserved") == std::vector<std::string>{".inodes"});
  CHECK(t.List("/.reserved/.inodes").empty());
}

TEST_CASE("getFileInfo: needs the right to pass every ancestor", "[tree]") {
  TreeFixture t;
  t.MakeFile("/a/b/f");
  REQUIRE(t.space.SetPermission(t.As(t.root), "/a/b", 0700).ok());
  CHECK(Told(t.space.GetFileInfo(t.alice, "/a/b/f")) ==
        "AccessControlException: Permission denied: user=alice, access=EXECUTE, "
        "inode=\"/a/b\":hdfs:supergroup:drwx------");
  CHECK(Told(t.space.GetFileInfo(t.alice, "/a/b/none")).starts_with("AccessControlException"));
  CHECK(t.space.GetFileInfo(t.alice, "/a/b")->has_value());
}

TEST_CASE("getListing: pages in byte order, with what is left", "[tree]") {
  TreeOptions options = TreeFixture::SmallBlocks();
  options.list_limit = 4;
  TreeFixture t(options);
  for (const char* name : {"Z", "a", "A", "~", "0", "\xc3\xa9", "a-b", "a.b", "aa", "_"}) {
    t.MakeFile("/d/" + std::string(name));
  }
  auto page = t.space.GetListing(t.root, "/d", "");
  REQUIRE(page.ok());
  CHECK((*page)->remaining == 6);
  std::vector<std::string> all;
  std::string after;
  for (std::uint32_t left = 1; left > 0;) {
    page = t.space.GetListing(t.root, "/d", after);
    REQUIRE((page.ok() && page->has_value()));
    for (const auto& entry : (*page)->entries) all.push_back(entry.path);
    left = (*page)->remaining;
    after = all.back();
  }
  CHECK(all == std::vector<std::string>{"0", "A", "Z", "_", "a", "a-b", "a.b", "aa", "~", "\xc3\xa9"});
  CHECK(t.List("/d", "\xff").empty());
  CHECK(t.List("/d", "aaa") == std::vector<std::string>{"~", "\xc3\xa9"});
  const auto id = t.space.FindFile("/d/aa").id();
  CHECK(t.List("/d", "/.reserved/.inodes/" + std::to_string(id.value)) == std::vector<std::string>{"~", "\xc3\xa9"});
  CHECK(Told(t.space.GetListing(t.root, "/d", "/.reserved/.inodes/1"))
            .starts_with("DirectoryListingStartAfterNotFoundException"));
  CHECK(t.List("/d/aa") == std::vector<std::string>{""});  // a file lists itself
  CHECK_FALSE(t.space.GetListing(t.root, "/none", "")->has_value());
}

TEST_CASE("getListing: a page with locations ends when it has enough of them", "[tree]") {
  TreeFixture t;
  for (int i = 0; i < 5; ++i) t.MakeFile("/d/f" + std::to_string(i), {1, 1}, 3);
  auto page = t.space.GetListing(t.root, "/d", "", 7);
  REQUIRE(page.ok());
  CHECK((*page)->entries.size() == 2);
  CHECK((*page)->remaining == 3);
}

TEST_CASE("getListing: needs read and execute", "[tree]") {
  TreeFixture t;
  t.MakeFile("/d/f");
  REQUIRE(t.space.SetPermission(t.As(t.root), "/d", 0711).ok());
  CHECK(Told(t.space.GetListing(t.alice, "/d", "")).find("access=READ_EXECUTE, inode=\"/d\"") != std::string::npos);
  CHECK(t.space.GetListing(t.alice, "/d/f", "").ok());
}

TEST_CASE("content summary and quota usage", "[tree]") {
  TreeFixture t;
  t.MakeFile("/a/f", {100}, 3);
  t.MakeFile("/a/b/g", {50}, 1);
  t.Mkdirs("/a/c");
  auto summary = t.space.GetContentSummary(t.alice, "/a");
  REQUIRE(summary.ok());
  CHECK(summary->length == 150);
  CHECK(summary->files == 2);
  CHECK(summary->directories == 3);
  CHECK(summary->space_consumed == 350);
  CHECK(summary->quota == -1);
  CHECK(summary->space_quota == -1);
  auto file = t.space.GetContentSummary(t.root, "/a/b/g");
  CHECK(file->files == 1);
  CHECK(file->directories == 0);
  CHECK(file->length == 50);
  CHECK(Told(t.space.GetContentSummary(t.root, "/none")) == "FileNotFoundException: File does not exist: /none");
  REQUIRE(t.space.SetPermission(t.As(t.root), "/a/b", 0744).ok());
  CHECK(Told(t.space.GetContentSummary(t.alice, "/a")).find("access=READ_EXECUTE, inode=\"/a/b\"") !=
        std::string::npos);
  CHECK(t.space.GetContentSummary(t.root, "/a").ok());
  CHECK(t.space.GetQuotaUsage(t.root, "/a")->files_and_directories == 5);
}

TEST_CASE("files for reading, writing and appending: classes and words", "[tree]") {
  TreeFixture t;
  t.MakeFile("/d/f");
  CHECK(Told(t.space.FileForRead(t.root, "/none")) == "FileNotFoundException: File does not exist: /none");
  CHECK(Told(t.space.FileForRead(t.root, "/d")) == "FileNotFoundException: Path is not a file: /d");
  CHECK(Told(t.space.FileForWrite(t.root, "/d")) == "FileNotFoundException: Path is not a file: /d");
  CHECK(Told(t.space.FileForWrite(t.root, "/d/f/x")) == "AccessControlException: /d/f (is not a directory)");
  CHECK(Told(t.space.FileForAppend(t.root, "/d", "m")) ==
        "FileAlreadyExistsException: Cannot append to directory /d; already exists as a directory.");
  CHECK(Told(t.space.FileForAppend(t.root, "/none", "10.0.0.1")) ==
        "FileNotFoundException: Failed to append to non-existent file /none for client 10.0.0.1");
  REQUIRE(t.space.SetPermission(t.As(t.root), "/d/f", 0600).ok());
  CHECK(Told(t.space.FileForRead(t.alice, "/d/f")).find("access=READ, inode=\"/d/f\"") != std::string::npos);
  CHECK(Told(t.space.FileForAppend(t.alice, "/d/f", "m")).find("access=WRITE, inode=\"/d/f\"") != std::string::npos);
  CHECK(t.space.FileForRead(t.root, "/d/f").ok());
  CHECK(*t.space.IsFileClosed(t.alice, "/d/f"));
  CHECK(*t.space.GetPreferredBlockSize(t.alice, "/d/f") == 100);
  CHECK(Told(t.space.IsFileClosed(t.root, "/d")) == "FileNotFoundException: Path is not a file: /d");
  CHECK(Told(t.space.CheckAccess(t.alice, "/d/f", Access::kRead)).starts_with("AccessControlException"));
  CHECK(t.space.CheckAccess(t.alice, "/d", Access::kReadExecute).ok());
  CHECK(Told(t.space.CheckAccess(t.root, "/none", Access::kRead)) == "FileNotFoundException: Path not found: /none");
  CHECK(*t.space.GetEnclosingRoot(t.alice, "/d/none") == "/");
}

TEST_CASE("files by lease: every refusal", "[tree]") {
  TreeFixture t;
  const auto closed = t.MakeFile("/closed");
  const auto open = t.OpenFile("/open", "w1").id();
  const std::string id = std::to_string(open.value);
  CHECK(t.space.FileForLease("/open", {0}, "w1")->id() == open);
  CHECK(t.space.FileForLease("/anything", open, "w1")->id() == open);
  CHECK(Told(t.space.FileForLease("/open", open, "w2")) ==
        "LeaseExpiredException: Client (=w2) is not the lease owner (=w1: /open (inode " + id +
            ") Holder w2 does not have any open files.");
  CHECK(Told(t.space.FileForLease("/closed", closed, "w1")) ==
        "LeaseExpiredException: File is not open for writing: /closed (inode " + std::to_string(closed.value) +
            ") [Lease.  Holder: w1, pending creates: 1]");
  CHECK(Told(t.space.FileForLease("/none", {0}, "w1")).starts_with("FileNotFoundException: File does not exist: /none"));
  CHECK(Told(t.space.FileForLease("/", {0}, "w1")).starts_with("LeaseExpiredException: INode is not a regular file: /"));
}

TEST_CASE("walk: depth first in byte order, until told to stop", "[tree]") {
  TreeFixture t;
  t.MakeFile("/a/y");
  t.MakeFile("/a/b/x");
  t.MakeFile("/z");
  std::vector<std::string> seen;
  REQUIRE(t.space.Walk("/", [&](const std::string& path, FileRef file) {
    seen.push_back(path + (file ? "" : "/"));
    return true;
  }).ok());
  CHECK(seen == std::vector<std::string>{"//", "/a/", "/a/b/", "/a/b/x", "/a/y", "/z"});
  seen.clear();
  REQUIRE(t.space.Walk("/a", [&](const std::string& path, FileRef) {
    seen.push_back(path);
    return seen.size() < 2;
  }).ok());
  CHECK(seen == std::vector<std::string>{"/a", "/a/b"});
  CHECK(Told(t.space.Walk("/none", [](const std::string&, FileRef) { return true; })) ==
        "FileNotFoundException: File does not exist: /none");
}

TEST_CASE("walk: goes on behind any entry, there or gone", "[tree]") {
  TreeFixture t;
  for (const char* path : {"/a/b/x", "/a/b-1", "/a/y", "/ab", "/z"}) t.MakeFile(path);
  std::vector<std::string> all;
  REQUIRE(t.space.Walk("/", [&](const std::string& path, FileRef) {
    all.push_back(path);
    return true;
  }).ok());
  const auto behind = [&](std::string_view top, std::string_view after) {
    std::vector<std::string> seen;
    REQUIRE(t.space.WalkBehind(top, after, [&](const std::string& path, FileRef) {
      seen.push_back(path);
      return true;
    }).ok());
    return seen;
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(behind("/", all[i]) == std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()));
  }
  CHECK(behind("/a", "/a/b/x") == std::vector<std::string>{"/a/b-1", "/a/y"});
  CHECK(behind("/", "/a/b/none/deeper") == std::vector<std::string>{"/a/b/x", "/a/b-1", "/a/y", "/ab", "/z"});
  CHECK(behind("/", "/aa/x") == std::vector<std::string>{"/ab", "/z"});
  CHECK(behind("/ab", "/ab").empty());
  CHECK(Told(t.space.WalkBehind("/a", "/ab", [](const std::string&, FileRef) { return true; }))
            .starts_with("IllegalArgumentException: "));
}

}  // namespace
}  // namespace mrd::namenode
