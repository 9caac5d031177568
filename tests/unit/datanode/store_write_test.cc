#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "tests/unit/datanode/store_fixture.h"

namespace mrd::datanode {
namespace {

using dfs::ReplicaState;

dfs::GenerationStamp Stamp(std::int64_t value) { return dfs::GenerationStamp{value}; }

TEST_CASE("block store: a replica is written, visible as far as acknowledged, finalized and read", "[store]") {
  StoreFixture f;
  const auto writer = f.store().CreateRbw(f.New(100, 1001));
  REQUIRE(writer.ok());
  REQUIRE(f.Write(**writer, 0, 1000).ok());
  REQUIRE(f.Write(**writer, 1000, 1024).ok());        // fills the chunk that the first packet left partial
  REQUIRE(f.Write(**writer, 1024, 1700, false).ok());
  CHECK(f.Find(100).state == ReplicaState::kRbw);
  CHECK(f.Find(100).block.length == 1700);
  CHECK(*f.store().VisibleLength(f.Block(100, 1001)) == 1024);
  CHECK(*f.Read(f.Block(100, 1001)) == f.Content(100, 0, 1024));

  const auto finalized = f.store().Finalize(*writer, true);
  REQUIRE(finalized.ok());
  CHECK(finalized->block.length == 1700);
  CHECK(f.Find(100).state == ReplicaState::kFinalized);
  CHECK(*f.Read(f.Block(100, 1001)) == f.Content(100, 0, 1700));
  CHECK((*writer)->Write({1700, "x", f.Checksums("x")}, true).code() == Code::kCancelled);
  f.Restart();
  CHECK(f.Find(100).state == ReplicaState::kFinalized);
  CHECK(*f.Read(f.Block(100, 1001)) == f.Content(100, 0, 1700));
}

TEST_CASE("replica writer: both styles of going on inside a chunk give the same checksums", "[store]") {
  const bool resend = GENERATE(true, false);  // Java begins at the chunk's beginning again, others in its middle
  StoreFixture f;
  const auto writer = f.store().CreateRbw(f.New(101, 1001));
  REQUIRE(writer.ok());
  REQUIRE(f.Write(**writer, 0, 700).ok());
  if (resend) {
    REQUIRE(f.Write(**writer, 512, 2000).ok());
  } else {
    REQUIRE(f.Write(**writer, 700, 800).ok());
    REQUIRE(f.Write(**writer, 800, 1024).ok());
    REQUIRE(f.Write(**writer, 1024, 2000).ok());
  }
  REQUIRE(f.store().Finalize(*writer, false).ok());
  CHECK(*f.Read(f.Block(101, 1001)) == f.Content(101, 0, 2000));
}

TEST_CASE("replica writer: misplaced and damaged packets are refused and change nothing", "[store]") {
  StoreFixture f;
  const auto writer = f.store().CreateRbw(f.New(102, 1001));
  REQUIRE(writer.ok());
  REQUIRE(f.Write(**writer, 0, 1300).ok());
  const auto write = [&](std::uint64_t offset, std::string_view data) {
    return (*writer)->Write({offset, data, f.Checksums(data)}, true).code();
  };
  CHECK(write(1301, "gap") == Code::kInvalidArgument);
  CHECK(write(1200, f.Content(102, 1200, 1310)) == Code::kInvalidArgument);  // overlaps from mid-chunk
  CHECK(write(0, f.Content(102, 0, 1400)) == Code::kInvalidArgument);        // rewrites more than a chunk
  CHECK(write(1024, std::string(400, 'z')) == Code::kInvalidArgument);       // other bytes than are there
  CHECK(write(1300, std::string(300, 'z')) == Code::kInvalidArgument);       // mid-chunk, beyond its end
  const std::string data = f.Content(102, 1300, 1400);
  CHECK((*writer)->Write({1300, data, "abcd"}, false).code() == Code::kCorruption);
  CHECK((*writer)->Write({1300, data, "abcdefgh"}, false).code() == Code::kInvalidArgument);
  CHECK(f.Write(**writer, 512, 1024).ok());  // repeated: nothing to do
  CHECK((*writer)->received() == 1300);
  CHECK(f.Write(**writer, 1300, 1400).ok());
  CHECK(*f.Read(f.Block(102, 1001)) == f.Content(102, 0, 1400));
}

TEST_CASE("block store: without checksums data are kept as they come", "[store]") {
  StoreFixture f;
  NewReplica replica = f.New(103, 1001);
  replica.spec.type = dfs::ChecksumType::kNull;
  const auto writer = f.store().CreateRbw(replica);
  REQUIRE(writer.ok());
  REQUIRE(f.Write(**writer, 0, 777).ok());
  REQUIRE(f.Write(**writer, 777, 800).ok());
  f.Restart();
  CHECK(f.Find(103).state == ReplicaState::kRwr);
  CHECK(f.Find(103).block.length == 800);
}

TEST_CASE("block store: a block is created once", "[store]") {
  StoreFixture f;
  f.MakeFinalized(104, 1001, 10);
  CHECK(f.store().CreateRbw(f.New(104, 1001)).status().code() == Code::kAlreadyExists);
  CHECK(f.store().CreateTemporary(f.New(104, 1002)).status().code() == Code::kAlreadyExists);
  const auto rbw = f.store().CreateRbw(f.New(105, 1001));
  REQUIRE(rbw.ok());
  CHECK(f.store().CreateTemporary(f.New(105, 1001)).status().code() == Code::kAlreadyExists);
  // A copy of a newer state takes the place of what an older attempt left.
  const auto copy = f.store().CreateTemporary(f.New(105, 1002));
  REQUIRE(copy.ok());
  CHECK((*rbw)->revoked());
  CHECK(f.Find(105).state == ReplicaState::kTemporary);
  NewReplica foreign = f.New(106, 1001);
  foreign.block.pool = "BP-other";
  const Status refused = f.store().CreateRbw(foreign).status();
  CHECK(refused.message().find("BP-other") != std::string::npos);
  CHECK(refused.message().find(kPool) != std::string::npos);
}

TEST_CASE("block store: appending needs the exact stamp and length", "[store]") {
  StoreFixture f;
  f.MakeFinalized(110, 1001, 700);
  CHECK_FALSE(f.store().Append(f.Block(110, 1000, 700), Stamp(1005)).ok());
  CHECK_FALSE(f.store().Append(f.Block(110, 1001, 699), Stamp(1005)).ok());
  CHECK_FALSE(f.store().Append(f.Block(110, 1001, 700), Stamp(1000)).ok());
  CHECK_FALSE(f.store().Append(f.Block(111, 1001, 700), Stamp(1005)).ok());
  const auto writer = f.store().Append(f.Block(110, 1001, 700), Stamp(1005));
  REQUIRE(writer.ok());
  CHECK(f.Find(110).state == ReplicaState::kRbw);
  CHECK(f.Find(110).block.stamp == Stamp(1005));
  CHECK(*f.store().VisibleLength(f.Block(110, 1001)) == 700);
  REQUIRE(f.Write(**writer, 700, 1024).ok());
  REQUIRE(f.Write(**writer, 1024, 5000).ok());
  REQUIRE(f.store().Finalize(*writer, false).ok());
  CHECK(*f.Read(f.Block(110, 1005)) == f.Content(110, 0, 5000));
  CHECK_FALSE(f.Read(f.Block(110, 1006)).ok());  // nobody has that stamp
}

TEST_CASE("block store: appending to a last chunk that has rotted is refused", "[store]") {
  StoreFixture f;
  f.MakeFinalized(112, 1001, 700);
  const auto paths = f.store().PathsOf(f.Block(112, 1001));
  REQUIRE(paths.ok());
  const auto file = Env::Posix().OpenForUpdate(paths->data);
  REQUIRE((*file)->WriteAt(650, "!!", 2).ok());
  CHECK(f.store().Append(f.Block(112, 1001, 700), Stamp(1005)).status().code() == Code::kCorruption);
}

TEST_CASE("block store: recovering an append takes the replica from its writer", "[store]") {
  StoreFixture f;
  f.MakeFinalized(113, 1001, 700);
  const auto first = f.store().Append(f.Block(113, 1001, 700), Stamp(1005));
  REQUIRE(first.ok());
  bool stopped = false;
  (*first)->OnRevoked([&] { stopped = true; });
  CHECK_FALSE(f.store().RecoverAppend(f.Block(113, 1001, 600), Stamp(1006)).ok());
  CHECK_FALSE(f.store().RecoverAppend(f.Block(113, 1006, 700), Stamp(1007)).ok());
  CHECK_FALSE(stopped);
  const auto second = f.store().RecoverAppend(f.Block(113, 1001, 700), Stamp(1006));
  REQUIRE(second.ok());
  CHECK(stopped);
  CHECK(f.Write(**first, 700, 800).code() == Code::kCancelled);
  CHECK(f.store().Finalize(*first, false).status().code() == Code::kCancelled);
  f.store().Leave(*first);  // harmless
  REQUIRE(f.Write(**second, 700, 900).ok());
  REQUIRE(f.store().Finalize(*second, false).ok());
  CHECK(*f.Read(f.Block(113, 1006)) == f.Content(113, 0, 900));
  // It also takes a finalized one.
  CHECK(f.store().RecoverAppend(f.Block(113, 1001, 900), Stamp(1007)).ok());
}

TEST_CASE("block store: recovering a stream cuts what was not acknowledged", "[store]") {
  StoreFixture f;
  const auto first = f.store().CreateRbw(f.New(114, 1001));
  REQUIRE(first.ok());
  REQUIRE(f.Write(**first, 0, 1300).ok());
  REQUIRE(f.Write(**first, 1024, 4000, false).ok());
  CHECK_FALSE(f.store().RecoverStreaming(f.Block(114, 1001), Stamp(1002), {1301, 5000}).ok());
  const auto second = f.store().RecoverStreaming(f.Block(114, 1001), Stamp(1003), {1300, 4000});
  REQUIRE(second.ok());
  CHECK(f.Find(114).block.length == 1300);
  CHECK(f.Find(114).block.stamp == Stamp(1003));
  CHECK(*f.Read(f.Block(114, 1003)) == f.Content(114, 0, 1300));
  REQUIRE(f.Write(**second, 1300, 1500).ok());
  f.store().Leave(*second);
  CHECK(f.Find(114).state == ReplicaState::kRbw);
  CHECK_FALSE(f.store().RecoverStreaming(f.Block(114, 1001), Stamp(1004), {1400, 1499}).ok());
  const auto third = f.store().RecoverStreaming(f.Block(114, 1001), Stamp(1004), {1400, 1500});
  REQUIRE(third.ok());
  REQUIRE(f.store().Finalize(*third, false).ok());
  CHECK(*f.Read(f.Block(114, 1004)) == f.Content(114, 0, 1500));
  CHECK_FALSE(f.store().RecoverStreaming(f.Block(114, 1004), Stamp(1005), {1500, 1500}).ok());  // finalized
}

TEST_CASE("block store: a writer goes on after the datanode was restarted", "[store]") {
  StoreFixture f;
  const auto first = f.store().CreateRbw(f.New(115, 1001));
  REQUIRE(first.ok());
  REQUIRE(f.Write(**first, 0, 1000).ok());
  REQUIRE(f.Write(**first, 512, 3000, false).ok());
  f.Restart();
  REQUIRE(f.Find(115).state == ReplicaState::kRwr);
  CHECK_FALSE(f.Read(f.Block(115, 1001)).ok());
  const auto second = f.store().RecoverStreaming(f.Block(115, 1001), Stamp(1002), {1000, 3000});
  REQUIRE(second.ok());
  CHECK((*second)->received() == 1000);
  REQUIRE(f.Write(**second, 512, 3000).ok());
  REQUIRE(f.store().Finalize(*second, false).ok());
  CHECK(*f.Read(f.Block(115, 1002)) == f.Content(115, 0, 3000));
}

TEST_CASE("block store: recovering a close finalizes under the new stamp, again and again", "[store]") {
  StoreFixture f;
  const auto writer = f.store().CreateRbw(f.New(116, 1001));
  REQUIRE(writer.ok());
  REQUIRE(f.Write(**writer, 0, 900).ok());
  CHECK_FALSE(f.store().RecoverClose(f.Block(116, 1001, 899), Stamp(1002)).ok());
  for (const std::int64_t stamp : {1002, 1003}) {
    const auto closed = f.store().RecoverClose(f.Block(116, 1001, 900), Stamp(stamp));
    REQUIRE(closed.ok());
    CHECK(closed->block.stamp == Stamp(stamp));
    CHECK(f.Find(116).state == ReplicaState::kFinalized);
  }
  CHECK((*writer)->revoked());
  CHECK(*f.Read(f.Block(116, 1003)) == f.Content(116, 0, 900));
}

TEST_CASE("block store: a copy becomes RBW for a client that goes on, or vanishes with its session", "[store]") {
  StoreFixture f;
  const auto copy = f.store().CreateTemporary(f.New(117, 1001));
  REQUIRE(copy.ok());
  REQUIRE(f.Write(**copy, 0, 600).ok());
  CHECK_FALSE(f.Read(f.Block(117, 1001)).ok());
  CHECK(f.store().ReportOf(f.store().volumes()[0]->storage_id()).empty());
  REQUIRE(f.store().ConvertToRbw(*copy).ok());
  CHECK(f.Find(117).state == ReplicaState::kRbw);
  CHECK(*f.Read(f.Block(117, 1001)) == f.Content(117, 0, 600));
  REQUIRE(f.store().RecoverStreaming(f.Block(117, 1001), Stamp(1002), {600, 600}).ok());

  const auto abandoned = f.store().CreateTemporary(f.New(118, 1001));
  REQUIRE(abandoned.ok());
  REQUIRE(f.Write(**abandoned, 0, 600).ok());
  f.store().Leave(*abandoned);
  CHECK_FALSE(f.store().Find(f.Block(118, 1001)).ok());
  CHECK(Env::Posix().ListDir(f.store().volumes()[0]->PoolDir() + "/tmp")->empty());
}

TEST_CASE("replica reader: what it reads stays consistent while the replica grows under it", "[store]") {
  StoreFixture f;
  f.MakeFinalized(119, 1001, 700);
  const auto reader = f.store().OpenReader(f.Block(119, 1001));
  REQUIRE(reader.ok());
  const auto writer = f.store().Append(f.Block(119, 1001, 700), Stamp(1002));
  REQUIRE(writer.ok());
  REQUIRE(f.Write(**writer, 700, 1000).ok());
  CHECK((*reader)->length() == 700);
  CHECK((*reader)->Verify(0, 700).ok());
}

TEST_CASE("block store: room is counted, reserved and given back", "[store]") {
  StoreFixture f;
  const auto used = [&] { return f.store().StorageReports()[0].dfs_used; };
  NewReplica replica = f.New(120, 1001);
  replica.block.block.length = std::uint64_t{1} << 60;
  const Status refused = f.store().CreateRbw(replica).status();
  CHECK(refused.code() == Code::kResourceExhausted);
  CHECK(used() == 0);
  f.MakeFinalized(121, 1001, 1000);
  CHECK(used() == 1000 + 7 + 8);
  const auto writer = f.store().Append(f.Block(121, 1001, 1000), Stamp(1002));
  REQUIRE(f.Write(**writer, 1000, 1024).ok());
  REQUIRE(f.Write(**writer, 1024, 3000, false).ok());
  CHECK(used() == 3000 + 7 + 24);
  REQUIRE(f.store().RecoverStreaming(f.Block(121, 1001), Stamp(1003), {1024, 3000}).ok());
  CHECK(used() == 1024 + 7 + 8);
  f.Restart();
  CHECK(used() == 1024 + 7 + 8);
  REQUIRE(f.store().Invalidate(f.Block(121, 1003)).ok());
  CHECK(used() == 0);
}

TEST_CASE("block store: volumes are filled in turn, and the one asked for is taken", "[store]") {
  StoreFixture f(3);
  std::map<std::string, int> counts;
  for (std::int64_t id = 1; id <= 9; ++id) ++counts[f.MakeFinalized(id, 1001, 10).storage_id];
  REQUIRE(counts.size() == 3);
  for (const auto& [storage, count] : counts) CHECK(count == 3);
  NewReplica replica = f.New(10, 1001);
  replica.storage_id = f.store().volumes()[2]->storage_id();
  CHECK((*f.store().CreateRbw(replica))->volume().storage_id() == replica.storage_id);
}

}  // namespace
}  // namespace mrd::datanode
