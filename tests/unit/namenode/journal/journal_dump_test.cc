#include "namenode/journal/journal_dump.h"

#include "namenode/journal/namespace_store.h"
#include "namenode/journal/storage_directory.h"
#include "tests/support/temporary_dir.h"
#include "tests/unit/namenode/journal/journal_fixture.h"

namespace mrd::namenode {
namespace {

struct Lines {
  std::vector<std::string> lines;
  DumpLine Keep() {
    return [this](std::string_view line) {
      lines.emplace_back(line);
      return Status::Ok();
    };
  }
};

std::optional<std::string> Describe(std::string_view key, const std::string_view* value) {
  if (key != "a\"b") return std::nullopt;
  return value == nullptr ? "\"gone\"" : "{\"size\":" + std::to_string(value->size()) + "}";
}

TEST_CASE("dump: journal and checkpoint as JSON lines", "[dump]") {
  test::TemporaryDir dir;
  Env& env = Env::Posix();
  KeptLog kept;
  REQUIRE(FormatStorage(env, {{dir.path()}, {"CID-1", "BP-1", 7, 1000}, false}).ok());
  {
    StoreOptions options;
    options.directories = {dir.path()};
    options.journal = SmallJournal({});
    options.journal.reserved_bytes = 0;
    auto store = NamespaceStore::Open(env, Clock::System(), kept.logger, options);
    REQUIRE(store.ok());
    Edit edit;
    edit.operation = "mkdirs";
    edit.time_ms = 5;
    edit.client_id = "\x01\xff";
    edit.call_id = 3;
    edit.reply = "r";
    edit.mutations = {{"a\"b", "x\n"}, {std::string("\0k", 2), "v"}};
    (*store)->journal().Append(edit);
    Edit second;
    second.operation = "delete";
    second.time_ms = 6;
    second.mutations = {{"a\"b", std::nullopt}};
    REQUIRE((*store)->journal().WaitDurable((*store)->journal().Append(second)).ok());

    Lines busy;
    CHECK(DumpCheckpoint(env, dir.path(), nullptr, busy.Keep()).code() == Code::kUnavailable);
    REQUIRE((*store)->Close().ok());
  }
  Lines journal;
  REQUIRE(DumpJournal(env, dir.path(), Describe, journal.Keep()).ok());
  REQUIRE(journal.lines.size() == 3);
  const std::string segment = dir / ("current/" + SegmentName({1}));
  CHECK_THAT(journal.lines[0],
             Catch::StartsWith("{\"segment\":\"" + segment + "\",\"namespace\":7,\"first\":1,\"epoch\":1,"));
  CHECK(journal.lines[1] ==
        R"({"txid":1,"op":"mkdirs","time_ms":5,"client":"01ff","call":3,"reply":"72","changes":[)"
        R"({"key":"a\"b","value":{"hex":"780a"},"is":{"size":2}},{"key":{"hex":"006b"},"value":"v"}]})");
  CHECK(journal.lines[2] ==
        R"({"txid":2,"op":"delete","time_ms":6,"changes":[{"key":"a\"b","value":null,"is":"gone"}]})");
  Lines same;
  REQUIRE(DumpJournal(env, dir / "current", Describe, same.Keep()).ok());
  CHECK(same.lines == journal.lines);

  Lines checkpoint;
  REQUIRE(DumpCheckpoint(env, dir.path(), nullptr, checkpoint.Keep()).ok());
  CHECK(checkpoint.lines ==
        std::vector<std::string>{"{\"checkpoint\":\"" + (dir / "current/checkpoint") + "\",\"applied\":2,\"synced\":2}",
                                 R"({"key":{"hex":"006b"},"value":"v"})"});

  SECTION("a torn end is told, damage is an error after what is good") {
    std::string bytes = *ReadWholeFile(env, segment);
    bytes[bytes.size() - 10] ^= 1;
    REQUIRE(WriteFileDurably(env, segment, bytes).ok());
    Lines torn;
    const Status status = DumpJournal(env, dir.path(), nullptr, torn.Keep());
    // Both edits may have shared a flush or not; either way the first is whole.
    REQUIRE(torn.lines.size() == 3);
    CHECK_THAT(torn.lines[2], Catch::StartsWith("{\"torn\":\"" + segment + "\",\"offset\":"));
    CHECK(status.ok());
    bytes[70] ^= 1;
    REQUIRE(WriteFileDurably(env, segment, bytes.substr(0, 40)).ok());
    CHECK(DumpJournal(env, dir.path(), nullptr, torn.Keep()).code() == Code::kCorruption);
  }
}

TEST_CASE("dump: a directory without any says so", "[dump]") {
  test::TemporaryDir dir;
  Lines lines;
  CHECK_THAT(DumpJournal(Env::Posix(), dir.path(), nullptr, lines.Keep()).message(),
             Catch::Contains("holds no edit journal"));
  CHECK(DumpCheckpoint(Env::Posix(), dir.path(), nullptr, lines.Keep()).code() == Code::kNotFound);
}

}  // namespace
}  // namespace mrd::namenode
