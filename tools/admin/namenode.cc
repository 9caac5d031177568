#include "tools/admin/namenode.h"

#include <utility>

#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/status_convert.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"
#include "proto/ipc/Refresh.pb.h"
#include "proto/ipc/UserMappings.pb.h"
#include "tools/admin/remote_call.h"

namespace mrd::admin {

namespace pb = hadoop::hdfs;
namespace common = hadoop::common;
namespace wire = dfs::wire;

namespace {

constexpr const char* kClient = "org.apache.hadoop.hdfs.protocol.ClientProtocol";
constexpr const char* kRefreshUsers = "org.apache.hadoop.security.RefreshUserMappingsProtocol";
constexpr const char* kGetUsers = "org.apache.hadoop.tools.GetUserMappingsProtocol";
constexpr const char* kRefreshPolicy = "org.apache.hadoop.security.authorize.RefreshAuthorizationPolicyProtocol";
constexpr const char* kRefreshQueue = "org.apache.hadoop.ipc.RefreshCallQueueProtocol";

// A listing that goes on for ever is a namenode's mistake, not ours.
constexpr std::size_t kOpenFilesMax = 10'000'000;

template <typename Infos>
Result<std::vector<dfs::DatanodeInfo>> ToInfos(const Infos& protos) {
  std::vector<dfs::DatanodeInfo> infos;
  for (const pb::DatanodeInfoProto& proto : protos) {
    MRD_ASSIGN_OR_RETURN(dfs::DatanodeInfo info, wire::FromProto(proto));
    infos.push_back(std::move(info));
  }
  return infos;
}

}  // namespace

Result<ClusterTotals> Namenode::Totals() {
  ClusterTotals totals;
  MRD_ASSIGN_OR_RETURN(const auto stats, Ask<pb::GetFsStatsResponseProto>(remote_, kClient, "getFsStats",
                                                                          pb::GetFsStatusRequestProto()));
  totals.replicated = wire::FromProto(stats);
  MRD_ASSIGN_OR_RETURN(const auto blocks,
                       Ask<pb::GetFsReplicatedBlockStatsResponseProto>(
                           remote_, kClient, "getFsReplicatedBlockStats", pb::GetFsReplicatedBlockStatsRequestProto()));
  totals.replicated.under_replicated = blocks.low_redundancy();
  totals.replicated.corrupt_blocks = blocks.corrupt_blocks();
  totals.replicated.missing_blocks = blocks.missing_blocks();
  totals.replicated.missing_replication_one = blocks.missing_repl_one_blocks();
  totals.replicated.blocks_in_future = blocks.blocks_in_future();
  totals.replicated.pending_deletion = blocks.pending_deletion_blocks();
  totals.replicated.highest_priority_low_redundancy = blocks.highest_prio_low_redundancy_blocks();
  MRD_ASSIGN_OR_RETURN(const auto groups, Ask<pb::GetFsECBlockGroupStatsResponseProto>(
                                              remote_, kClient, "getFsECBlockGroupStats",
                                              pb::GetFsECBlockGroupStatsRequestProto()));
  totals.groups.low_redundancy = groups.low_redundancy();
  totals.groups.corrupt = groups.corrupt_blocks();
  totals.groups.missing = groups.missing_blocks();
  totals.groups.pending_deletion = groups.pending_deletion_blocks();
  if (groups.has_highest_prio_low_redundancy_blocks()) {
    totals.groups.highest_priority_low_redundancy = groups.highest_prio_low_redundancy_blocks();
  }
  return totals;
}

Result<std::vector<dfs::DatanodeInfo>> Namenode::Datanodes(dfs::DatanodeReportType type) {
  pb::GetDatanodeReportRequestProto request;
  request.set_type(wire::ToProto(type));
  MRD_ASSIGN_OR_RETURN(const auto response,
                       Ask<pb::GetDatanodeReportResponseProto>(remote_, kClient, "getDatanodeReport", request));
  return ToInfos(response.di());
}

Result<std::vector<dfs::DatanodeInfo>> Namenode::SlowDatanodes() {
  MRD_ASSIGN_OR_RETURN(const auto response,
                       Ask<pb::GetSlowDatanodeReportResponseProto>(remote_, kClient, "getSlowDatanodeReport",
                                                                   pb::GetSlowDatanodeReportRequestProto()));
  return ToInfos(response.datanodeinfoproto());
}

Result<std::vector<OpenFile>> Namenode::OpenFiles(const OpenFilesWanted& wanted) {
  std::vector<OpenFile> files;
  std::int64_t last = 0;
  for (;;) {
    pb::ListOpenFilesRequestProto request;
    request.set_id(last);
    request.add_types(wanted.blocking_decommission ? pb::BLOCKING_DECOMMISSION : pb::ALL_OPEN_FILES);
    request.set_path(wanted.below);
    MRD_ASSIGN_OR_RETURN(const auto page,
                         Ask<pb::ListOpenFilesResponseProto>(remote_, kClient, "listOpenFiles", request));
    for (const auto& entry : page.entries()) {
      files.push_back({entry.path(), entry.clientname(), entry.clientmachine()});
      last = entry.id();
    }
    if (!page.hasmore()) return files;
    if (page.entries().empty() || files.size() > kOpenFilesMax) {
      return Corruption("listOpenFiles of " + address().ToString() + ": the listing does not end");
    }
  }
}

Result<bool> Namenode::SafeMode(dfs::SafeModeAction action) {
  pb::SetSafeModeRequestProto request;
  request.set_action(wire::ToProto(action));
  MRD_ASSIGN_OR_RETURN(const auto response,
                       Ask<pb::SetSafeModeResponseProto>(remote_, kClient, "setSafeMode", request));
  return response.result();
}

Result<bool> Namenode::SaveNamespace(CheckpointBounds bounds) {
  pb::SaveNamespaceRequestProto request;
  request.set_timewindow(bounds.seconds);
  request.set_txgap(bounds.transactions);
  MRD_ASSIGN_OR_RETURN(const auto response,
                       Ask<pb::SaveNamespaceResponseProto>(remote_, kClient, "saveNamespace", request));
  return response.saved();
}

Result<std::uint64_t> Namenode::RollEdits() {
  MRD_ASSIGN_OR_RETURN(const auto response,
                       Ask<pb::RollEditsResponseProto>(remote_, kClient, "rollEdits", pb::RollEditsRequestProto()));
  return response.newsegmenttxid();
}

Result<bool> Namenode::RestoreFailedStorage(const std::string& choice) {
  pb::RestoreFailedStorageRequestProto request;
  request.set_arg(choice);
  MRD_ASSIGN_OR_RETURN(const auto response, Ask<pb::RestoreFailedStorageResponseProto>(
                                                remote_, kClient, "restoreFailedStorage", request));
  return response.result();
}

Status Namenode::RefreshNodes() {
  return Ask<pb::RefreshNodesResponseProto>(remote_, kClient, "refreshNodes", pb::RefreshNodesRequestProto()).status();
}

Status Namenode::MetaSave(const std::string& file) {
  pb::MetaSaveRequestProto request;
  request.set_filename(file);
  return Ask<pb::MetaSaveResponseProto>(remote_, kClient, "metaSave", request).status();
}

Status Namenode::SetQuota(const std::string& path, const QuotaChange& change) {
  pb::SetQuotaRequestProto request;
  request.set_path(path);
  request.set_namespacequota(static_cast<std::uint64_t>(change.names.value_or(dfs::kQuotaUnchanged)));
  request.set_storagespacequota(static_cast<std::uint64_t>(change.space.value_or(dfs::kQuotaUnchanged)));
  if (change.storage) request.set_storagetype(wire::ToProto(*change.storage));
  return Ask<pb::SetQuotaResponseProto>(remote_, kClient, "setQuota", request).status();
}

Status Namenode::SetBalancerBandwidth(std::int64_t bytes_per_second) {
  pb::SetBalancerBandwidthRequestProto request;
  request.set_bandwidth(bytes_per_second);
  return Ask<pb::SetBalancerBandwidthResponseProto>(remote_, kClient, "setBalancerBandwidth", request).status();
}

Status Namenode::FinalizeUpgrade() {
  return Ask<pb::FinalizeUpgradeResponseProto>(remote_, kClient, "finalizeUpgrade", pb::FinalizeUpgradeRequestProto())
      .status();
}

Result<bool> Namenode::UpgradeIsFinal() {
  MRD_ASSIGN_OR_RETURN(const auto response, Ask<pb::UpgradeStatusResponseProto>(remote_, kClient, "upgradeStatus",
                                                                                pb::UpgradeStatusRequestProto()));
  return response.upgradefinalized();
}

Result<bool> Namenode::RollingUpgrade(Upgrade action) {
  pb::RollingUpgradeRequestProto request;
  request.set_action(static_cast<pb::RollingUpgradeActionProto>(action));
  MRD_ASSIGN_OR_RETURN(const auto response,
                       Ask<pb::RollingUpgradeResponseProto>(remote_, kClient, "rollingUpgrade", request));
  return response.has_rollingupgradeinfo() && !response.rollingupgradeinfo().status().finalized();
}

Status Namenode::SetSnapshottable(const std::string& path, bool allowed) {
  if (allowed) {
    pb::AllowSnapshotRequestProto request;
    request.set_snapshotroot(path);
    return Ask<pb::AllowSnapshotResponseProto>(remote_, kClient, "allowSnapshot", request).status();
  }
  pb::DisallowSnapshotRequestProto request;
  request.set_snapshotroot(path);
  return Ask<pb::DisallowSnapshotResponseProto>(remote_, kClient, "disallowSnapshot", request).status();
}

Status Namenode::RefreshServiceAcl() {
  return Ask<common::RefreshServiceAclResponseProto>(remote_, kRefreshPolicy, "refreshServiceAcl",
                                                     common::RefreshServiceAclRequestProto())
      .status();
}

Status Namenode::RefreshUserToGroupsMappings() {
  return Ask<common::RefreshUserToGroupsMappingsResponseProto>(remote_, kRefreshUsers, "refreshUserToGroupsMappings",
                                                               common::RefreshUserToGroupsMappingsRequestProto())
      .status();
}

Status Namenode::RefreshSuperUserGroups() {
  return Ask<common::RefreshSuperUserGroupsConfigurationResponseProto>(
             remote_, kRefreshUsers, "refreshSuperUserGroupsConfiguration",
             common::RefreshSuperUserGroupsConfigurationRequestProto())
      .status();
}

Status Namenode::RefreshCallQueue() {
  return Ask<common::RefreshCallQueueResponseProto>(remote_, kRefreshQueue, "refreshCallQueue",
                                                    common::RefreshCallQueueRequestProto())
      .status();
}

Result<std::vector<std::string>> Namenode::GroupsOf(const std::string& user) {
  common::GetGroupsForUserRequestProto request;
  request.set_user(user);
  MRD_ASSIGN_OR_RETURN(const auto response, Ask<common::GetGroupsForUserResponseProto>(remote_, kGetUsers,
                                                                                       "getGroupsForUser", request));
  return std::vector<std::string>(response.groups().begin(), response.groups().end());
}

}  // namespace mrd::admin
