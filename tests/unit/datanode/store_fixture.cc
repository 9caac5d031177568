#include "tests/unit/datanode/store_fixture.h"

#include <catch2/catch.hpp>

#include "datanode/store/crash_names.h"

namespace mrd::datanode {
namespace {

std::unique_ptr<CrashPoints> MakeCrashPoints() {
  const auto names = StoreCrashPoints();
  return std::make_unique<CrashPoints>(std::vector<std::string_view>(names.begin(), names.end()));
}

}  // namespace

StoreFixture::StoreFixture(std::size_t volumes, Env& env)
    : env_(env), log_(LogLevel::kInfo, [lines = lines_](std::string_view line) { lines->append(line); }) {
  for (std::size_t i = 0; i < volumes; ++i) {
    VolumeOptions volume;
    volume.dir = dir(i);
    options.volumes.push_back(volume);
  }
  crash_points_ = MakeCrashPoints();
  const Status started = Start();
  INFO(started.ToString());
  REQUIRE(started.ok());
}

Status StoreFixture::Start() {
  MRD_ASSIGN_OR_RETURN(store_, BlockStore::Open(env_, Logger(log_, "test"), random_, *crash_points_, options));
  return store_->Attach(Space());
}

void StoreFixture::Restart() {
  End();
  crash_points_ = MakeCrashPoints();
  const Status started = Start();
  INFO(started.ToString());
  REQUIRE(started.ok());
}

void StoreFixture::Arm(std::string_view crash_point) {
  REQUIRE(crash_points_->Arm(crash_point, [] { throw Crashed(); }).ok());
}

dfs::ExtendedBlock StoreFixture::Block(std::int64_t id, std::int64_t stamp, std::uint64_t length) {
  return {kPool, {dfs::BlockId{id}, dfs::GenerationStamp{stamp}, length}};
}

NewReplica StoreFixture::New(std::int64_t id, std::int64_t stamp) {
  NewReplica replica;
  replica.block = Block(id, stamp);
  return replica;
}

dfs::NamespaceInfo StoreFixture::Space() {
  dfs::NamespaceInfo space;
  space.cluster_id = "CID-1";
  space.pool_id = kPool;
  space.namespace_id = 5;
  return space;
}

std::string StoreFixture::Content(std::int64_t id, std::uint64_t from, std::uint64_t to) {
  std::string bytes;
  bytes.reserve(to - from);
  for (std::uint64_t i = from; i < to; ++i)
    bytes.push_back(static_cast<char>((i * 2654435761u + static_cast<std::uint64_t>(id)) >> 7));
  return bytes;
}

std::string StoreFixture::Checksums(std::string_view data, const dfs::wire::ChecksumSpec& spec) {
  std::string checksums(spec.ChecksumBytes(data.size()), '\0');
  dfs::wire::ComputeChecksums(spec, data, checksums.data());
  return checksums;
}

Status StoreFixture::Write(ReplicaWriter& writer, std::uint64_t from, std::uint64_t to, bool acknowledge) {
  const std::string data = Content(writer.block().id.value, from, to);
  const std::string checksums = Checksums(data, writer.spec());
  MRD_RETURN_IF_ERROR(writer.Write({from, data, checksums}, true));
  if (acknowledge) writer.Acknowledge(to);
  return Status::Ok();
}

FinalizedReplica StoreFixture::MakeFinalized(std::int64_t id, std::int64_t stamp, std::uint64_t length) {
  Result<std::shared_ptr<ReplicaWriter>> writer = store_->CreateRbw(New(id, stamp));
  REQUIRE(writer.ok());
  REQUIRE(Write(**writer, 0, length).ok());
  Result<FinalizedReplica> finalized = store_->Finalize(*writer, false);
  REQUIRE(finalized.ok());
  return *finalized;
}

Result<std::string> StoreFixture::Read(const dfs::ExtendedBlock& block) {
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<ReplicaReader> reader, store_->OpenReader(block));
  std::string data(reader->length(), '\0');
  std::string checksums(reader->spec().ChecksumBytes(data.size()), '\0');
  MRD_RETURN_IF_ERROR(reader->Read(0, data.size(), data.data(), checksums.data()));
  if (const auto bad = dfs::wire::FindBadChunk(reader->spec(), data, checksums))
    return Corruption("bad chunk at " + std::to_string(*bad));
  return data;
}

dfs::ReportedReplica StoreFixture::Find(std::int64_t id) {
  const Result<dfs::ReportedReplica> found = store_->Find(Block(id, 0));
  INFO(found.status().ToString());
  REQUIRE(found.ok());
  return *found;
}

}  // namespace mrd::datanode
