// What a store finds when it starts: after an end at each crash point, after damage, and on directories that are not its own.

#include <catch2/catch.hpp>

#include "datanode/store/crash_names.h"
#include "datanode/store/replica_name.h"
#include "tests/support/faulty_env.h"
#include "tests/unit/datanode/store_fixture.h"

namespace mrd::datanode {
namespace {

using dfs::ReplicaState;

dfs::GenerationStamp Stamp(std::int64_t value) { return dfs::GenerationStamp{value}; }

// A life of several blocks that passes every crash point. What was promised so far is in the members, so that the test knows
// it after an end anywhere.
struct Life {
  StoreFixture& f;
  std::uint64_t finalized_300 = 0;     // finalized or acknowledged bytes of block 300
  std::uint64_t acknowledged_301 = 0;
  bool invalidated_302 = false;        // ordered, at least
  bool cutting_302 = false;

  // Not inside REQUIRE(), which would take the end at a crash point for a failure of its own.
  static void Must(const Status& status) { REQUIRE(status.ok()); }
  template <typename T>
  static void Must(const Result<T>& result) {
    REQUIRE(result.ok());
  }

  void Run() {
    BlockStore& store = f.store();
    auto writer = *store.CreateRbw(f.New(300, 1001));
    Must(f.Write(*writer, 0, 700));
    finalized_300 = 700;
    Must(f.Write(*writer, 512, 3000));
    finalized_300 = 3000;
    Must(store.Finalize(writer, false));
    writer = *store.Append(f.Block(300, 1001, 3000), Stamp(1002));
    Must(f.Write(*writer, 3000, 3050));
    finalized_300 = 3050;

    auto stream = *store.CreateRbw(f.New(301, 1001));
    Must(f.Write(*stream, 0, 100));
    acknowledged_301 = 100;
    Must(f.Write(*stream, 0, 5000, false));
    stream = *store.RecoverStreaming(f.Block(301, 1001), Stamp(1003), {100, 5000});
    Must(f.Write(*stream, 0, 2000));
    acknowledged_301 = 2000;
    Must(store.RecoverClose(f.Block(301, 1003, 2000), Stamp(1004)));

    auto third = *store.CreateRbw(f.New(302, 1001));
    Must(f.Write(*third, 0, 4000));
    Must(store.Finalize(third, false));
    Must(store.InitRecovery(f.Block(302, 1001), Stamp(1005)));
    cutting_302 = true;
    Must(store.UpdateRecovery(f.Block(302, 1001), Stamp(1005), 1234));
    invalidated_302 = true;
    Must(store.Invalidate(f.Block(302, 1005)));

    auto copy = *store.CreateTemporary(f.New(303, 1001));
    Must(f.Write(*copy, 0, 50));
    Must(store.ConvertToRbw(copy));
  }
};

void CheckHolds(StoreFixture& f, std::int64_t id, std::uint64_t promised) {
  if (promised == 0) return;
  dfs::ReportedReplica found = f.Find(id);
  CHECK(found.block.length >= promised);
  if (found.state == ReplicaState::kRwr) {  // made readable as recovery does it
    REQUIRE(f.store().InitRecovery(f.Block(id, found.block.stamp.value), Stamp(2000)).ok());
    REQUIRE(f.store().UpdateRecovery(f.Block(id, found.block.stamp.value), Stamp(2000), found.block.length).ok());
    found = f.Find(id);
  }
  const Result<std::string> content = f.Read(f.Block(id, found.block.stamp.value));
  INFO(content.status().ToString());
  REQUIRE(content.ok());
  CHECK(*content == f.Content(id, 0, found.block.length));
}

TEST_CASE("block store: ended at any crash point, it keeps all that was acknowledged", "[store]") {
  std::set<std::string_view> visited;
  for (const std::string_view name : StoreCrashPoints()) {
    for (int pass = 1; pass < 100; ++pass) {
      StoreFixture f;
      if (name == "version.before_write") break;  // has a test of its own
      f.Arm(std::string(name) + ":" + std::to_string(pass));
      Life life{f};
      bool crashed = false;
      try {
        life.Run();
      } catch (const Crashed&) {
        crashed = true;
      }
      if (!crashed) break;
      visited.insert(name);
      INFO(name << " pass " << pass);
      f.Restart();
      CheckHolds(f, 300, life.finalized_300);
      CheckHolds(f, 301, life.acknowledged_301);
      if (life.cutting_302 && !life.invalidated_302) CheckHolds(f, 302, 1234);
      // Nothing is left over that no replica owns.
      const std::size_t replicas = f.store().replicas();
      const std::uint64_t used = f.store().StorageReports()[0].dfs_used;
      f.Restart();
      CHECK(f.store().replicas() == replicas);
      CHECK(f.store().StorageReports()[0].dfs_used == used);
    }
  }
  CHECK(visited.size() == StoreCrashPoints().size() - 1);
}

TEST_CASE("block store: a first start that ends before VERSION is written is repeated", "[store]") {
  StoreFixture f;
  f.End();
  REQUIRE(Env::Posix().RemoveFile(f.dir(0) + "/current/VERSION").ok());
  REQUIRE(RemoveTree(Env::Posix(), f.dir(0) + "/current/" + kPool).ok());
  CHECK(f.Start().ok());
}

TEST_CASE("block store: any failed call leaves acknowledged bytes readable after a restart", "[store]") {
  test::FaultyEnv env(Env::Posix());
  for (std::uint64_t n = 1;; ++n) {
    StoreFixture f(1, env);
    f.options.failed_volumes_tolerated = 0;
    env.FailCall(n, EIO);
    std::uint64_t promised = 0;
    const Status life = [&]() -> Status {
      MRD_ASSIGN_OR_RETURN(auto writer, f.store().CreateRbw(f.New(310, 1001)));
      MRD_RETURN_IF_ERROR(f.Write(*writer, 0, 700));
      promised = 700;
      MRD_RETURN_IF_ERROR(writer->Sync());
      MRD_RETURN_IF_ERROR(f.Write(*writer, 512, 3000));
      promised = 3000;
      MRD_RETURN_IF_ERROR(f.store().Finalize(writer, true).status());
      MRD_ASSIGN_OR_RETURN(writer, f.store().Append(f.Block(310, 1001, 3000), Stamp(1002)));
      MRD_RETURN_IF_ERROR(f.Write(*writer, 3000, 3050));
      promised = 3050;
      MRD_ASSIGN_OR_RETURN(writer, f.store().RecoverStreaming(f.Block(310, 1002), Stamp(1003), {3050, 3050}));
      MRD_RETURN_IF_ERROR(f.store().Finalize(writer, false).status());
      return Status::Ok();
    }();
    const bool faulted = env.faults() > 0;
    const std::string fault = env.last_fault();
    env.Reset();
    if (!faulted) {
      CHECK(life.ok());
      CHECK(n > 20);
      break;
    }
    INFO("call " << n << ": " << fault << ": " << life.ToString());
    f.Restart();
    CheckHolds(f, 310, promised);
  }
}

TEST_CASE("block store: damage to the end of an unfinished replica costs only what is damaged", "[store]") {
  StoreFixture f;
  const auto writer = f.store().CreateRbw(f.New(320, 1001));
  REQUIRE(f.Write(**writer, 0, 2000).ok());
  f.End();
  const std::string path = f.dir(0) + "/current/" + kPool + "/current/rbw/blk_320";
  {
    const auto file = Env::Posix().OpenForUpdate(path);
    REQUIRE((*file)->WriteAt(1600, "damage", 6).ok());
  }
  REQUIRE(f.Start().ok());
  CHECK(f.Find(320).block.length == 1536);
  CHECK(f.lines().find("from 2000 to 1536") != std::string::npos);
}

TEST_CASE("block store: what is no replica is passed over, links are not followed", "[store]") {
  StoreFixture f;
  f.MakeFinalized(321, 1001, 100);
  const std::string finalized = f.store().volumes()[0]->FinalizedRoot();
  const std::string dir = finalized + "/" + FinalizedSubdir(dfs::BlockId{321});
  f.End();
  test::TemporaryDir elsewhere;
  REQUIRE(WriteFileDurably(Env::Posix(), elsewhere / "blk_322", "secret").ok());
  REQUIRE(WriteFileDurably(Env::Posix(), elsewhere / "blk_322_1001.meta", "secret").ok());
  REQUIRE(Env::Posix().Symlink(elsewhere / "blk_322", dir + "/blk_322").ok());
  REQUIRE(Env::Posix().Symlink(elsewhere / "blk_322_1001.meta", dir + "/blk_322_1001.meta").ok());
  REQUIRE(Env::Posix().Symlink(elsewhere.path(), finalized + "/subdir9").ok());
  REQUIRE(WriteFileDurably(Env::Posix(), dir + "/notes.txt", "x").ok());
  REQUIRE(f.Start().ok());
  CHECK(f.store().replicas() == 1);
  CHECK_FALSE(f.store().OpenReader(f.Block(322, 1001)).ok());
  CHECK(*ReadWholeFile(Env::Posix(), dir + "/notes.txt") == "x");

  // A link that takes a replica's place later on is not followed either.
  REQUIRE(Env::Posix().RemoveFile(dir + "/blk_321").ok());
  REQUIRE(Env::Posix().Symlink(elsewhere / "blk_322", dir + "/blk_321").ok());
  CHECK(f.store().OpenReader(f.Block(321, 1001)).status().code() == Code::kCorruption);
}

TEST_CASE("block store: another cluster, another layout, another process are refused by name", "[store]") {
  StoreFixture f;
  dfs::NamespaceInfo other = f.Space();
  other.cluster_id = "CID-2";
  const Status refused = f.store().Attach(other);
  CHECK(refused.code() == Code::kFailedPrecondition);
  CHECK(refused.message().find("CID-1") != std::string::npos);
  CHECK(refused.message().find("CID-2") != std::string::npos);

  Log log(LogLevel::kOff);
  Random random(1);
  const auto open = [&] { return BlockStore::Open(Env::Posix(), Logger(log, "x"), random, CrashPoints::None(), f.options).status(); };
  CHECK(open().code() == Code::kUnavailable);

  f.End();
  const std::string version = f.dir(0) + "/current/VERSION";
  std::string text = *ReadWholeFile(Env::Posix(), version);
  text.replace(text.find("layoutVersion=1"), 15, "layoutVersion=-57");
  REQUIRE(WriteFileDurably(Env::Posix(), version, text).ok());
  CHECK(open().message().find("-57") != std::string::npos);
  REQUIRE(Env::Posix().RemoveFile(version).ok());
  CHECK(open().code() == Code::kFailedPrecondition);  // whose replicas are these?
}

TEST_CASE("block store: a failed volume costs its replicas, one too many costs the datanode", "[store]") {
  test::FaultyEnv env(Env::Posix());
  StoreFixture f(2, env);
  f.End();
  f.options.failed_volumes_tolerated = 1;
  REQUIRE(f.Start().ok());
  for (std::int64_t id = 400; id < 404; ++id) f.MakeFinalized(id, 1001, 100);
  const std::string lost = f.store().volumes()[0]->storage_id();
  const std::size_t on_first = f.store().ReportOf(lost).size();
  REQUIRE(on_first == 2);
  // The disk vanishes.
  REQUIRE(Env::Posix().Rename(f.dir(0), f.dir(0) + ".gone").ok());
  const auto victim = f.store().ReportOf(lost).front().block;
  CHECK_FALSE(f.store().OpenReader({kPool, victim}).ok());
  CHECK(f.store().failed_volumes() == 1);
  CHECK(f.store().StorageReports()[0].failed);
  CHECK(f.store().replicas() == 2);
  CHECK_FALSE(f.store().Fatal());
  for (std::int64_t id = 410; id < 413; ++id) f.MakeFinalized(id, 1001, 10);  // the other one takes them

  REQUIRE(Env::Posix().Rename(f.dir(1), f.dir(1) + ".gone").ok());
  CHECK_FALSE(f.store().CreateRbw(f.New(420, 1001)).ok());
  REQUIRE(f.store().Fatal());
  CHECK(f.store().Fatal()->find("2 of 2") != std::string::npos);
}

TEST_CASE("block store: a full disk refuses writers and serves readers", "[store]") {
  test::FaultyEnv env(Env::Posix());
  StoreFixture f(1, env);
  f.MakeFinalized(430, 1001, 100);
  const auto writer = f.store().CreateRbw(f.New(431, 1001));
  env.LimitWrittenBytes(1000);
  CHECK(f.Write(**writer, 0, 5000).code() == Code::kResourceExhausted);
  CHECK(f.store().failed_volumes() == 0);
  CHECK(f.Read(f.Block(430, 1001)).ok());
  env.Reset();
  f.store().Leave(*writer);
  // What did fit of the failed write is no part of the replica, however it goes on.
  const auto closed = f.store().CreateRbw(f.New(432, 1001));
  REQUIRE(f.Write(**closed, 0, 700).ok());
  env.LimitWrittenBytes(1000);
  CHECK_FALSE(f.Write(**closed, 512, 5000).ok());
  env.Reset();
  REQUIRE(f.store().RecoverClose(f.Block(432, 1001, 700), Stamp(1002)).ok());
  f.Restart();
  CHECK(f.Find(431).block.length == 0);
  CHECK(*f.Read(f.Block(432, 1002)) == f.Content(432, 0, 700));
}

}  // namespace
}  // namespace mrd::datanode
