#include "dfs/wire/status_convert.h"

#include <string>
#include <utility>

#include "dfs/wire/block_convert.h"
#include "dfs/wire/checksum.h"

namespace mrd::dfs::wire {
namespace {

namespace hdfs = hadoop::hdfs;

// The casts here and in the header rely on these.
static_assert(static_cast<int>(SafeModeAction::kLeave) == hdfs::SAFEMODE_LEAVE);
static_assert(static_cast<int>(SafeModeAction::kForceExit) == hdfs::SAFEMODE_FORCE_EXIT);
static_assert(static_cast<int>(FileType::kDirectory) == hdfs::HdfsFileStatusProto::IS_DIR);
static_assert(static_cast<int>(FileType::kSymlink) == hdfs::HdfsFileStatusProto::IS_SYMLINK);
static_assert(static_cast<int>(ChecksumType::kNull) == hdfs::CHECKSUM_NULL);
static_assert(static_cast<int>(ChecksumType::kCrc32c) == hdfs::CHECKSUM_CRC32C);

}  // namespace

void ToProto(const FileStatus& status, hdfs::HdfsFileStatusProto* proto) {
  const bool is_file = status.type == FileType::kFile;
  proto->set_filetype(static_cast<hdfs::HdfsFileStatusProto::FileType>(status.type));
  proto->set_path(status.path);
  proto->set_length(is_file ? status.length : 0);
  proto->mutable_permission()->set_perm(status.permission & kPermissionMask);
  proto->set_owner(status.owner);
  proto->set_group(status.group);
  proto->set_modification_time(static_cast<std::uint64_t>(status.modified_ms));
  proto->set_access_time(static_cast<std::uint64_t>(status.accessed_ms));
  if (status.type == FileType::kSymlink) proto->set_symlink(status.symlink);
  proto->set_block_replication(is_file ? status.replication : 0);
  proto->set_blocksize(is_file ? status.block_size : 0);
  if (status.locations) ToProto(*status.locations, proto->mutable_locations());
  proto->set_fileid(static_cast<std::uint64_t>(status.id.value));
  proto->set_childrennum(status.type == FileType::kDirectory ? status.children : 0);
  proto->set_storagepolicy(status.storage_policy);
  proto->set_flags(0);
}

Result<FileStatus> FromProto(const hdfs::HdfsFileStatusProto& proto) {
  FileStatus status;
  status.type = static_cast<FileType>(proto.filetype());
  status.path = proto.path();
  if (proto.length() > INT64_MAX || proto.blocksize() > INT64_MAX) {
    return InvalidArgument("status of '" + status.path + "' with length " +
                           std::to_string(static_cast<std::int64_t>(proto.length())) + " and block size " +
                           std::to_string(static_cast<std::int64_t>(proto.blocksize())));
  }
  status.length = proto.length();
  status.permission = FromProto(proto.permission());
  status.owner = proto.owner();
  status.group = proto.group();
  status.modified_ms = static_cast<std::int64_t>(proto.modification_time());
  status.accessed_ms = static_cast<std::int64_t>(proto.access_time());
  status.symlink = proto.symlink();
  status.replication = proto.block_replication();
  status.block_size = proto.blocksize();
  status.id = {static_cast<std::int64_t>(proto.fileid())};
  status.children = proto.childrennum() < 0 ? 0 : proto.childrennum();  // -1: the server does not say
  status.storage_policy = proto.storagepolicy();
  if (proto.has_locations()) {
    MRD_ASSIGN_OR_RETURN(status.locations, FromProto(proto.locations()));
  }
  return status;
}

void ToProto(const DirectoryListing& listing, hdfs::DirectoryListingProto* proto) {
  for (const FileStatus& entry : listing.entries) ToProto(entry, proto->add_partiallisting());
  proto->set_remainingentries(listing.remaining);
}

Result<DirectoryListing> FromProto(const hdfs::DirectoryListingProto& proto) {
  DirectoryListing listing;
  listing.entries.reserve(static_cast<std::size_t>(proto.partiallisting_size()));
  for (const hdfs::HdfsFileStatusProto& entry : proto.partiallisting()) {
    MRD_ASSIGN_OR_RETURN(FileStatus converted, FromProto(entry));
    listing.entries.push_back(std::move(converted));
  }
  listing.remaining = proto.remainingentries();
  // The next page begins after the last name of this one, so without one a client would ask for ever.
  if (listing.entries.empty() && listing.remaining != 0) {
    return InvalidArgument("listing without entries, yet with " + std::to_string(listing.remaining) + " to come");
  }
  return listing;
}

void ToProto(const ServerDefaults& defaults, hdfs::FsServerDefaultsProto* proto) {
  proto->set_blocksize(defaults.block_size);
  proto->set_bytesperchecksum(defaults.bytes_per_checksum);
  proto->set_writepacketsize(defaults.write_packet_size);
  proto->set_replication(defaults.replication);
  proto->set_filebuffersize(defaults.file_buffer_size);
  proto->set_encryptdatatransfer(false);
  proto->set_trashinterval(defaults.trash_interval_minutes);
  proto->set_checksumtype(static_cast<hdfs::ChecksumTypeProto>(defaults.checksum_type));
  proto->set_keyprovideruri("");
  proto->set_policyid(defaults.default_storage_policy);
  proto->set_snapshottrashrootenabled(false);
}

Result<ServerDefaults> FromProto(const hdfs::FsServerDefaultsProto& proto) {
  if (proto.blocksize() == 0 || proto.blocksize() > INT64_MAX || proto.writepacketsize() == 0) {
    return InvalidArgument("server defaults with a block size of " + std::to_string(proto.blocksize()) +
                           " and a packet size of " + std::to_string(proto.writepacketsize()) + " bytes");
  }
  const Result<ChecksumSpec> checksum = MakeChecksumSpec(proto.checksumtype(), proto.bytesperchecksum());
  if (!checksum.ok()) return checksum.status().WithContext("server defaults");
  ServerDefaults defaults;
  defaults.block_size = proto.blocksize();
  defaults.bytes_per_checksum = checksum->bytes_per_chunk;
  defaults.write_packet_size = proto.writepacketsize();
  defaults.replication = proto.replication();
  defaults.file_buffer_size = proto.filebuffersize();
  defaults.trash_interval_minutes = proto.trashinterval();
  defaults.checksum_type = checksum->type;
  defaults.default_storage_policy = proto.policyid();
  return defaults;
}

void ToProto(const ContentSummary& summary, hdfs::ContentSummaryProto* proto) {
  proto->set_length(summary.length);
  proto->set_filecount(summary.files);
  proto->set_directorycount(summary.directories);
  proto->set_quota(static_cast<std::uint64_t>(summary.quota));
  proto->set_spaceconsumed(summary.space_consumed);
  proto->set_spacequota(static_cast<std::uint64_t>(summary.space_quota));
  proto->set_snapshotlength(0);
  proto->set_snapshotfilecount(0);
  proto->set_snapshotdirectorycount(0);
  proto->set_snapshotspaceconsumed(0);
}

void ToProto(const ContentSummary& summary, hdfs::QuotaUsageProto* proto) {
  proto->set_fileanddirectorycount(summary.files + summary.directories);
  proto->set_quota(static_cast<std::uint64_t>(summary.quota));
  proto->set_spaceconsumed(summary.space_consumed);
  proto->set_spacequota(static_cast<std::uint64_t>(summary.space_quota));
}

ContentSummary FromProto(const hdfs::ContentSummaryProto& proto) {
  ContentSummary summary;
  summary.length = proto.length();
  summary.files = proto.filecount();
  summary.directories = proto.directorycount();
  summary.quota = static_cast<std::int64_t>(proto.quota());
  summary.space_consumed = proto.spaceconsumed();
  summary.space_quota = static_cast<std::int64_t>(proto.spacequota());
  return summary;
}

void ToProto(const FsStats& stats, hdfs::GetFsStatsResponseProto* proto) {
  proto->set_capacity(stats.capacity);
  proto->set_used(stats.used);
  proto->set_remaining(stats.remaining);
  proto->set_under_replicated(stats.under_replicated);
  proto->set_corrupt_blocks(stats.corrupt_blocks);
  proto->set_missing_blocks(stats.missing_blocks);
  proto->set_missing_repl_one_blocks(stats.missing_replication_one);
  proto->set_blocks_in_future(stats.blocks_in_future);
  proto->set_pending_deletion_blocks(stats.pending_deletion);
}

FsStats FromProto(const hdfs::GetFsStatsResponseProto& proto) {
  FsStats stats;
  stats.capacity = proto.capacity();
  stats.used = proto.used();
  stats.remaining = proto.remaining();
  stats.under_replicated = proto.under_replicated();
  stats.corrupt_blocks = proto.corrupt_blocks();
  stats.missing_blocks = proto.missing_blocks();
  stats.missing_replication_one = proto.missing_repl_one_blocks();
  stats.blocks_in_future = proto.blocks_in_future();
  stats.pending_deletion = proto.pending_deletion_blocks();
  return stats;
}

void ToProto(const FsStats& stats, hdfs::GetFsReplicatedBlockStatsResponseProto* proto) {
  proto->set_low_redundancy(stats.under_replicated);
  proto->set_corrupt_blocks(stats.corrupt_blocks);
  proto->set_missing_blocks(stats.missing_blocks);
  proto->set_missing_repl_one_blocks(stats.missing_replication_one);
  proto->set_blocks_in_future(stats.blocks_in_future);
  proto->set_pending_deletion_blocks(stats.pending_deletion);
  proto->set_highest_prio_low_redundancy_blocks(stats.highest_priority_low_redundancy);
}

}  // namespace mrd::dfs::wire
