#include "dfs/errors.h"
#include "namenode/tree/namespace.h"
#include "namenode/tree/path.h"
#include "namenode/tree/quota.h"
#include "namenode/tree/resolved_path.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {
namespace {

Status Io(std::string message) { return dfs::Exception(dfs::java::kIo, std::move(message)); }

bool IsBelow(const std::string& path, const std::string& ancestor) {
  return path.size() > ancestor.size() && path.starts_with(ancestor) &&
         (path[ancestor.size()] == '/' || ancestor == "/");
}

// What may not be renamed at all. The classic rename turns both into "false".
Status CheckSource(const ResolvedPath& from) {
  if (from.last() == nullptr) {
    return dfs::Exception(dfs::java::kFileNotFound, "rename source " + from.Path() + " is not found.");
  }
  if (from.is_root()) return Io("rename source cannot be the root");
  return {};
}

Status CheckNotBelow(const ResolvedPath& from, const ResolvedPath& to) {
  if (!IsBelow(to.Path(), from.Path())) return {};
  return Io("Rename destination " + to.Path() + " is a directory or file under source " + from.Path());
}

Status CheckOverwrite(const ResolvedPath& from, const ResolvedPath& to, bool overwrite) {
  const Inode* target = to.last();
  if (target == nullptr) return {};
  if (!overwrite) {
    return dfs::Exception(dfs::java::kFileAlreadyExists, "rename destination " + to.Path() + " already exists");
  }
  if (target->is_directory != from.last()->is_directory) {
    return Io("Source " + from.Path() + " and destination " + to.Path() + " must both be directories");
  }
  const Directory* directory = AsDirectory(target);
  if (directory != nullptr && !directory->children.empty()) {
    return Io("rename destination directory is not empty: " + to.Path());
  }
  return {};
}

Usage UsageOf(const Tree& tree, const Inode& inode) {
  const File* file = AsFile(&inode);
  return file ? Tree::UsageOfFile(*file, tree.BlockSize(*file)) : AsDirectory(&inode)->WithSelf();
}

}  // namespace

Status Namespace::CheckMove(const ResolvedPath& from, const ResolvedPath& to) const {
  const Directory& target = *AsDirectory(to.parent());
  const std::string target_path = to.ParentPath();
  MRD_RETURN_IF_ERROR(CheckNewName(target_path, to.last_name(), to.depth() == 1));
  if (from.parent() != to.parent() && to.last() == nullptr) MRD_RETURN_IF_ERROR(CheckItems(target, target_path));
  // Directories above both keep what they have.
  std::size_t common = 0;
  while (from.node(common + 1) != nullptr && from.node(common + 1) == to.node(common + 1)) ++common;
  Usage delta = UsageOf(*tree_, *from.last());
  if (to.last() != nullptr) delta -= UsageOf(*tree_, *to.last());
  return CheckQuota(&target, delta, AsDirectory(from.node(common)));
}

void Namespace::MoveInode(const Context& context, const ResolvedPath& from, const ResolvedPath& to, Removed* replaced) {
  Directory& source = *AsDirectory(from.parent());
  Directory& target = *AsDirectory(to.parent());
  Inode* inode = from.last();
  if (Inode* old = to.last()) {
    tree_->Unlink(old);
    Collect(old, 1, replaced, context.sink);  // a file or an empty directory
  }
  tree_->Unlink(inode);
  inode = tree_->Rename(inode, to.last_name());
  tree_->Link(&target, inode);
  tree_->Emit(*inode, context.sink);
  Touch(source, context);
  if (&source != &target) Touch(target, context);
}

Result<RenameResult> Namespace::Rename(const Context& context, std::string_view source, std::string_view destination) {
  MRD_RETURN_IF_ERROR(CheckPathLength("rename", destination));
  if (!IsValidName(destination)) return Io("Invalid name: " + std::string(destination));
  ResolvedPath from;
  ResolvedPath to;
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, source, false, &from));
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, destination, true, &to));
  const PathGuard guard = Guard(context.caller);
  if (AsDirectory(to.last()) != nullptr && !from.is_root()) {
    to.Append(from.last_name());  // into the directory, under the source's name
    MRD_RETURN_IF_ERROR(guard.Traverse(to, true));
  }
  MRD_RETURN_IF_ERROR(guard.Parent(from, Access::kWrite));
  MRD_RETURN_IF_ERROR(guard.Ancestor(to, Access::kWrite));

  RenameResult result;
  if (!CheckSource(from).ok()) return result;
  if (from.Path() == to.Path()) {
    result.renamed = true;
    return result;
  }
  if (!CheckNotBelow(from, to).ok() || to.last() != nullptr || to.parent() == nullptr) return result;
  MRD_RETURN_IF_ERROR(CheckMove(from, to));
  MoveInode(context, from, to, &result.replaced);
  result.renamed = true;
  return result;
}

Result<RenameResult> Namespace::Rename2(const Context& context,
                                        std::string_view source,
                                        std::string_view destination,
                                        bool overwrite) {
  MRD_RETURN_IF_ERROR(CheckPathLength("rename", destination));
  if (!IsValidName(destination)) {
    return dfs::Exception(dfs::java::kInvalidPath, "Invalid name: " + std::string(destination));
  }
  ResolvedPath from;
  ResolvedPath to;
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, source, false, &from));
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, destination, true, &to));
  const PathGuard guard = Guard(context.caller);
  MRD_RETURN_IF_ERROR(guard.Parent(from, Access::kWrite));
  MRD_RETURN_IF_ERROR(guard.Ancestor(to, Access::kWrite));

  MRD_RETURN_IF_ERROR(CheckSource(from));
  if (from.Path() == to.Path()) {
    return dfs::Exception(dfs::java::kFileAlreadyExists,
                          "The source " + from.Path() + " and destination " + to.Path() + " are the same");
  }
  MRD_RETURN_IF_ERROR(CheckNotBelow(from, to));
  if (to.is_root()) return Io("rename destination cannot be the root");
  MRD_RETURN_IF_ERROR(CheckOverwrite(from, to, overwrite));
  if (to.parent() == nullptr) {
    return dfs::Exception(dfs::java::kFileNotFound, "rename destination parent " + to.Path() + " not found.");
  }
  MRD_RETURN_IF_ERROR(CheckMove(from, to));
  RenameResult result;
  MoveInode(context, from, to, &result.replaced);
  result.renamed = true;
  return result;
}

}  // namespace mrd::namenode
