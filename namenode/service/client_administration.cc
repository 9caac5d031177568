// ClientProtocol: administrators' calls, and the names of what is not supported.

#include <string>

#include "dfs/errors.h"
#include "dfs/wire/status_convert.h"
#include "namenode/service/client_protocol.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"

namespace mrd::namenode {

using namespace hadoop::hdfs;  // NOLINT: one protocol's messages fill this file
namespace wire = dfs::wire;

namespace {

// Known to clients, not to this namenode. Answered by name, so that a user sees what is missing.
constexpr const char* kUnsupported[] = {
    "modifyAclEntries", "removeAclEntries", "removeDefaultAcl", "removeAcl", "setAcl", "getAclStatus", "setXAttr",
    "getXAttrs", "listXAttrs", "removeXAttr", "allowSnapshot", "disallowSnapshot", "createSnapshot", "deleteSnapshot",
    "renameSnapshot", "getSnapshottableDirListing", "getSnapshotListing", "getSnapshotDiffReport",
    "getSnapshotDiffReportListing", "getStoragePolicies", "getStoragePolicy", "setStoragePolicy", "unsetStoragePolicy",
    "satisfyStoragePolicy", "getBatchedListing", "getEditsFromTxid", "createEncryptionZone", "reencryptEncryptionZone",
    "listReencryptionStatus", "setErasureCodingPolicy", "unsetErasureCodingPolicy", "addErasureCodingPolicies",
    "removeErasureCodingPolicy", "enableErasureCodingPolicy", "disableErasureCodingPolicy",
    "getECTopologyResultForPolicies", "addCacheDirective", "modifyCacheDirective", "removeCacheDirective",
    "listCacheDirectives", "addCachePool", "modifyCachePool", "removeCachePool", "listCachePools",
    "renewDelegationToken", "cancelDelegationToken",
};

}  // namespace

void ClientProtocol::AddAdministration() {
  Methods& table = *methods_;
  table.Add<SetSafeModeRequestProto, SetSafeModeResponseProto>(
      "setSafeMode", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        SafeMode& safe_mode = core_.state().blocks.safe_mode();
        const dfs::SafeModeAction action = wire::FromProto(request.action());
        if (action != dfs::SafeModeAction::kGet) {
          MRD_RETURN_IF_ERROR(core_.state().RequireSuperuser(call));
          if (action == dfs::SafeModeAction::kEnter) {
            safe_mode.Enter();
          } else {
            safe_mode.Leave();
          }
        }
        response->set_result(safe_mode.on());
        return Status::Ok();
      });
  table.Add<RefreshNodesRequestProto, RefreshNodesResponseProto>(
      "refreshNodes", MethodKind::kRead, [this](const CallContext& call, const auto&, auto*) -> Status {
        MRD_RETURN_IF_ERROR(core_.state().RequireSuperuser(call));
        return hooks_.refresh_nodes();
      });
  table.Add<SaveNamespaceRequestProto, SaveNamespaceResponseProto>(
      "saveNamespace", MethodKind::kRead, [this](const CallContext& call, const auto&, auto* response) -> Status {
        MRD_RETURN_IF_ERROR(core_.state().RequireSuperuser(call));
        if (!core_.state().blocks.safe_mode().on()) {
          return dfs::Exception(dfs::java::kIo, "Safe mode should be turned ON in order to create namespace image.");
        }
        MRD_RETURN_IF_ERROR(hooks_.save_namespace());
        response->set_saved(true);
        return Status::Ok();
      });
  table.Add<RollEditsRequestProto, RollEditsResponseProto>(
      "rollEdits", MethodKind::kRead, [this](const CallContext& call, const auto&, auto* response) -> Status {
        MRD_RETURN_IF_ERROR(core_.state().RequireSuperuser(call));
        hooks_.roll_edits();
        response->set_newsegmenttxid(edits_.last().value + 1);
        return Status::Ok();
      });
  table.Add<RestoreFailedStorageRequestProto, RestoreFailedStorageResponseProto>(
      "restoreFailedStorage", MethodKind::kRead, [this](const CallContext& call, const auto&, auto* response) -> Status {
        MRD_RETURN_IF_ERROR(core_.state().RequireSuperuser(call));
        // A directory that works again is always taken back with the next segment.
        response->set_result(true);
        return Status::Ok();
      });
  table.Add<FinalizeUpgradeRequestProto, FinalizeUpgradeResponseProto>(
      "finalizeUpgrade", MethodKind::kRead,
      [this](const CallContext& call, const auto&, auto*) { return core_.state().RequireSuperuser(call); });
  table.Add<UpgradeStatusRequestProto, UpgradeStatusResponseProto>(
      "upgradeStatus", MethodKind::kRead, [](const CallContext&, const auto&, auto* response) {
        response->set_upgradefinalized(true);
        return Status::Ok();
      });
  table.Add<RollingUpgradeRequestProto, RollingUpgradeResponseProto>(
      "rollingUpgrade", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto*) -> Status {
        MRD_RETURN_IF_ERROR(core_.state().RequireSuperuser(call));
        if (request.action() == RollingUpgradeActionProto::QUERY) return Status::Ok();  // none is in progress
        return dfs::Exception(dfs::java::kUnsupportedOperation, "rollingUpgrade is not supported by this namenode");
      });
  table.Add<MetaSaveRequestProto, MetaSaveResponseProto>(
      "metaSave", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto*) -> Status {
        MRD_RETURN_IF_ERROR(core_.state().RequireSuperuser(call));
        return hooks_.meta_save(request.filename());
      });
  table.Add<SetBalancerBandwidthRequestProto, SetBalancerBandwidthResponseProto>(
      "setBalancerBandwidth", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto*) -> Status {
        MRD_RETURN_IF_ERROR(core_.state().RequireSuperuser(call));
        if (request.bandwidth() < 0) {
          return dfs::Exception(dfs::java::kIllegalArgument, "Bandwidth must not be negative");
        }
        Blocks& blocks = core_.state().blocks;
        for (const NodeIndex node : blocks.nodes().live()) {
          blocks.Enqueue(node, SetBandwidthCommand{static_cast<std::uint64_t>(request.bandwidth())});
        }
        return Status::Ok();
      });
}

void ClientProtocol::AddUnsupported() {
  for (const char* name : kUnsupported) {
    // The request is not even looked at: any message decodes as one without fields.
    methods_->Add<MsyncRequestProto, MsyncResponseProto>(name, MethodKind::kRead,
                                                         [name](const CallContext&, const auto&, auto*) {
                                                           return dfs::Exception(dfs::java::kUnsupportedOperation,
                                                                                 std::string(name) +
                                                                                     " is not supported by this namenode");
                                                         });
  }
}

}  // namespace mrd::namenode
