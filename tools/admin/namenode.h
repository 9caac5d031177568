#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "dfs/types.h"
#include "tools/admin/remote.h"

namespace mrd::admin {

// Totals of the file system, as -report prints them.
struct ClusterTotals {
  dfs::FsStats replicated;
  struct BlockGroups {
    std::uint64_t low_redundancy = 0;
    std::uint64_t corrupt = 0;
    std::uint64_t missing = 0;
    std::uint64_t pending_deletion = 0;
    std::optional<std::uint64_t> highest_priority_low_redundancy;  // not every namenode tells
  } groups;  // erasure coded
};

struct OpenFile {
  std::string path;
  std::string client_name;
  std::string client_machine;
};

struct OpenFilesWanted {
  std::string below;  // path prefix
  bool blocking_decommission = false;
};

// When -saveNamespace may leave it at an old checkpoint; both 0: never.
struct CheckpointBounds {
  std::uint64_t seconds = 0;
  std::uint64_t transactions = 0;
};

enum class Upgrade { kQuery = 1, kPrepare = 2, kFinalize = 3 };

// What a quota is set on. Absent: left as it is; dfs::kQuotaUnset: removed.
struct QuotaChange {
  std::optional<std::int64_t> names;
  std::optional<std::int64_t> space;
  std::optional<dfs::StorageType> storage;  // for which `space` is meant; absent: for all
};

// What an administrator asks of a namenode, over ClientProtocol and the small protocols beside it. Each function is one
// call; errors are the namenode's, with its Java exception as the tag.
class Namenode {
 public:
  Namenode(ServerAddress address, const dfs::client::Options& options) : remote_(std::move(address), options) {}

  const ServerAddress& address() const { return remote_.address(); }
  std::string uri() const { return "hdfs://" + address().ToString(); }

  Result<ClusterTotals> Totals();
  Result<std::vector<dfs::DatanodeInfo>> Datanodes(dfs::DatanodeReportType type);
  Result<std::vector<dfs::DatanodeInfo>> SlowDatanodes();
  Result<std::vector<OpenFile>> OpenFiles(const OpenFilesWanted& wanted);

  Result<bool> SafeMode(dfs::SafeModeAction action);  // whether it is on now
  Result<bool> SaveNamespace(CheckpointBounds bounds);  // whether it was necessary
  Result<std::uint64_t> RollEdits();  // the new segment's first transaction
  Result<bool> RestoreFailedStorage(const std::string& choice);
  Status RefreshNodes();
  Status MetaSave(const std::string& file);
  Status SetQuota(const std::string& path, const QuotaChange& change);
  Status SetBalancerBandwidth(std::int64_t bytes_per_second);
  Status FinalizeUpgrade();
  Result<bool> UpgradeIsFinal();
  // Whether an upgrade is under way afterwards.
  Result<bool> RollingUpgrade(Upgrade action);
  Status SetSnapshottable(const std::string& path, bool allowed);

  Status RefreshServiceAcl();
  Status RefreshUserToGroupsMappings();
  Status RefreshSuperUserGroups();
  Status RefreshCallQueue();
  Result<std::vector<std::string>> GroupsOf(const std::string& user);

 private:
  Remote remote_;
};

}  // namespace mrd::admin
