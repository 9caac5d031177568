#include "namenode/core/naming.h"

#include <utility>

namespace mrd::namenode {

Result<bool> Naming::Mkdirs(const CallContext& call, const std::string& path, std::uint16_t permission,
                            bool create_parent) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("create directory " + path));
  return state_.tree.Mkdirs(state_.Change(call), path, permission, create_parent);
}

Result<bool> Naming::Delete(const CallContext& call, const std::string& path, bool recursive) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("delete " + path));
  MRD_ASSIGN_OR_RETURN(const DeleteResult result, state_.tree.Delete(state_.Change(call), path, recursive));
  state_.Forget(result.removed);
  return result.deleted;
}

Result<bool> Naming::Rename(const CallContext& call, const std::string& from, const std::string& to) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("rename " + from));
  MRD_ASSIGN_OR_RETURN(const RenameResult result, state_.tree.Rename(state_.Change(call), from, to));
  return result.renamed;
}

Status Naming::Rename2(const CallContext& call, const std::string& from, const std::string& to, bool overwrite) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("rename " + from));
  MRD_ASSIGN_OR_RETURN(const RenameResult result, state_.tree.Rename2(state_.Change(call), from, to, overwrite));
  state_.Forget(result.replaced);
  return Status::Ok();
}

Status Naming::Concat(const CallContext& call, const std::string& target, const std::vector<std::string>& sources) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("concat " + target));
  MRD_RETURN_IF_ERROR(state_.tree.Concat(state_.Change(call), target, sources).status());
  const FileRef file = state_.tree.FindFile(target);
  for (const dfs::Block& block : file.blocks()) {
    state_.blocks.SetFile(block.id, file.id());
    state_.blocks.SetReplication(block.id, file.replication());
  }
  return Status::Ok();
}

Result<bool> Naming::SetReplication(const CallContext& call, const std::string& path, std::uint32_t replication) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("set replication for " + path));
  MRD_ASSIGN_OR_RETURN(const FileRef file, state_.tree.SetReplication(state_.Change(call), path, replication));
  if (!file) return false;
  for (const dfs::Block& block : file.blocks()) state_.blocks.SetReplication(block.id, replication);
  return true;
}

Status Naming::SetPermission(const CallContext& call, const std::string& path, std::uint16_t permission) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("set permission for " + path));
  return state_.tree.SetPermission(state_.Change(call), path, permission);
}

Status Naming::SetOwner(const CallContext& call, const std::string& path, const std::string& owner,
                        const std::string& group) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("set owner for " + path));
  return state_.tree.SetOwner(state_.Change(call), path, owner, group);
}

Status Naming::SetTimes(const CallContext& call, const std::string& path, std::int64_t modified_ms,
                        std::int64_t accessed_ms) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("set times " + path));
  return state_.tree.SetTimes(state_.Change(call), path, modified_ms, accessed_ms);
}

Status Naming::SetQuota(const CallContext& call, const std::string& path, std::int64_t names, std::int64_t space) {
  MRD_RETURN_IF_ERROR(state_.RequireSuperuser(call));
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("set quota on " + path));
  return state_.tree.SetQuota(state_.Change(call), path, names, space);
}

bool Naming::CollectDetached(std::size_t max) {
  if (!state_.tree.HasDetached()) return false;
  state_.Forget(state_.tree.CollectDetached(max, state_.sink));
  return state_.tree.HasDetached();
}

}  // namespace mrd::namenode
