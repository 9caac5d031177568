#pragma once

// Files, directories and totals, between dfs/types.h and messages. ToProto keeps the rules that clients rely on (flags
// always set, no length of directories, permissions within 01777); FromProto gives kInvalidArgument for what a client
// could not work with.

#include <cstdint>

#include "common/base/status.h"
#include "dfs/types.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"
#include "proto/hdfs/hdfs.pb.h"

namespace mrd::dfs::wire {

inline constexpr std::uint32_t kPermissionMask = 01777;

inline hadoop::hdfs::SafeModeActionProto ToProto(SafeModeAction action) {
  return static_cast<hadoop::hdfs::SafeModeActionProto>(action);
}
inline SafeModeAction FromProto(hadoop::hdfs::SafeModeActionProto action) {
  return static_cast<SafeModeAction>(action);
}

// Higher bits, which old versions used as flags, are dropped.
inline std::uint16_t FromProto(const hadoop::hdfs::FsPermissionProto& proto) {
  return static_cast<std::uint16_t>(proto.perm() & kPermissionMask);
}

void ToProto(const FileStatus& status, hadoop::hdfs::HdfsFileStatusProto* proto);
Result<FileStatus> FromProto(const hadoop::hdfs::HdfsFileStatusProto& proto);

void ToProto(const DirectoryListing& listing, hadoop::hdfs::DirectoryListingProto* proto);
Result<DirectoryListing> FromProto(const hadoop::hdfs::DirectoryListingProto& proto);

void ToProto(const ServerDefaults& defaults, hadoop::hdfs::FsServerDefaultsProto* proto);
Result<ServerDefaults> FromProto(const hadoop::hdfs::FsServerDefaultsProto& proto);

void ToProto(const ContentSummary& summary, hadoop::hdfs::ContentSummaryProto* proto);
void ToProto(const ContentSummary& summary, hadoop::hdfs::QuotaUsageProto* proto);
ContentSummary FromProto(const hadoop::hdfs::ContentSummaryProto& proto);

void ToProto(const FsStats& stats, hadoop::hdfs::GetFsStatsResponseProto* proto);
FsStats FromProto(const hadoop::hdfs::GetFsStatsResponseProto& proto);
// The counts of blocks alone, as getFsReplicatedBlockStats answers.
void ToProto(const FsStats& stats, hadoop::hdfs::GetFsReplicatedBlockStatsResponseProto* proto);

}  // namespace mrd::dfs::wire
