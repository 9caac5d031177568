#include "common/base/check.h"
#include "dfs/errors.h"
#include "namenode/tree/namespace.h"
#include "namenode/tree/resolved_path.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {

void Namespace::ReleaseFile(File& file, Removed* removed, MutationSink& sink) {
  removed->files.push_back(file.inode_id());
  if (file.is_open) removed->open_files.push_back(file.inode_id());
  for (std::size_t i = 0; i < BlockCount(file); ++i) removed->blocks.push_back(BlockAt(file, i));
  Tree::EmitErase(file, sink);
  tree_->Free(&file);
}

void Namespace::Collect(Inode* unlinked, std::size_t max, Removed* removed, MutationSink& sink) {
  if (File* file = AsFile(unlinked)) return ReleaseFile(*file, removed, sink);
  // Leaves first: whatever a crash leaves behind still hangs below the top.
  Directory* at = AsDirectory(unlinked);
  for (std::size_t i = 0; i < max; ++i) {
    while (!at->children.empty() && at->children.Last()->is_directory) at = AsDirectory(at->children.Last());
    if (!at->children.empty()) {
      File* file = AsFile(at->children.Last());
      tree_->Unlink(file);
      ReleaseFile(*file, removed, sink);
      continue;
    }
    Directory* parent = at->parent;
    if (at != unlinked) tree_->Unlink(at);
    Tree::EmitErase(*at, sink);
    const bool done = at == unlinked;
    tree_->Free(at);
    if (done) return;
    at = parent;
  }
}

Result<DeleteResult> Namespace::Delete(const Context& context, std::string_view path, bool recursive) {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, path, false, &resolved));
  const PathGuard guard = Guard(context.caller);
  MRD_RETURN_IF_ERROR(guard.Parent(resolved, Access::kWrite));
  MRD_RETURN_IF_ERROR(guard.DeleteSubtree(resolved));
  Inode* inode = resolved.last();
  Directory* directory = AsDirectory(inode);
  if (directory != nullptr && !directory->children.empty() && !recursive) {
    return dfs::Exception(dfs::java::kPathIsNotEmptyDirectory,
                          "`" + resolved.Path() + " is non empty': Directory is not empty");
  }
  DeleteResult result;
  if (inode == nullptr || resolved.is_root()) return result;
  Directory& parent = *AsDirectory(resolved.parent());
  const std::size_t inodes = 1 + (directory ? directory->below.inodes() : 0);
  tree_->Unlink(inode);
  if (inodes <= options_.delete_at_once_max) {
    Collect(inode, inodes, &result.removed, context.sink);
  } else {
    tree_->Emit(*inode, context.sink);  // has no parent any more: that is how it is told apart after a restart
    tree_->AddDetached(directory);
    result.detached = true;
  }
  Touch(parent, context);
  result.deleted = true;
  return result;
}

bool Namespace::HasDetached() const { return !tree_->detached().empty(); }

Removed Namespace::CollectDetached(std::size_t max, MutationSink& sink) {
  Removed removed;
  std::vector<Directory*>& detached = tree_->detached();
  while (max > 0 && !detached.empty()) {
    Directory* top = detached.back();
    const std::size_t inodes = top->WithSelf().inodes();
    Collect(top, max, &removed, sink);
    if (inodes > max) break;
    max -= inodes;
    detached.pop_back();
  }
  return removed;
}

}  // namespace mrd::namenode
