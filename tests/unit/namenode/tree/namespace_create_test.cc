#include "tests/unit/namenode/tree/tree_fixture.h"

namespace mrd::namenode {
namespace {

TEST_CASE("mkdirs: makes ancestors; a directory that exists is fine", "[tree]") {
  TreeFixture t;
  CHECK(t.Mkdirs("/a/b/c", 0500));
  CHECK(t.Mkdirs("/a/b"));
  CHECK(t.Mkdirs("/"));
  CHECK(t.Stat("/a/b/c")->permission == 0500);
  CHECK(t.Stat("/a/b")->permission == 0700);  // ancestors get u+wx
  CHECK(t.Stat("/a")->id.value == 16386);
  CHECK(t.Stat("/a/b/c")->id.value == 16388);
  CHECK(t.Stat("/")->id == dfs::kRootInodeId);
  CHECK(t.Stat("/a")->children == 1);
  t.Mkdirs("/s", 01777);
  CHECK(t.Stat("/s")->permission == 01777);
  t.RequireDualApply();
}

TEST_CASE("mkdirs: refusals", "[tree]") {
  TreeFixture t;
  t.MakeFile("/f");
  CHECK(Told(t.space.Mkdirs(t.As(t.root), "/f", 0755, true)) ==
        "FileAlreadyExistsException: Path is not a directory: /f");
  CHECK(Told(t.space.Mkdirs(t.As(t.root), "/f/x/y", 0755, true)) ==
        "ParentNotDirectoryException: /f (is not a directory)");
  CHECK(Told(t.space.Mkdirs(t.As(t.root), "/no/x", 0755, false)) ==
        "FileNotFoundException: Parent directory doesn't exist: /no");
  CHECK(t.space.Mkdirs(t.As(t.root), "/yes", 0755, false).ok());
  for (const std::string bad : {"relative", "/a:b", "/a/../b", "/a//b", "/\xff"}) {
    CHECK(Told(t.space.Mkdirs(t.As(t.root), bad, 0755, true)) == "InvalidPathException: Invalid file name: " + bad);
  }
  CHECK(Told(t.space.Mkdirs(t.As(t.root), "/.reserved/x", 0755, true))
            .starts_with("HadoopIllegalArgumentException: File name \".reserved\" is reserved and cannot be created."));
  CHECK(Told(t.space.Mkdirs(t.As(t.root), "/yes/.snapshot", 0755, true)) ==
        "HadoopIllegalArgumentException: \".snapshot\" is a reserved name.");
  CHECK(t.space.Mkdirs(t.As(t.root), "/yes/.reserved", 0755, true).ok());
  t.RequireDualApply();
}

TEST_CASE("limits: names of 255 bytes, entries of a directory; nothing comes into being", "[tree]") {
  TreeOptions options = TreeFixture::SmallBlocks();
  options.directory_items_max = 3;
  TreeFixture t(options);
  const std::string longest(255, 'x');
  CHECK(t.Mkdirs("/d/" + longest));
  const std::string before = t.space.Dump();
  CHECK(Told(t.space.Mkdirs(t.As(t.root), "/new/" + longest + "y", 0755, true)) ==
        "FSLimitException$PathComponentTooLongException: The maximum path component name limit of " + longest +
            "y in directory /new is exceeded: limit=255 length=256");
  CHECK(Told(t.space.CreateFile(t.As(t.root), TreeFixture::Request("/" + longest + "y")))
            .starts_with("FSLimitException$PathComponentTooLongException"));
  CHECK(Told(t.space.Rename(t.As(t.root), "/d", "/" + longest + "z"))
            .starts_with("FSLimitException$PathComponentTooLongException"));
  CHECK(t.space.Dump() == before);
  CHECK(t.sink.empty());
  t.Mkdirs("/d/1");
  t.Mkdirs("/d/2");
  CHECK(Told(t.space.Mkdirs(t.As(t.root), "/d/3", 0755, true)) ==
        "FSLimitException$MaxDirectoryItemsExceededException: The directory item limit of /d is exceeded: limit=3 "
        "items=3");
  CHECK(t.space.Rename(t.As(t.root), "/d/1", "/d/3")->renamed);  // the number stays
  t.MakeFile("/x");
  CHECK(Told(t.space.Rename(t.As(t.root), "/x", "/d/4"))
            .starts_with("FSLimitException$MaxDirectoryItemsExceededException"));
}

TEST_CASE("limits: 128 characters of two bytes are 256 bytes", "[tree]") {
  TreeFixture t;
  std::string name;
  for (int i = 0; i < 127; ++i) name += "é";
  CHECK(t.Mkdirs("/" + name));
  CHECK(Told(t.space.Mkdirs(t.As(t.root), "/" + name + "é", 0755, true))
            .starts_with("FSLimitException$PathComponentTooLongException"));
}

TEST_CASE("create: a new file is open and empty, with the group of its directory", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/d", 0777);
  REQUIRE(t.space.SetOwner(t.As(t.root), "/d", "", "proj").ok());
  CreateRequest request = TreeFixture::Request("/d/f", "DFSClient_7");
  request.permission = 0640;
  auto created = t.space.CreateFile(t.As(t.alice), request);
  REQUIRE(created.ok());
  const auto status = *t.Stat("/d/f");
  CHECK(status.type == dfs::FileType::kFile);
  CHECK(status.owner == "alice");
  CHECK(status.group == "proj");
  CHECK(status.permission == 0640);
  CHECK(status.replication == 3);
  CHECK(status.block_size == 100);
  CHECK(status.modified_ms == t.now);
  CHECK(status.accessed_ms == t.now);
  CHECK(created->file.under_construction());
  CHECK(created->file.client_name() == "DFSClient_7");
  CHECK(created->file.client_machine() == "10.0.0.9");
  CHECK(created->file.Path() == "/d/f");
  CHECK(created->file.id() == status.id);
  t.RequireDualApply();
}

TEST_CASE("create: ancestors are made like the nearest one that exists, with u+wx", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/d", 0457);
  t.MakeFile("/d/a/b/f");
  CHECK(t.Stat("/d/a")->permission == 0757);
  CHECK(t.Stat("/d/a/b")->permission == 0757);
  t.RequireDualApply();
}

TEST_CASE("create: every row of the table of refusals", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/d");
  t.MakeFile("/f");
  const auto create = [&](CreateRequest request) { return Told(t.space.CreateFile(t.As(t.root), request)); };
  CHECK(create(TreeFixture::Request("/d")) == "FileAlreadyExistsException: /d already exists as a directory");
  CHECK(create(TreeFixture::Request("/f")) ==
        "FileAlreadyExistsException: /f for client 10.0.0.9 already exists");
  CHECK(create(TreeFixture::Request("/f/x")) == "ParentNotDirectoryException: /f (is not a directory)");
  CreateRequest request = TreeFixture::Request("/no/x");
  request.create_parent = false;
  CHECK(create(request) == "FileNotFoundException: Parent directory doesn't exist: /no");
  request = TreeFixture::Request("/new");
  request.flags = dfs::kCreateFlagOverwrite;
  CHECK(create(request) == "FileNotFoundException: Can't overwrite non-existent /new for client 10.0.0.9");
  request = TreeFixture::Request("/new");
  request.block_size = 0;
  CHECK(create(request) ==
        "IOException: Specified block size is less than configured minimum value "
        "(dfs.namenode.fs-limits.min-block-size): 0 < 1");
  request.block_size = UINT64_MAX;
  CHECK(create(request) == "IOException: Specified block size is negative or too large: -1");
  request = TreeFixture::Request("/new");
  request.replication = 513;
  CHECK(create(request) ==
        "IOException: Requested replication factor of 513 exceeds maximum of 512 for /new, clientName=10.0.0.9");
  request.replication = 0;
  CHECK(create(request) ==
        "IOException: Requested replication factor of 0 is less than the required minimum of 1 for /new, "
        "clientName=10.0.0.9");
  CHECK(create(TreeFixture::Request("/x:y")) == "InvalidPathException: Invalid file name: /x:y");
  CHECK(create(TreeFixture::Request("/" + std::string(8000, 'x'))) ==
        "IOException: create: Pathname too long.  Limit 8000 characters, 1000 levels.");
  CHECK(t.sink.empty());
  CHECK(Told(t.space.CreateSymlink()) == "UnsupportedOperationException: Symlinks not supported");
}

TEST_CASE("create: overwrite gives a new inode and names what goes, open or not", "[tree]") {
  TreeFixture t;
  const auto old_id = t.MakeFile("/f", {100, 7});
  const auto old_blocks = t.space.FindFile("/f").blocks();
  CreateRequest request = TreeFixture::Request("/f", "second");
  request.flags |= dfs::kCreateFlagOverwrite;
  CHECK(*t.space.CheckCreate(t.root, request) == t.space.FindFile("/f"));
  auto second = t.space.CreateFile(t.As(t.root), request);
  REQUIRE(second.ok());
  CHECK(second->replaced.blocks == old_blocks);
  CHECK(second->replaced.files == std::vector{old_id});
  CHECK(second->replaced.open_files.empty());
  CHECK_FALSE(second->file.id() == old_id);
  const auto second_id = second->file.id();
  auto third = t.space.CreateFile(t.As(t.root), request);
  REQUIRE(third.ok());
  CHECK(third->replaced.open_files == std::vector{second_id});
  CHECK(Told(t.space.FileForLease("/f", second_id, "second"))
            .starts_with("FileNotFoundException: File does not exist: /f (inode "));
  CHECK_FALSE(*t.space.CheckCreate(t.root, TreeFixture::Request("/other")));
  t.RequireDualApply();
}

TEST_CASE("create: permissions", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/d", 0755);
  CHECK(Told(t.space.CreateFile(t.As(t.alice), TreeFixture::Request("/d/x"))) ==
        "AccessControlException: Permission denied: user=alice, access=WRITE, "
        "inode=\"/d\":hdfs:supergroup:drwxr-xr-x");
  CHECK(Told(t.space.Mkdirs(t.As(t.alice), "/d/a/b/c", 0755, true)) ==
        "AccessControlException: Permission denied: user=alice, access=WRITE, "
        "inode=\"/d\":hdfs:supergroup:drwxr-xr-x");
  REQUIRE(t.space.SetPermission(t.As(t.root), "/d", 0777).ok());
  t.MakeFile("/d/f");
  CreateRequest request = TreeFixture::Request("/d/f");
  request.flags |= dfs::kCreateFlagOverwrite;
  CHECK(Told(t.space.CreateFile(t.As(t.alice), request)) ==
        "AccessControlException: Permission denied: user=alice, access=WRITE, "
        "inode=\"/d/f\":hdfs:supergroup:-rw-r--r--");
  t.RequireDualApply();
}

TEST_CASE("permissions off: everybody may, and a file is still no directory", "[tree]") {
  TreeOptions options = TreeFixture::SmallBlocks();
  options.permissions = false;
  TreeFixture t(options);
  CHECK(t.space.Mkdirs(t.As(t.alice), "/a", 0, true).ok());
  CHECK(t.space.Mkdirs(t.As(t.bob), "/a/b", 0755, true).ok());
  t.MakeFile("/a/f");
  CHECK(Told(t.space.Mkdirs(t.As(t.bob), "/a/f/x", 0755, true)) ==
        "ParentNotDirectoryException: /a/f (is not a directory)");
}

}  // namespace
}  // namespace mrd::namenode
