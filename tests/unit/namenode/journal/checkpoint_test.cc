#include "namenode/journal/checkpoint.h"

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "tests/support/temporary_dir.h"
#include "tests/unit/namenode/journal/journal_fixture.h"

namespace mrd::namenode {
namespace {

using Rows = std::map<std::string, std::string>;

Rows RowsOf(Checkpoint& checkpoint) {
  Rows rows;
  std::string last;
  bool ordered = true;
  const Status scanned = checkpoint.Scan([&](std::string_view key, std::string_view value) {
    ordered = ordered && (rows.empty() || last < key);
    last = key;
    rows.emplace(key, value);
    return Status::Ok();
  });
  INFO(scanned.ToString());
  CHECK(scanned.ok());
  CHECK(ordered);
  return rows;
}

std::vector<Edit> Edits(std::uint64_t first, std::uint64_t last) {
  std::vector<Edit> edits;
  for (std::uint64_t i = first; i <= last; ++i) {
    edits.push_back(NthEdit(i));
    edits.back().id = {i};
  }
  return edits;
}

Rows Expected(std::uint64_t last) {
  Rows rows;
  for (const Edit& edit : Edits(1, last)) {
    for (const Mutation& mutation : edit.mutations) {
      if (mutation.value) {
        rows[mutation.key] = *mutation.value;
      } else {
        rows.erase(mutation.key);
      }
    }
  }
  return rows;
}

std::unique_ptr<Checkpoint> Open(const std::string& path) {
  auto checkpoint = Checkpoint::Open(Env::Posix(), path, 7);
  INFO(checkpoint.status().ToString());
  REQUIRE(checkpoint.ok());
  return *std::move(checkpoint);
}

TEST_CASE("checkpoint: tables that were scanned are not in the process's memory", "[checkpoint]") {
  test::TemporaryDir dir;
  auto checkpoint = Open(dir / "c");
  REQUIRE(checkpoint->Apply(Edits(1, 200)).ok());
  REQUIRE(checkpoint->Sync().ok());
  REQUIRE(RowsOf(*checkpoint) == Expected(200));
  std::ifstream maps("/proc/self/maps");
  REQUIRE(maps.is_open());
  std::size_t lines = 0;
  for (std::string line; std::getline(maps, line); ++lines) CHECK(line.find(".ldb") == std::string::npos);
  CHECK(lines > 0);
}

TEST_CASE("checkpoint: edits become rows, which a scan gives in order", "[checkpoint]") {
  test::TemporaryDir dir;
  {
    auto checkpoint = Open(dir / "c");
    CHECK(checkpoint->applied() == TxId{0});
    CHECK(checkpoint->synced() == TxId{0});
    CHECK(RowsOf(*checkpoint).empty());
    REQUIRE(checkpoint->Apply(Edits(1, 100)).ok());
    REQUIRE(checkpoint->Apply(Edits(101, 130)).ok());
    REQUIRE(checkpoint->Apply({}).ok());
    CHECK(checkpoint->applied() == TxId{130});
    CHECK(checkpoint->synced() == TxId{0});
    CHECK(RowsOf(*checkpoint) == Expected(130));
    REQUIRE(checkpoint->Sync().ok());
    CHECK(checkpoint->synced() == TxId{130});
    REQUIRE(checkpoint->Apply(Edits(131, 140)).ok());
  }
  auto checkpoint = Open(dir / "c");
  CHECK(checkpoint->synced() == TxId{130});
  CHECK(checkpoint->applied() == TxId{140});
  CHECK(RowsOf(*checkpoint) == Expected(140));
  // Applying again what is there already changes nothing.
  REQUIRE(checkpoint->Apply(Edits(131, 150)).ok());
  CHECK(RowsOf(*checkpoint) == Expected(150));
}

TEST_CASE("checkpoint: after a sync nothing depends on the log that LevelDB does not flush", "[checkpoint]") {
  test::TemporaryDir dir;
  Env& env = Env::Posix();
  {
    auto checkpoint = Open(dir / "c");
    REQUIRE(checkpoint->Apply(Edits(1, 90)).ok());
    REQUIRE(checkpoint->Sync().ok());
    REQUIRE(checkpoint->Apply(Edits(91, 95)).ok());
  }
  // A machine that lost its power may find its logs empty, cut or full of anything.
  auto files = env.ListDir(dir / "c");
  REQUIRE(files.ok());
  const int kind = GENERATE(0, 1, 2);
  int logs = 0;
  for (const FileInfo& info : *files) {
    if (!info.name.ends_with(".log")) continue;
    ++logs;
    std::string content = *ReadWholeFile(env, dir / ("c/" + info.name));
    if (kind == 0) content.clear();
    if (kind == 1) content.resize(content.size() / 2);
    if (kind == 2) std::fill(content.begin() + static_cast<std::ptrdiff_t>(content.size() / 3), content.end(), 'x');
    REQUIRE(WriteFileDurably(env, dir / ("c/" + info.name), content).ok());
  }
  REQUIRE(logs == 1);
  auto checkpoint = Open(dir / "c");
  CHECK(checkpoint->synced() == TxId{90});
  CHECK(checkpoint->applied() >= TxId{90});
  REQUIRE(checkpoint->Apply(Edits(91, 120)).ok());
  CHECK(RowsOf(*checkpoint) == Expected(120));
}

TEST_CASE("checkpoint: another file system's is refused", "[checkpoint]") {
  test::TemporaryDir dir;
  Open(dir / "c");
  const Status refused = Checkpoint::Open(Env::Posix(), dir / "c", 8).status();
  CHECK(refused.code() == Code::kFailedPrecondition);
  CHECK_THAT(refused.message(), Catch::Contains("belongs to namespace 7, not to 8"));
}

TEST_CASE("checkpoint: one that is open is not opened again", "[checkpoint]") {
  test::TemporaryDir dir;
  const auto checkpoint = Open(dir / "c");
  CHECK(Checkpoint::Open(Env::Posix(), dir / "c", 7).status().code() == Code::kUnavailable);
}

TEST_CASE("checkpoint: damage is noticed, at the start or by the scan, and named", "[checkpoint]") {
  test::TemporaryDir dir;
  Env& env = Env::Posix();
  {
    auto checkpoint = Open(dir / "c");
    REQUIRE(checkpoint->Apply(Edits(1, 500)).ok());
    REQUIRE(checkpoint->Sync().ok());
  }
  auto files = env.ListDir(dir / "c");
  REQUIRE(files.ok());
  const bool remove = GENERATE(false, true);
  int tables = 0;
  for (const FileInfo& info : *files) {
    if (!info.name.ends_with(".ldb")) continue;
    ++tables;
    if (remove) {
      REQUIRE(env.RemoveFile(dir / ("c/" + info.name)).ok());
      continue;
    }
    std::string content = *ReadWholeFile(env, dir / ("c/" + info.name));
    content[content.size() / 4] = static_cast<char>(content[content.size() / 4] ^ 1);
    REQUIRE(WriteFileDurably(env, dir / ("c/" + info.name), content).ok());
  }
  REQUIRE(tables > 0);
  auto opened = Checkpoint::Open(env, dir / "c", 7);
  Status status = opened.status();
  if (opened.ok()) status = (*opened)->Scan([](std::string_view, std::string_view) { return Status::Ok(); });
  CHECK(status.code() == Code::kCorruption);
  CHECK_THAT(status.message(), Catch::StartsWith("checkpoint " + (dir / "c") + " is damaged: "));
}

TEST_CASE("checkpoint: a mark that is no number is damage", "[checkpoint]") {
  test::TemporaryDir dir;
  Open(dir / "c");
  for (const char* text : {"", "12", "x\n", "-1\n", "99999999999999999999999\n"}) {
    REQUIRE(WriteFileDurably(Env::Posix(), dir / "c.synced", text).ok());
    CHECK(Checkpoint::Open(Env::Posix(), dir / "c", 7).status().code() == Code::kCorruption);
  }
}

TEST_CASE("checkpoint: a copy equals its original, and removing leaves nothing", "[checkpoint]") {
  test::TemporaryDir dir;
  auto original = Open(dir / "c");
  REQUIRE(original->Apply(Edits(1, 2500)).ok());
  auto copy = Open(dir / "d");
  REQUIRE(copy->CopyFrom(*original).ok());
  CHECK(copy->synced() == TxId{2500});
  CHECK(RowsOf(*copy) == Expected(2500));
  copy = nullptr;
  REQUIRE(Checkpoint::Remove(Env::Posix(), dir / "d").ok());
  CHECK(Checkpoint::Remove(Env::Posix(), dir / "d").ok());
  copy = Open(dir / "d");
  CHECK(copy->synced() == TxId{0});
  CHECK(RowsOf(*copy).empty());
}

}  // namespace
}  // namespace mrd::namenode
