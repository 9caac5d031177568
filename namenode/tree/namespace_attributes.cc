#include <algorithm>

#include "common/base/check.h"
#include "dfs/errors.h"
#include "namenode/tree/namespace.h"
#include "namenode/tree/quota.h"
#include "namenode/tree/resolved_path.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {
namespace {

Status NotFound(std::string message) { return dfs::Exception(dfs::java::kFileNotFound, std::move(message)); }
Status Denied(std::string message) { return dfs::Exception(dfs::java::kAccessControl, std::move(message)); }

std::int64_t ClampTime(std::int64_t ms) { return std::clamp(ms, -kTimeMax - 1, kTimeMax); }

constexpr std::int64_t kTimeUnchanged = -1;

}  // namespace

Status Namespace::SetPermission(const Context& context, std::string_view path, std::uint16_t permission) {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, path, false, &resolved));
  MRD_RETURN_IF_ERROR(Guard(context.caller).Owner(resolved));
  Inode* inode = resolved.last();
  if (inode == nullptr) return NotFound("File does not exist: " + resolved.Path());
  inode->mode = permission & kModeBits;
  tree_->Emit(*inode, context.sink);
  return {};
}

Status Namespace::SetOwner(const Context& context,
                           std::string_view path,
                           std::string_view owner,
                           std::string_view group) {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, path, false, &resolved));
  const PathGuard guard = Guard(context.caller);
  MRD_RETURN_IF_ERROR(guard.Owner(resolved));
  Inode* inode = resolved.last();
  if (inode == nullptr) return NotFound("File does not exist: " + resolved.Path());
  if (!guard.bypass()) {
    if (!owner.empty() && owner != context.caller.user) {
      return Denied("User " + context.caller.user + " is not a super user (non-super user cannot change owner).");
    }
    if (!group.empty() && !context.caller.IsMemberOf(group)) {
      return Denied("User " + context.caller.user + " does not belong to " + std::string(group));
    }
  }
  const std::string new_owner(owner.empty() ? tree_->Owner(*inode) : owner);
  const std::string new_group(group.empty() ? tree_->Group(*inode) : group);
  tree_->SetOwnership(*inode, new_owner, new_group);
  tree_->Emit(*inode, context.sink);
  return {};
}

Status Namespace::SetTimes(const Context& context,
                           std::string_view path,
                           std::int64_t modified_ms,
                           std::int64_t accessed_ms) {
  if (options_.access_time_precision_ms == 0 && accessed_ms != kTimeUnchanged) {
    return dfs::Exception(dfs::java::kIo,
                          "Access time for hdfs is not configured.  Please set dfs.namenode.accesstime.precision "
                          "configuration parameter.");
  }
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, path, false, &resolved));
  MRD_RETURN_IF_ERROR(Guard(context.caller).Last(resolved, Access::kWrite));
  Inode* inode = resolved.last();
  if (inode == nullptr) return NotFound("File/Directory " + resolved.Path() + " does not exist.");
  if (modified_ms == kTimeUnchanged && accessed_ms == kTimeUnchanged) return {};
  if (modified_ms != kTimeUnchanged) inode->modified_ms = ClampTime(modified_ms);
  if (accessed_ms != kTimeUnchanged) inode->accessed_ms = ClampTime(accessed_ms);
  tree_->Emit(*inode, context.sink);
  return {};
}

Result<FileRef> Namespace::SetReplication(const Context& context, std::string_view path, std::uint32_t replication) {
  MRD_RETURN_IF_ERROR(CheckReplication(path, replication, ""));
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, path, false, &resolved));
  MRD_RETURN_IF_ERROR(Guard(context.caller).Last(resolved, Access::kWrite));
  File* file = AsFile(resolved.last());
  if (file == nullptr) return FileRef();
  const std::uint64_t charged =
      Tree::UsageOfFile(*file, tree_->BlockSize(*file)).space / std::max<std::uint64_t>(file->replication, 1);
  Usage delta;
  if (replication > file->replication) delta.space = Charge(charged, replication - file->replication);
  MRD_RETURN_IF_ERROR(CheckQuota(file->parent, delta));
  {
    ContentChange change(*tree_, *file);
    file->replication = replication;
  }
  tree_->Emit(*file, context.sink);
  return Ref(file);
}

Status Namespace::SetQuota(const Context& context, std::string_view path, std::int64_t names, std::int64_t space) {
  const PathGuard guard = Guard(context.caller);
  if (!guard.bypass()) {
    return Denied("Access denied for user " + context.caller.user + ". Superuser privilege is required");
  }
  if (names < dfs::kQuotaUnset || space < dfs::kQuotaUnset) {
    return dfs::Exception(dfs::java::kIllegalArgument, "Illegal value for nsQuota or ssQuota : " + std::to_string(names) +
                                                           " and " + std::to_string(space));
  }
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, path, false, &resolved));
  if (resolved.last() == nullptr) return NotFound("Directory does not exist: " + resolved.Path());
  Directory* directory = AsDirectory(resolved.last());
  if (directory == nullptr) {
    return dfs::Exception(dfs::java::kPathIsNotDirectory, "`" + resolved.Path() + "': Is not a directory");
  }
  if (resolved.is_root() && names == dfs::kQuotaUnset) {
    return dfs::Exception(dfs::java::kIllegalArgument, "Cannot clear namespace quota on root.");
  }
  Quota quota = directory->quota ? *directory->quota : Quota{};
  const Quota before = quota;
  if (names != dfs::kQuotaUnchanged) quota.names = names;
  if (space != dfs::kQuotaUnchanged) quota.space = space;
  if (quota == before) return {};
  delete directory->quota;
  directory->quota = quota.set() ? new Quota(quota) : nullptr;
  tree_->Emit(*directory, context.sink);
  return {};
}

bool Namespace::TouchAccessTime(FileRef file, std::int64_t now_ms, MutationSink& sink) {
  File& inode = Mutable(file);
  if (options_.access_time_precision_ms == 0) return false;
  if (now_ms <= inode.accessed_ms + options_.access_time_precision_ms) return false;
  inode.accessed_ms = ClampTime(now_ms);
  tree_->Emit(inode, sink);
  return true;
}

}  // namespace mrd::namenode
