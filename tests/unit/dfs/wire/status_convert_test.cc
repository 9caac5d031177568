#include "dfs/wire/status_convert.h"

#include <catch2/catch.hpp>

#include "tests/unit/dfs/wire/bytes.h"

namespace mrd::dfs::wire {
namespace {

FileStatus SomeFile() {
  FileStatus status;
  status.path = "name";
  status.length = 1'000;
  status.permission = 01644;
  status.owner = "u";
  status.group = "g";
  status.modified_ms = 1'700'000'000'123;
  status.accessed_ms = 1'700'000'000'456;
  status.replication = 3;
  status.block_size = 128u << 20;
  status.id = {16'386};
  status.children = 9;
  status.storage_policy = 7;
  return status;
}

TEST_CASE("file status: survives the way over the wire", "[wire]") {
  FileStatus status = SomeFile();
  status.locations = LocatedBlocks{};
  hadoop::hdfs::HdfsFileStatusProto proto;
  ToProto(status, &proto);
  REQUIRE(proto.IsInitialized());
  const auto back = FromProto(proto);
  REQUIRE(back.ok());
  CHECK(back->type == FileType::kFile);
  CHECK(back->path == "name");
  CHECK(back->length == 1'000);
  CHECK(back->permission == 01644);
  CHECK(back->owner == "u");
  CHECK(back->group == "g");
  CHECK(back->modified_ms == status.modified_ms);
  CHECK(back->accessed_ms == status.accessed_ms);
  CHECK(back->replication == 3);
  CHECK(back->block_size == 128u << 20);
  CHECK(back->id == InodeId{16'386});
  CHECK(back->storage_policy == 7);
  CHECK(back->locations.has_value());
}

TEST_CASE("file status: what clients rely on is on the wire", "[wire]") {
  hadoop::hdfs::HdfsFileStatusProto proto;
  ToProto(SomeFile(), &proto);
  CHECK(proto.has_flags());  // absent, clients look into the permission
  CHECK_FALSE(proto.has_symlink());
  CHECK_FALSE(proto.has_locations());
  CHECK_FALSE(proto.has_ecpolicy());
  CHECK(proto.has_childrennum());
  CHECK(proto.childrennum() == 0);

  FileStatus directory = SomeFile();
  directory.type = FileType::kDirectory;
  proto.Clear();
  ToProto(directory, &proto);
  CHECK(proto.length() == 0);
  CHECK(proto.block_replication() == 0);
  CHECK(proto.blocksize() == 0);
  CHECK(proto.childrennum() == 9);

  FileStatus link = SomeFile();
  link.type = FileType::kSymlink;
  link.symlink = "/there";
  proto.Clear();
  ToProto(link, &proto);
  CHECK(proto.symlink() == "/there");
  CHECK(FromProto(proto)->symlink == "/there");
}

TEST_CASE("file status: flags of old servers in the permission are dropped, what cannot be is refused", "[wire]") {
  hadoop::hdfs::HdfsFileStatusProto proto;
  ToProto(SomeFile(), &proto);
  proto.mutable_permission()->set_perm(0xFFFFF000u | 0755);
  proto.clear_childrennum();
  CHECK(FromProto(proto)->permission == 0755);
  CHECK(FromProto(proto)->children == 0);
  proto.set_length(UINT64_MAX);
  CHECK(FromProto(proto).status().code() == Code::kInvalidArgument);
}

TEST_CASE("listing: pages survive; an empty one that promises more is refused", "[wire]") {
  DirectoryListing listing{.entries = {SomeFile(), SomeFile()}, .remaining = 5};
  listing.entries[1].path = "other";
  hadoop::hdfs::DirectoryListingProto proto;
  ToProto(listing, &proto);
  const auto back = FromProto(proto);
  REQUIRE(back.ok());
  CHECK(back->remaining == 5);
  REQUIRE(back->entries.size() == 2);
  CHECK(back->entries[1].path == "other");
  proto.clear_partiallisting();
  CHECK(FromProto(proto).status().code() == Code::kInvalidArgument);
  proto.set_remainingentries(0);
  CHECK(FromProto(proto)->entries.empty());
}

TEST_CASE("server defaults: no encryption, no key provider, said rather than left out", "[wire]") {
  hadoop::hdfs::FsServerDefaultsProto proto;
  ServerDefaults defaults;
  defaults.trash_interval_minutes = 360;
  defaults.replication = 2;
  ToProto(defaults, &proto);
  REQUIRE(proto.IsInitialized());
  CHECK(proto.has_encryptdatatransfer());
  CHECK_FALSE(proto.encryptdatatransfer());
  CHECK(proto.has_keyprovideruri());
  CHECK(proto.keyprovideruri().empty());
  const auto back = FromProto(proto);
  REQUIRE(back.ok());
  CHECK(back->block_size == defaults.block_size);
  CHECK(back->bytes_per_checksum == 512);
  CHECK(back->write_packet_size == 65'536);
  CHECK(back->replication == 2);
  CHECK(back->file_buffer_size == 4'096);
  CHECK(back->trash_interval_minutes == 360);
  CHECK(back->checksum_type == ChecksumType::kCrc32c);
  CHECK(back->default_storage_policy == 7);
}

TEST_CASE("server defaults: sizes that a client would divide by are refused when they are zero", "[wire]") {
  hadoop::hdfs::FsServerDefaultsProto good;
  ToProto(ServerDefaults{}, &good);
  auto bad = good;
  bad.set_blocksize(0);
  CHECK(FromProto(bad).status().code() == Code::kInvalidArgument);
  bad = good;
  bad.set_bytesperchecksum(0);
  CHECK(FromProto(bad).status().code() == Code::kInvalidArgument);
  bad = good;
  bad.set_writepacketsize(0);
  CHECK(FromProto(bad).status().code() == Code::kInvalidArgument);
}

TEST_CASE("content summary: quotas that are not set are -1 on both sides", "[wire]") {
  ContentSummary summary{.length = 10, .files = 2, .directories = 3, .space_consumed = 30, .space_quota = 1'000};
  hadoop::hdfs::ContentSummaryProto proto;
  ToProto(summary, &proto);
  CHECK(proto.quota() == UINT64_MAX);
  CHECK(proto.has_snapshotlength());
  const ContentSummary back = FromProto(proto);
  CHECK(back.length == 10);
  CHECK(back.files == 2);
  CHECK(back.directories == 3);
  CHECK(back.quota == kQuotaUnset);
  CHECK(back.space_consumed == 30);
  CHECK(back.space_quota == 1'000);

  hadoop::hdfs::QuotaUsageProto usage;
  ToProto(summary, &usage);
  REQUIRE(usage.IsInitialized());
  CHECK(usage.fileanddirectorycount() == 5);
  CHECK(usage.quota() == UINT64_MAX);
}

TEST_CASE("totals: each count in its field", "[wire]") {
  const FsStats stats{.capacity = 1,
                      .used = 2,
                      .remaining = 3,
                      .under_replicated = 4,
                      .corrupt_blocks = 5,
                      .missing_blocks = 6,
                      .missing_replication_one = 7,
                      .blocks_in_future = 8,
                      .pending_deletion = 9,
                      .highest_priority_low_redundancy = 10};
  hadoop::hdfs::GetFsStatsResponseProto proto;
  ToProto(stats, &proto);
  CHECK(Hex(proto.SerializeAsString()) == "080110021803200428053006380740084809");
  CHECK(FromProto(proto).pending_deletion == 9);
  CHECK(FromProto(proto).under_replicated == 4);
  hadoop::hdfs::GetFsReplicatedBlockStatsResponseProto blocks;
  ToProto(stats, &blocks);
  CHECK(Hex(blocks.SerializeAsString()) == "080410051806200728083009380a");
}

TEST_CASE("safe mode: actions have the values of the wire", "[wire]") {
  CHECK(ToProto(SafeModeAction::kGet) == hadoop::hdfs::SAFEMODE_GET);
  CHECK(FromProto(hadoop::hdfs::SAFEMODE_ENTER) == SafeModeAction::kEnter);
}

}  // namespace
}  // namespace mrd::dfs::wire
