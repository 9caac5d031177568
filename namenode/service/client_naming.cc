// ClientProtocol: changes of names and attributes.

#include <string>
#include <vector>

#include "dfs/errors.h"
#include "dfs/wire/status_convert.h"
#include "namenode/service/client_protocol.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"

namespace mrd::namenode {

using namespace hadoop::hdfs;  // NOLINT: one protocol's messages fill this file
namespace wire = dfs::wire;

void ClientProtocol::AddNaming() {
  Methods& table = *methods_;
  table.Add<MkdirsRequestProto, MkdirsResponseProto>(
      "mkdirs", MethodKind::kIdempotent, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const bool made, core_.naming().Mkdirs(call, request.src(), wire::FromProto(request.masked()),
                                                                    request.createparent()));
        response->set_result(made);
        return Status::Ok();
      });
  table.Add<RenameRequestProto, RenameResponseProto>(
      "rename", MethodKind::kAtMostOnce, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const bool renamed, core_.naming().Rename(call, request.src(), request.dst()));
        response->set_result(renamed);
        return Status::Ok();
      });
  table.Add<Rename2RequestProto, Rename2ResponseProto>(
      "rename2", MethodKind::kAtMostOnce, [this](const CallContext& call, const auto& request, auto*) {
        return core_.naming().Rename2(call, request.src(), request.dst(), request.overwritedest());
      });
  table.Add<DeleteRequestProto, DeleteResponseProto>(
      "delete", MethodKind::kAtMostOnce, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const bool deleted, core_.naming().Delete(call, request.src(), request.recursive()));
        response->set_result(deleted);
        return Status::Ok();
      });
  table.Add<ConcatRequestProto, ConcatResponseProto>(
      "concat", MethodKind::kAtMostOnce, [this](const CallContext& call, const auto& request, auto*) {
        const std::vector<std::string> sources(request.srcs().begin(), request.srcs().end());
        return core_.naming().Concat(call, request.trg(), sources);
      });
  table.Add<SetReplicationRequestProto, SetReplicationResponseProto>(
      "setReplication", MethodKind::kIdempotent, [this](const CallContext& call, const auto& request, auto* response) -> Status {
        MRD_ASSIGN_OR_RETURN(const bool set, core_.naming().SetReplication(call, request.src(), request.replication()));
        response->set_result(set);
        return Status::Ok();
      });
  table.Add<SetPermissionRequestProto, SetPermissionResponseProto>(
      "setPermission", MethodKind::kIdempotent, [this](const CallContext& call, const auto& request, auto*) {
        return core_.naming().SetPermission(call, request.src(), wire::FromProto(request.permission()));
      });
  table.Add<SetOwnerRequestProto, SetOwnerResponseProto>(
      "setOwner", MethodKind::kIdempotent, [this](const CallContext& call, const auto& request, auto*) {
        return core_.naming().SetOwner(call, request.src(), request.username(), request.groupname());
      });
  table.Add<SetTimesRequestProto, SetTimesResponseProto>(
      "setTimes", MethodKind::kIdempotent, [this](const CallContext& call, const auto& request, auto*) {
        return core_.naming().SetTimes(call, request.src(), static_cast<std::int64_t>(request.mtime()),
                                       static_cast<std::int64_t>(request.atime()));
      });
  table.Add<SetQuotaRequestProto, SetQuotaResponseProto>(
      "setQuota", MethodKind::kIdempotent, [this](const CallContext& call, const auto& request, auto*) -> Status {
        if (request.has_storagetype()) {
          return dfs::Exception(dfs::java::kUnsupportedOperation,
                                "setQuota: quotas by storage type are not supported; set a space quota for all types");
        }
        return core_.naming().SetQuota(call, request.path(), static_cast<std::int64_t>(request.namespacequota()),
                                       static_cast<std::int64_t>(request.storagespacequota()));
      });
  table.Add<CreateSymlinkRequestProto, CreateSymlinkResponseProto>(
      "createSymlink", MethodKind::kIdempotent,
      [this](const CallContext&, const auto&, auto*) { return core_.state().tree.CreateSymlink(); });
}

}  // namespace mrd::namenode
