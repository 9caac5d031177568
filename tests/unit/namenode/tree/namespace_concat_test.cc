#include "tests/unit/namenode/tree/tree_fixture.h"

namespace mrd::namenode {
namespace {

TEST_CASE("concat: blocks follow in order, sources vanish, replication is the target's", "[tree]") {
  TreeFixture t;
  t.MakeFile("/d/t", {100, 3}, 2);
  const auto a = t.MakeFile("/d/a", {50}, 3);
  const auto b = t.MakeFile("/d/b", {100, 100, 1}, 1);
  std::vector<dfs::Block> blocks = t.space.FindFile("/d/t").blocks();
  for (const char* source : {"/d/b", "/d/a"}) {
    for (const dfs::Block& block : t.space.FindFile(source).blocks()) blocks.push_back(block);
  }
  t.now += 7;
  auto removed = t.space.Concat(t.As(t.root), "/d/t", {"/d/b", "/d/a"});
  REQUIRE(removed.ok());
  CHECK(removed->files == std::vector{b, a});
  CHECK(removed->blocks.empty());
  const FileRef target = t.space.FindFile("/d/t");
  CHECK(target.blocks() == blocks);
  CHECK(target.length() == 354);
  CHECK(t.Stat("/d/t")->modified_ms == t.now);
  CHECK(t.Stat("/d")->modified_ms == t.now);
  CHECK_FALSE(t.Exists("/d/a"));
  CHECK(t.space.GetContentSummary(t.root, "/")->space_consumed == 708);
  t.RequireDualApply();
}

TEST_CASE("concat: refusals leave everything as it was", "[tree]") {
  TreeFixture t;
  t.MakeFile("/d/t", {10});
  t.MakeFile("/d/a", {10});
  t.MakeFile("/d/empty");
  t.MakeFile("/e/b", {10});
  t.OpenFile("/d/open", "w");
  CreateRequest request = TreeFixture::Request("/d/large");
  request.block_size = 1000;
  auto large = t.space.CreateFile(t.As(t.root), request);
  REQUIRE(large.ok());
  REQUIRE(t.space.AddBlock(large->file, t.NewBlock(), t.sink).ok());
  t.space.Close(large->file, t.now, t.sink);
  t.Journal();
  const std::string before = t.space.Dump();
  const auto concat = [&](const std::string& target, const std::vector<std::string>& sources) {
    return Told(t.space.Concat(t.As(t.root), target, sources));
  };
  CHECK(concat("", {"/d/a"}) == "IllegalArgumentException: Target file name is empty");
  CHECK(concat("/d/t", {}) == "IllegalArgumentException: No sources given");
  CHECK(concat("/d/t", {"/d/t"}) ==
        "HadoopIllegalArgumentException: concat: the src file /d/t is the same with the target file /d/t");
  CHECK(concat("/d/t", {"/d/a", "/d/a"}) ==
        "HadoopIllegalArgumentException: concat: at least two of the source files are the same");
  CHECK(concat("/d/t", {"/d/empty"}) ==
        "HadoopIllegalArgumentException: concat: source file /d/empty is invalid or empty or underConstruction");
  CHECK(concat("/d/t", {"/d/a", "/d/open"}).starts_with("HadoopIllegalArgumentException: concat: source file /d/open"));
  CHECK(concat("/d/open", {"/d/a"}) ==
        "HadoopIllegalArgumentException: concat: target file /d/open is under construction");
  CHECK(concat("/d/t", {"/e/b"}) ==
        "HadoopIllegalArgumentException: Source file /e/b is not in the same directory with the target /d/t");
  CHECK(concat("/d/t", {"/d/large"}) ==
        "HadoopIllegalArgumentException: concat: source file /d/large has preferred block size 1000 which is greater than "
        "the target file's preferred block size 100");
  CHECK(concat("/d/t", {"/d/none"}) == "FileNotFoundException: File does not exist: /d/none");
  CHECK(concat("/d/none", {"/d/a"}) == "FileNotFoundException: File does not exist: /d/none");
  CHECK(concat("/d", {"/d/a"}) == "FileNotFoundException: Path is not a file: /d");
  CHECK(concat("/.reserved/.inodes/16386", {"/d/a"}).starts_with("IOException: Concat operation doesn't support"));
  CHECK(Told(t.space.Concat(t.As(t.alice), "/d/t", {"/d/a"})).starts_with("AccessControlException"));
  CHECK(t.space.Dump() == before);
  CHECK(t.sink.empty());
}

}  // namespace
}  // namespace mrd::namenode
