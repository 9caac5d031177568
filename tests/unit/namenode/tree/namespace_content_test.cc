#include "tests/unit/namenode/tree/tree_fixture.h"

#include "common/base/random.h"

namespace mrd::namenode {
namespace {

TEST_CASE("content: the life of a file from create over append to truncate", "[tree]") {
  TreeFixture t;
  FileRef f = t.OpenFile("/f", "w1");
  CHECK(f.block_count() == 0);
  dfs::Block first = t.NewBlock();
  REQUIRE(t.space.AddBlock(f, first, t.sink).ok());
  CHECK(f.last_block_open());
  t.RequireDualApply();
  first.length = 100;
  t.space.SetBlock(f, 0, first, false, t.sink);
  CHECK_FALSE(f.last_block_open());
  dfs::Block second = t.NewBlock();
  REQUIRE(t.space.AddBlock(f, second, t.sink).ok());
  t.RequireDualApply();
  t.space.RemoveLastBlock(f, t.sink);
  CHECK(f.blocks() == std::vector{first});
  CHECK_FALSE(f.last_block_open());
  t.RequireDualApply();
  second.length = 5;
  REQUIRE(t.space.AddBlock(f, second, t.sink).ok());
  t.now += 50;
  t.space.Close(f, t.now, t.sink);
  CHECK_FALSE(f.under_construction());
  CHECK(f.client_name().empty());
  CHECK(f.length() == 105);
  CHECK(t.Stat("/f")->modified_ms == t.now);
  t.RequireDualApply();

  REQUIRE(t.space.OpenForAppend(f, "w2", "m2", true, t.sink).ok());
  CHECK(f.under_construction());
  CHECK(f.last_block_open());
  CHECK(f.client_machine() == "m2");
  CHECK(t.Stat("/f")->modified_ms == t.now);
  CHECK(t.space.GetContentSummary(t.root, "/")->space_consumed == 600);
  t.space.SetClient(f, "HDFS_NameNode", "", t.sink);
  CHECK(t.space.FileForLease("/f", f.id(), "HDFS_NameNode").ok());
  CHECK_FALSE(t.space.FileForLease("/f", f.id(), "w2").ok());
  t.RequireDualApply();
  first.length = 40;
  first.stamp = {2000};
  t.space.SetBlocks(f, {first}, true, t.sink);
  CHECK(f.blocks() == std::vector{first});
  t.RequireDualApply();
  t.space.Close(f, t.now, t.sink);
  t.space.SetModified(f, 77, t.sink);
  CHECK(t.Stat("/f")->modified_ms == 77);
  CHECK(t.space.GetContentSummary(t.root, "/")->space_consumed == 120);
  t.RequireDualApply();
}

TEST_CASE("content: long files keep their blocks in parts; random changes survive replay and scan", "[tree]") {
  TreeFixture t;
  Random random(GENERATE(11, 12, 13, 14));
  FileRef f = t.OpenFile("/long", "w");
  std::vector<dfs::Block> model;
  for (int round = 0; round < 900; ++round) {
    const auto choice = random.Below(100);
    if (choice < 70) {
      model.push_back(t.NewBlock());
      REQUIRE(t.space.AddBlock(f, model.back(), t.sink).ok());
    } else if (choice < 80 && !model.empty()) {
      const std::size_t index = random.Below(model.size());
      model[index].length = random.Below(100);
      model[index].stamp.value += 1;
      t.space.SetBlock(f, index, model[index], random.Below(2) == 0, t.sink);
    } else if (choice < 93 && !model.empty()) {
      for (std::uint64_t n = random.Below(4); n > 0 && !model.empty(); --n) {
        model.pop_back();
        t.space.RemoveLastBlock(f, t.sink);
      }
    } else if (choice < 96) {
      model.resize(random.Below(model.size() + 1));
      if (random.Below(3) == 0 && model.size() > 64) model.resize(model.size() / 64 * 64);
      t.space.SetBlocks(f, model, random.Below(2) == 0, t.sink);
    } else if (choice < 98) {
      t.space.Close(f, t.now, t.sink);
      REQUIRE(t.space.OpenForAppend(f, "w", "m", random.Below(2) == 0, t.sink).ok());
    } else {
      REQUIRE(t.space.SetPermission(t.As(t.root), "/long", static_cast<std::uint16_t>(random.Below(512))).ok());
    }
    REQUIRE(f.blocks() == model);
    if (round % 30 == 0) t.RequireDualApply();
  }
  t.RequireDualApply();
  t.space.Close(f, t.now, t.sink);
  REQUIRE(t.space.Delete(t.As(t.root), "/long", false)->removed.blocks == model);
  t.RequireDualApply();
  REQUIRE(t.map.size() == 4);  // the root and three counters: no part is left behind
}

TEST_CASE("content: a change of a long file rewrites a part, not the whole list", "[tree]") {
  TreeFixture t;
  FileRef f = t.OpenFile("/long", "w");
  for (int i = 0; i < 1000; ++i) REQUIRE(t.space.AddBlock(f, t.NewBlock(), t.sink).ok());
  t.Journal();
  REQUIRE(t.space.AddBlock(f, {{1}, {1}, 0}, t.sink).ok());
  std::size_t bytes = 0;
  for (const Mutation& mutation : t.sink.Take()) bytes += mutation.value ? mutation.value->size() : 0;
  CHECK(bytes < 1000);
}

TEST_CASE("content: the limit on blocks of a file", "[tree]") {
  TreeOptions options = TreeFixture::SmallBlocks();
  options.blocks_per_file_max = 2;
  TreeFixture t(options);
  FileRef f = t.OpenFile("/f", "w");
  REQUIRE(t.space.AddBlock(f, t.NewBlock(), t.sink).ok());
  REQUIRE(t.space.AddBlock(f, t.NewBlock(), t.sink).ok());
  CHECK(Told(t.space.AddBlock(f, t.NewBlock(), t.sink)) ==
        "IOException: File has reached the limit on maximum number of blocks "
        "(dfs.namenode.fs-limits.max-blocks-per-file): 2 >= 2");
}

TEST_CASE("content: a stamp or length that nobody handed out costs the writer's own file only", "[tree]") {
  TreeFixture t;
  FileRef f = t.OpenFile("/f", "w");
  for (int i = 0; i < 3; ++i) {
    REQUIRE(t.space.AddBlock(f, t.NewBlock(), t.sink).ok());
    t.space.SetBlock(f, static_cast<std::size_t>(i), {{7}, {INT64_MAX}, UINT64_MAX}, false, t.sink);
    CHECK(f.block(static_cast<std::size_t>(i)).stamp.value == (std::int64_t{1} << 48) - 1);
    t.RequireDualApply();
  }
  t.space.SetBlocks(f, {{{8}, {-1}, 1}}, false, t.sink);
  CHECK(f.block(0).stamp.value == 0);
  t.RequireDualApply();
  REQUIRE(t.space.Delete(t.As(t.root), "/f", false)->deleted);
  CHECK(t.space.GetContentSummary(t.root, "/")->space_consumed == 0);
}

TEST_CASE("content: open files are told in order of ids", "[tree]") {
  TreeFixture t;
  const auto a = t.OpenFile("/z", "w1").id();
  const auto b = t.OpenFile("/a", "w2").id();
  t.MakeFile("/m");
  std::vector<dfs::InodeId> ids;
  t.space.ForEachOpenFile([&](FileRef file) { ids.push_back(file.id()); });
  CHECK(ids == std::vector{a, b});
  CHECK(t.space.file_count() == 3);
  CHECK(t.space.directory_count() == 1);
}

}  // namespace
}  // namespace mrd::namenode
