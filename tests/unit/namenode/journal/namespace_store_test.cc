#include "namenode/journal/namespace_store.h"

#include <map>

#include "namenode/journal/storage_directory.h"
#include "tests/support/temporary_dir.h"
#include "tests/unit/namenode/journal/journal_fixture.h"

namespace mrd::namenode {
namespace {

using Rows = std::map<std::string, std::string>;

Rows Expected(std::uint64_t last) {
  Rows rows;
  for (std::uint64_t i = 1; i <= last; ++i) {
    for (const Mutation& mutation : NthEdit(i).mutations) {
      if (mutation.value) {
        rows[mutation.key] = *mutation.value;
      } else {
        rows.erase(mutation.key);
      }
    }
  }
  return rows;
}

struct Store {
  explicit Store(std::vector<std::string> names = {"a"}) {
    for (const std::string& name : names) options.directories.push_back(dir / name);
    options.journal = SmallJournal({});
    options.journal.reserved_bytes = 0;
    options.applier.sync_bytes = 20 << 10;
    REQUIRE(FormatStorage(env, {options.directories, {"CID-1", "BP-1", 7, 1000}, false}).ok());
  }

  Result<std::unique_ptr<NamespaceStore>> TryOpen() {
    return NamespaceStore::Open(env, Clock::System(), kept.logger, options);
  }
  std::unique_ptr<NamespaceStore> Open() {
    auto store = TryOpen();
    INFO(store.status().ToString());
    REQUIRE(store.ok());
    return *std::move(store);
  }
  // Opens and compares with what the edits up to `last` make.
  std::unique_ptr<NamespaceStore> OpenAt(std::uint64_t last) {
    auto store = Open();
    CHECK(store->journal().durable().value == last);
    Rows rows;
    CHECK(store
              ->Load([&](std::string_view key, std::string_view value) {
                rows.emplace(key, value);
                return Status::Ok();
              })
              .ok());
    CHECK(rows == Expected(last));
    return store;
  }
  void Move(const std::string& from, const std::string& to) { REQUIRE(env.Rename(dir / from, dir / to).ok()); }
  void Remove(const std::string& name) { REQUIRE(RemoveTree(env, dir / name).ok()); }

