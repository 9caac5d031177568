#include <algorithm>

#include "dfs/errors.h"
#include "namenode/tree/namespace.h"
#include "namenode/tree/path.h"
#include "namenode/tree/quota.h"
#include "namenode/tree/resolved_path.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {
namespace {

// An implicitly made directory can be written by its owner, or the next component could not be made.
constexpr std::uint16_t kOwnerWriteExecute = 0300;
constexpr std::uint16_t kPermissionBits = 0777;

Status CheckValidName(std::string_view path) {
  if (IsValidName(path)) return {};
  return dfs::Exception(dfs::java::kInvalidPath, "Invalid file name: " + std::string(path));
}

Status CheckParentExists(const ResolvedPath& path) {
  if (path.depth() < 2 || path.parent() != nullptr) return {};
  return dfs::Exception(dfs::java::kFileNotFound, "Parent directory doesn't exist: " + path.ParentPath());
}

}  // namespace

Status Namespace::CheckMissing(const ResolvedPath& path) const {
  const std::size_t existing = path.ancestor_depth();
  const Directory& ancestor = *AsDirectory(path.node(existing));
  MRD_RETURN_IF_ERROR(CheckItems(ancestor, path.PathTo(existing)));
  // One by one, so that the message counts up to the first that does not fit.
  Usage added;
  for (std::size_t depth = existing + 1; depth <= path.depth(); ++depth) {
    MRD_RETURN_IF_ERROR(CheckNewName(path.PathTo(depth - 1), path.name(depth), depth == 1));
    ++added.directories;
    MRD_RETURN_IF_ERROR(CheckQuota(&ancestor, added));
  }
  return {};
}

Directory* Namespace::MakeDirectories(const Context& context,
                                      const ResolvedPath& path,
                                      std::size_t depth,
                                      const std::function<std::uint16_t(std::size_t depth)>& mode) {
  std::size_t at = path.ancestor_depth();
  auto* parent = AsDirectory(path.node(at));
  if (at >= depth) return parent;
  Directory* const ancestor = parent;
  while (++at <= depth) {
    Directory* made = tree_->NewDirectory(tree_->TakeInodeId(context.sink), path.name(at));
    made->mode = mode(at) & kModeBits;
    made->modified_ms = std::clamp(context.now_ms, -kTimeMax - 1, kTimeMax);
    tree_->SetOwnership(*made, context.caller.user, tree_->Group(*parent));
    tree_->Link(parent, made);
    tree_->Emit(*made, context.sink);
    parent = made;
  }
  Touch(*ancestor, context);
  return parent;
}

Result<bool> Namespace::Mkdirs(const Context& context,
                               std::string_view path,
                               std::uint16_t permission,
                               bool create_parent) {
  MRD_RETURN_IF_ERROR(CheckPathLength("mkdirs", path));
  MRD_RETURN_IF_ERROR(CheckValidName(path));
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, path, true, &resolved));
  if (const Inode* last = resolved.last()) {
    if (last->is_directory) return true;
    return dfs::Exception(dfs::java::kFileAlreadyExists, "Path is not a directory: " + resolved.Path());
  }
  MRD_RETURN_IF_ERROR(Guard(context.caller).Ancestor(resolved, Access::kWrite));
  if (!create_parent) MRD_RETURN_IF_ERROR(CheckParentExists(resolved));
  MRD_RETURN_IF_ERROR(CheckMissing(resolved));
  MakeDirectories(context, resolved, resolved.depth(), [&](std::size_t depth) -> std::uint16_t {
    if (depth == resolved.depth()) return permission;
    return static_cast<std::uint16_t>((permission & kPermissionBits) | kOwnerWriteExecute);
  });
  return true;
}

Status Namespace::ResolveCreate(const Caller& caller, const CreateRequest& request, ResolvedPath* resolved) const {
  MRD_RETURN_IF_ERROR(CheckPathLength("create", request.path));
  MRD_RETURN_IF_ERROR(CheckValidName(request.path));
  MRD_RETURN_IF_ERROR(CheckReplication(request.path, request.replication, request.client_machine));
  if (request.block_size < options_.block_size_min) {
    return dfs::Exception(dfs::java::kIo,
                          "Specified block size is less than configured minimum value "
                          "(dfs.namenode.fs-limits.min-block-size): " +
                              std::to_string(request.block_size) + " < " + std::to_string(options_.block_size_min));
  }
  if (request.block_size > static_cast<std::uint64_t>(INT64_MAX)) {
    return dfs::Exception(dfs::java::kIo, "Specified block size is negative or too large: " +
                                              std::to_string(static_cast<std::int64_t>(request.block_size)));
  }
  MRD_RETURN_IF_ERROR(ResolveFor(caller, request.path, true, resolved));
  const PathGuard guard = Guard(caller);
  const Inode* last = resolved->last();
  if (last != nullptr && last->is_directory) {
    return dfs::Exception(dfs::java::kFileAlreadyExists, resolved->Path() + " already exists as a directory");
  }
  if (last != nullptr && (request.flags & dfs::kCreateFlagOverwrite)) {
    MRD_RETURN_IF_ERROR(guard.Last(*resolved, Access::kWrite));
  }
  MRD_RETURN_IF_ERROR(guard.Ancestor(*resolved, Access::kWrite));
  if (last != nullptr) return {};
  if (!request.create_parent) MRD_RETURN_IF_ERROR(CheckParentExists(*resolved));
  if (!(request.flags & dfs::kCreateFlagCreate)) {
    return dfs::Exception(dfs::java::kFileNotFound, "Can't overwrite non-existent " + resolved->Path() +
                                                        " for client " + request.client_machine);
  }
  return CheckMissing(*resolved);
}

Result<FileRef> Namespace::CheckCreate(const Caller& caller, const CreateRequest& request) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveCreate(caller, request, &resolved));
  const File* existing = AsFile(resolved.last());
  return existing ? Ref(existing) : FileRef();
}

Result<CreateResult> Namespace::CreateFile(const Context& context, const CreateRequest& request) {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveCreate(context.caller, request, &resolved));
  CreateResult result;
  if (File* existing = AsFile(resolved.last())) {
    if (!(request.flags & dfs::kCreateFlagOverwrite)) {
      return dfs::Exception(dfs::java::kFileAlreadyExists, resolved.Path() + " for client " + request.client_machine +
                                                               " already exists");
    }
    tree_->Unlink(existing);
    ReleaseFile(*existing, &result.replaced, context.sink);
  }
  // Directories on the way are like the one in which they are made.
  const auto inherited = static_cast<std::uint16_t>(
      (resolved.node(resolved.ancestor_depth())->mode & kPermissionBits) | kOwnerWriteExecute);
  Directory* parent =
      MakeDirectories(context, resolved, resolved.depth() - 1, [&](std::size_t) { return inherited; });

  File* file = tree_->NewFile(tree_->TakeInodeId(context.sink), resolved.last_name());
  file->mode = request.permission & kModeBits;
  file->modified_ms = file->accessed_ms = std::clamp(context.now_ms, -kTimeMax - 1, kTimeMax);
  file->replication = request.replication;
  tree_->SetBlockSize(*file, request.block_size);
  tree_->SetOwnership(*file, context.caller.user, tree_->Group(*parent));
  tree_->SetWriter(*file, request.client_name, request.client_machine);
  tree_->Link(parent, file);
  tree_->Emit(*file, context.sink);
  Touch(*parent, context);
  result.file = Ref(file);
  return result;
}

Status Namespace::CreateSymlink() const {
  return dfs::Exception(dfs::java::kUnsupportedOperation, "Symlinks not supported");
}

}  // namespace mrd::namenode
