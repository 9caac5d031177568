// Protocols of few methods that look at the namenode's state (hdfs-protocol §1.7).

#include <string>

#include "dfs/errors.h"
#include "dfs/wire/namespace_convert.h"
#include "namenode/service/client_protocol.h"
#include "proto/hdfs/NamenodeProtocol.pb.h"
#include "proto/ipc/HAServiceProtocol.pb.h"
#include "proto/ipc/Refresh.pb.h"
#include "proto/ipc/UserMappings.pb.h"

namespace mrd::namenode {

using namespace hadoop::common;  // NOLINT: the messages of this file
namespace wire = dfs::wire;

namespace {

// What versionRequest answers: a release of Hadoop that clients know, and the layout it has.
constexpr wire::SoftwareVersion kAsHadoop = {"3.4.1", -67};

}  // namespace

void ClientProtocol::AddSmallProtocols() {
  Methods& namenode = protocols_["org.apache.hadoop.hdfs.server.protocol.NamenodeProtocol"];
  namenode.Add<hadoop::hdfs::VersionRequestProto, hadoop::hdfs::VersionResponseProto>(
      "versionRequest", MethodKind::kRead, [this](const CallContext&, const auto&, auto* response) {
        wire::ToProto(core_.state().info, kAsHadoop, response->mutable_info());
        return Status::Ok();
      });

  Methods& ha = protocols_["org.apache.hadoop.ha.HAServiceProtocol"];
  ha.Add<GetServiceStatusRequestProto, GetServiceStatusResponseProto>(
      "getServiceStatus", MethodKind::kRead, [](const CallContext&, const auto&, auto* response) {
        response->set_state(ACTIVE);
        response->set_readytobecomeactive(true);
        return Status::Ok();
      });
  ha.Add<MonitorHealthRequestProto, MonitorHealthResponseProto>(
      "monitorHealth", MethodKind::kRead, [](const CallContext&, const auto&, auto*) { return Status::Ok(); });
  ha.Add<TransitionToActiveRequestProto, TransitionToActiveResponseProto>(
      "transitionToActive", MethodKind::kRead,
      [this](const CallContext& call, const auto&, auto*) { return core_.state().RequireSuperuser(call); });
  ha.Add<TransitionToStandbyRequestProto, TransitionToStandbyResponseProto>(
      "transitionToStandby", MethodKind::kRead, [](const CallContext&, const auto&, auto*) {
        return dfs::Exception(dfs::java::kUnsupportedOperation,
                              "transitionToStandby: this namenode runs alone and stays active");
      });

  Methods& users = protocols_["org.apache.hadoop.security.RefreshUserMappingsProtocol"];
  users.Add<RefreshUserToGroupsMappingsRequestProto, RefreshUserToGroupsMappingsResponseProto>(
      "refreshUserToGroupsMappings", MethodKind::kRead, [this](const CallContext& call, const auto&, auto*) -> Status {
        MRD_RETURN_IF_ERROR(core_.state().RequireSuperuser(call));
        groups_.Refresh();
        return Status::Ok();
      });
  users.Add<RefreshSuperUserGroupsConfigurationRequestProto, RefreshSuperUserGroupsConfigurationResponseProto>(
      "refreshSuperUserGroupsConfiguration", MethodKind::kRead,
      [this](const CallContext& call, const auto&, auto*) { return core_.state().RequireSuperuser(call); });

  Methods& groups = protocols_["org.apache.hadoop.tools.GetUserMappingsProtocol"];
  groups.Add<GetGroupsForUserRequestProto, GetGroupsForUserResponseProto>(
      "getGroupsForUser", MethodKind::kRead, [this](const CallContext& call, const auto& request, auto* response) {
        for (const std::string& group : groups_.Of(request.user(), call.mono_ms)) response->add_groups(group);
        return Status::Ok();
      });

  Methods& policy = protocols_["org.apache.hadoop.security.authorize.RefreshAuthorizationPolicyProtocol"];
  policy.Add<RefreshServiceAclRequestProto, RefreshServiceAclResponseProto>(
      "refreshServiceAcl", MethodKind::kRead,
      [this](const CallContext& call, const auto&, auto*) { return core_.state().RequireSuperuser(call); });
  Methods& queue = protocols_["org.apache.hadoop.ipc.RefreshCallQueueProtocol"];
  queue.Add<RefreshCallQueueRequestProto, RefreshCallQueueResponseProto>(
      "refreshCallQueue", MethodKind::kRead,
      [this](const CallContext& call, const auto&, auto*) { return core_.state().RequireSuperuser(call); });
}

}  // namespace mrd::namenode