  test::TemporaryDir dir;
  Env& env = Env::Posix();
  KeptLog kept;
  StoreOptions options;
};

void AppendUpTo(NamespaceStore& store, std::uint64_t last) {
  EditJournal& journal = store.journal();
  TxId id = journal.status().appended;
  while (id.value < last) {
    id = journal.Append(NthEdit(id.value + 1));
    if (id.value % 7 == 0) REQUIRE(journal.WaitDurable(id).ok());
  }
  REQUIRE(journal.WaitDurable(id).ok());
}

TEST_CASE("store: a crash at any time leaves what was acknowledged, and Load() gives all of it", "[store]") {
  Store disk;
  std::uint64_t last = 0;
  for (int run = 0; run < 6; ++run) {
    auto store = disk.OpenAt(last);
    last += 150;
    AppendUpTo(*store, last);
    if (run % 2 == 0) REQUIRE(store->Close().ok());
  }
  disk.OpenAt(last);
}

TEST_CASE("store: the checkpoint follows, and the journal is purged behind it", "[store]") {
  Store disk({"a", "b"});
  auto store = disk.OpenAt(0);
  AppendUpTo(*store, 600);
  REQUIRE(store->SaveCheckpoint().ok());
  const StoreStatus status = store->status();
  REQUIRE(status.checkpoints.size() == 2);
  for (const CheckpointStatus& checkpoint : status.checkpoints) {
    CHECK(checkpoint.status.ok());
    CHECK(checkpoint.synced == TxId{600});
  }
  CHECK(status.journal.first_segment > TxId{1});
  // The last edits stay for whoever fills a retry cache.
  std::uint64_t replayed = 0;
  CHECK(store->journal()
            .Replay(status.journal.first_segment,
                    [&](Edit) {
                      ++replayed;
                      return Status::Ok();
                    })
            .ok());
  CHECK(replayed == 600 - status.journal.first_segment.value + 1);
  REQUIRE(store->Close().ok());
  store = nullptr;
  disk.OpenAt(600);
}

TEST_CASE("store: edits that the applier has no room for it reads from the journal", "[store]") {
  Store disk;
  disk.options.applier.queue_bytes_max = 1;
  auto store = disk.OpenAt(0);
  AppendUpTo(*store, 400);
  REQUIRE(store->SaveCheckpoint().ok());
  CHECK(store->status().checkpoints[0].synced == TxId{400});
  AppendUpTo(*store, 420);
  store = nullptr;
  disk.OpenAt(420);
}

TEST_CASE("store: two namenodes cannot use one directory", "[store]") {
  Store disk({"a", "b"});
  const auto store = disk.Open();
  disk.options.directories = {disk.dir / "b"};
  CHECK(disk.TryOpen().status().code() == Code::kUnavailable);
}

TEST_CASE("store: what is not formatted, or of two file systems, is refused", "[store]") {
  Store disk;
  disk.options.directories = {disk.dir / "a", disk.dir / "c"};
  REQUIRE(FormatStorage(disk.env, {{disk.dir / "c"}, {"CID-2", "BP-2", 8, 1000}, false}).ok());
  const Status two = disk.TryOpen().status();
  CHECK(two.code() == Code::kFailedPrecondition);
  CHECK_THAT(two.message(), Catch::Contains("belong to different file systems"));
  disk.options.directories = {disk.dir / "d"};
  REQUIRE(disk.env.CreateDir(disk.dir / "d", 0777).ok());
  CHECK(disk.TryOpen().status().code() == Code::kNotFound);
}

TEST_CASE("store: a lost directory is left out, and a new disk in its place is filled", "[store]") {
  Store disk({"a", "b"});
  {
    auto store = disk.OpenAt(0);
    AppendUpTo(*store, 500);
    REQUIRE(store->Close().ok());
  }
  disk.Remove("a");
  {
    auto store = disk.OpenAt(500);
    AppendUpTo(*store, 520);
  }
  CHECK_THAT(disk.kept.lines, Catch::Contains("storage directory out of use: " + (disk.dir / "a")));
  REQUIRE(disk.env.CreateDir(disk.dir / "a", 0777).ok());
  {
    auto store = disk.OpenAt(520);
    AppendUpTo(*store, 540);
    REQUIRE(store->Close().ok());
  }
  disk.Remove("b");
  disk.OpenAt(540);
}

TEST_CASE("store: a directory that was away for long is brought up to date", "[store]") {
  Store disk({"a", "b"});
  {
    auto store = disk.OpenAt(0);
    AppendUpTo(*store, 50);
    REQUIRE(store->Close().ok());
  }
  disk.Move("a", "away");
  {
    auto store = disk.OpenAt(50);
    AppendUpTo(*store, 700);
    REQUIRE(store->Close().ok());
    CHECK(store->status().journal.first_segment > TxId{51});
  }
  disk.Move("away", "a");
  REQUIRE(disk.OpenAt(700)->Close().ok());
  disk.Remove("b");
  disk.OpenAt(700);
}

TEST_CASE("store: a damaged checkpoint is made again from another directory's", "[store]") {
  Store disk({"a", "b"});
  {
    auto store = disk.OpenAt(0);
    AppendUpTo(*store, 500);
    REQUIRE(store->Close().ok());
  }
  REQUIRE(WriteFileDurably(disk.env, disk.dir / "a/current/checkpoint/CURRENT", "MANIFEST-9\n").ok());
  {
    auto store = disk.OpenAt(500);
    for (const CheckpointStatus& checkpoint : store->status().checkpoints) CHECK(checkpoint.status.ok());
  }
  CHECK_THAT(disk.kept.lines, Catch::Contains("checkpoint made again from " + (disk.dir / "b/current/checkpoint")));
  disk.Remove("b");
  disk.OpenAt(500);
}

TEST_CASE("store: without any good checkpoint it says whether the journal can make it again", "[store]") {
  Store disk;
  disk.options.journal.segments_kept = 1;
  const std::string current = disk.dir / "a/current/checkpoint/CURRENT";
  SECTION("the journal reaches back to the first edit") {
    disk.options.journal.segments_kept = 1000;
    {
      auto store = disk.OpenAt(0);
      AppendUpTo(*store, 300);
      REQUIRE(store->Close().ok());
    }
    REQUIRE(WriteFileDurably(disk.env, current, "MANIFEST-9\n").ok());
    const Status refused = disk.TryOpen().status();
    CHECK(refused.code() == Code::kCorruption);
    CHECK_THAT(refused.message(), Catch::Contains("the journal reaches back to edit 1, so take"));
    disk.Remove("a/current/checkpoint");
    disk.Remove("a/current/checkpoint.synced");
    disk.OpenAt(300);
  }
  SECTION("it does not") {
    {
      auto store = disk.OpenAt(0);
      AppendUpTo(*store, 600);
      REQUIRE(store->Close().ok());
    }
    REQUIRE(WriteFileDurably(disk.env, current, "MANIFEST-9\n").ok());
    const Status refused = disk.TryOpen().status();
    CHECK(refused.code() == Code::kCorruption);
    CHECK_THAT(refused.message(), Catch::Contains("the journal does not replace it"));
    CHECK_THAT(refused.message(), Catch::Contains("put a saved copy"));
  }
}

TEST_CASE("store: what lost its journal and its checkpoint is no new file system", "[store]") {
  Store disk({"a", "b"});
  disk.Open();  // without an edit it is new as before
  disk.OpenAt(0);
  AppendUpTo(*disk.OpenAt(0), 20);
  SECTION("ended in order") { REQUIRE(disk.OpenAt(20)->Close().ok()); }
  SECTION("started twice") { disk.OpenAt(20); }
  for (const std::string name : {"a", "b"}) {
    const auto files = disk.env.ListDir(disk.dir / (name + "/current"));
    REQUIRE(files.ok());
    for (const FileInfo& file : *files) {
      if (file.name != "VERSION") disk.Move(name + "/current/" + file.name, name + "-" + file.name);
    }
  }
  const Status refused = disk.TryOpen().status();
  CHECK(refused.code() == Code::kCorruption);
  CHECK(refused.message().find(disk.dir / "b") != std::string::npos);
  CHECK(refused.message().find("-format -force") != std::string::npos);
  CHECK(disk.TryOpen().status().code() == Code::kCorruption);  // trying changed nothing

  // One directory's journal is enough, and the other one is filled from it.
  const auto aside = disk.env.ListDir(disk.dir.path());
  REQUIRE(aside.ok());
  for (const FileInfo& file : *aside) {
    if (!file.name.starts_with("a-")) continue;
    disk.Remove("a/current/" + file.name.substr(2));
    disk.Move(file.name, "a/current/" + file.name.substr(2));
  }
  disk.OpenAt(20);
}

TEST_CASE("store: a checkpoint ahead of the journal is refused", "[store]") {
  Store disk;
  {
    auto store = disk.OpenAt(0);
    AppendUpTo(*store, 40);
    REQUIRE(store->Close().ok());
  }
  REQUIRE(disk.env.RemoveFile(disk.dir / ("a/current/" + SegmentName({1}))).ok());
  const Status refused = disk.TryOpen().status();
  CHECK(refused.code() == Code::kFailedPrecondition);
  CHECK_THAT(refused.message(), Catch::Contains("would undo acknowledged edits"));
}

}  // namespace
}  // namespace mrd::namenode
