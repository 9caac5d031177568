#include "common/base/random.h"
#include "namenode/tree/inode_record.h"
#include "namenode/tree/keys.h"
#include "tests/unit/namenode/tree/tree_fixture.h"

namespace mrd::namenode {
namespace {

std::string DirectoryValue(std::uint64_t parent, std::string_view name) {
  InodeRecord record;
  record.directory = true;
  record.parent = parent;
  record.name = name;
  return EncodeInode(record);
}

TEST_CASE("load: children before parents, and a tree that goes on working", "[tree]") {
  TreeFixture t;
  t.Mkdirs("/a");
  t.Mkdirs("/b");
  t.MakeFile("/a/f", {5});
  REQUIRE(t.space.Rename(t.As(t.root), "/a", "/b/a")->renamed);  // now 16386 lies in 16387
  t.Journal();
  Namespace loaded(TreeFixture::SmallBlocks());
  for (auto pair = t.map.rbegin(); pair != t.map.rend(); ++pair) {
    REQUIRE(loaded.Load(pair->first, pair->second).ok());
  }
  REQUIRE(loaded.Finish().ok());
  REQUIRE(loaded.Dump() == t.space.Dump());
  REQUIRE(loaded.Mkdirs(t.As(t.root), "/b/a/new", 0755, true).ok());
  CHECK(loaded.GetFileInfo(t.root, "/b/a/new")->value().id.value == 16389);
  CHECK(loaded.Counter("block-id", 0) == static_cast<std::uint64_t>(dfs::kFirstBlockId.value) + 1);
  CHECK(loaded.CheckInvariants().ok());
}

TEST_CASE("load: a single block keeps its length, whether it fits the short form or not", "[tree]") {
  for (const int bits : {3, 47, 48, 60}) {
    const std::uint64_t length = std::uint64_t{1} << bits;
    TreeFixture t;
    InodeRecord file;
    file.parent = static_cast<std::uint64_t>(dfs::kRootInodeId.value);
    file.name = "f";
    file.replication = 1;
    file.block_size = 1 << 20;
    file.blocks = {{{1'073'741'825}, {1001}, length}};
    Namespace loaded{TreeOptions{}};
    REQUIRE(loaded.Load(CounterKey(kNextInodeCounter), CounterValue(16'387)).ok());
    REQUIRE(loaded.Load(InodeKey(dfs::kRootInodeId), DirectoryValue(0, "")).ok());
    REQUIRE(loaded.Load(InodeKey({16'386}), EncodeInode(file)).ok());
    REQUIRE(loaded.Finish().ok());
    CHECK(loaded.GetFileInfo(t.root, "/f")->value().length == length);
    CHECK(loaded.CheckInvariants().ok());
    std::size_t files = 0;
    loaded.ForEachFile([&](FileRef each) {
      ++files;
      REQUIRE(each.block_count() == 1);
      CHECK(each.block(0) == file.blocks[0]);
    });
    CHECK(files == 1);
  }
}

TEST_CASE("load: what makes no tree is refused with the inode's number", "[tree]") {
  struct Case {
    std::vector<std::pair<std::string, std::string>> pairs;
    std::string words;
  };
  const std::string root = DirectoryValue(0, "");
  InodeRecord lost;
  lost.name = "f";
  const Case cases[] = {
      {{}, "no root directory"},
      {{{InodeKey({16385}), root}, {InodeKey({16386}), DirectoryValue(99, "a")}}, "inode 16386 lies in inode 99"},
      {{{InodeKey({16385}), root},
        {InodeKey({16386}), DirectoryValue(16385, "a")},
        {InodeKey({16387}), DirectoryValue(16385, "a")}},
       "inode 16387 has a name that another"},
      {{{InodeKey({16385}), root},
        {InodeKey({16386}), DirectoryValue(16387, "a")},
        {InodeKey({16387}), DirectoryValue(16386, "b")}},
       "directories lie in each other"},
      {{{InodeKey({16385}), root}, {InodeKey({16386}), EncodeInode(lost)}}, "is a file without a directory"},
      {{{InodeKey({16385}), root}, {InodeKey({20000}), DirectoryValue(16385, "a")}}, "newer than the counter"},
  };
  for (const Case& each : cases) {
    Namespace space{TreeOptions{}};
    for (const auto& [key, value] : each.pairs) REQUIRE(space.Load(key, value).ok());
    const Status status = space.Finish();
    CHECK(status.code() == Code::kCorruption);
    CHECK(status.message().find(each.words) != std::string::npos);
  }
}

TEST_CASE("load: damaged pairs are refused, foreign keys are told apart", "[tree]") {
  Namespace space{TreeOptions{}};
  CHECK(space.Load("L", "x").code() == Code::kInvalidArgument);
  CHECK(space.Load("I123", "x").code() == Code::kCorruption);
  CHECK(space.Load(InodeKey({16386}), "\x01").code() == Code::kCorruption);
  CHECK(space.Load(InodeKey({-1}), DirectoryValue(0, "x")).code() == Code::kCorruption);
  CHECK(space.Load(InodeKey({16386}), DirectoryValue(1, "")).code() == Code::kCorruption);
  CHECK(space.Load(InodeKey({16386}), DirectoryValue(1, "a/b")).code() == Code::kCorruption);
  CHECK(space.Load(InodeKey({16385}), DirectoryValue(0, "named")).code() == Code::kCorruption);
  CHECK(space.Load(BlockChunkKey({16390}, 1), EncodeBlockPart({})).code() == Code::kCorruption);
  CHECK(space.Load(CounterKey("x"), "short").code() == Code::kCorruption);
  CHECK(Namespace::OwnsKey(CounterKey("x")));
  CHECK(Namespace::OwnsKey(InodeKey({1})));
  CHECK_FALSE(Namespace::OwnsKey("Dx"));
  CHECK_FALSE(Namespace::OwnsKey(""));
}

TEST_CASE("load: random damage to a map gives an error or a sound tree, never a crash", "[tree]") {
  TreeFixture t;
  for (int i = 0; i < 40; ++i) t.MakeFile("/d" + std::to_string(i % 5) + "/f" + std::to_string(i), {1, 2});
  FileRef f = t.OpenFile("/long", "w");
  for (int i = 0; i < 150; ++i) REQUIRE(t.space.AddBlock(f, t.NewBlock(), t.sink).ok());
  t.Journal();
  Random random(5);
  for (int round = 0; round < 2000; ++round) {
    Namespace space{TreeOptions{}};
    bool ok = true;
    for (const auto& pair : t.map) {
      std::string key = pair.first;
      std::string value = pair.second;
      if (random.Below(60) == 0) value[random.Below(value.size())] ^= static_cast<char>(1 << random.Below(8));
      if (random.Below(200) == 0) key[random.Below(key.size())] ^= static_cast<char>(1 << random.Below(8));
      if (random.Below(200) == 0) continue;
      ok = space.Load(key, value).ok() && ok;
    }
    if (ok && space.Finish().ok()) REQUIRE(space.CheckInvariants().ToString() == "OK");
  }
}

}  // namespace
}  // namespace mrd::namenode
