#include <algorithm>

#include "dfs/errors.h"
#include "namenode/tree/namespace.h"
#include "namenode/tree/path.h"
#include "namenode/tree/quota.h"
#include "namenode/tree/resolved_path.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {
namespace {

Status Refused(std::string message) {
  return dfs::Exception(dfs::java::kHadoopIllegalArgument, std::move(message));
}

Status CheckArguments(std::string_view target, const std::vector<std::string>& sources) {
  if (target.empty()) return dfs::Exception(dfs::java::kIllegalArgument, "Target file name is empty");
  if (sources.empty()) return dfs::Exception(dfs::java::kIllegalArgument, "No sources given");
  const auto reserved = [](std::string_view path) { return path.starts_with("/.reserved/"); };
  const auto bad = std::find_if(sources.begin(), sources.end(), reserved);
  if (!reserved(target) && bad == sources.end()) return {};
  return dfs::Exception(dfs::java::kIo, "Concat operation doesn't support /.reserved relative path : " +
                                            (reserved(target) ? std::string(target) : *bad));
}

Status RequireFile(const ResolvedPath& path) {
  if (path.last() == nullptr) {
    return dfs::Exception(dfs::java::kFileNotFound, "File does not exist: " + path.Path());
  }
  if (path.last()->is_directory) {
    return dfs::Exception(dfs::java::kFileNotFound, "Path is not a file: " + path.Path());
  }
  return {};
}

}  // namespace

Status Namespace::ResolveConcat(const Context& context,
                                std::string_view target,
                                const std::vector<std::string>& sources,
                                File** target_file,
                                std::vector<File*>* source_files) const {
  MRD_RETURN_IF_ERROR(CheckArguments(target, sources));
  const PathGuard guard = Guard(context.caller);
  ResolvedPath to;
  MRD_RETURN_IF_ERROR(ResolveFor(context.caller, target, false, &to));
  MRD_RETURN_IF_ERROR(guard.Last(to, Access::kWrite));
  MRD_RETURN_IF_ERROR(RequireFile(to));
  File& into = *AsFile(to.last());
  if (into.is_open) return Refused("concat: target file " + to.Path() + " is under construction");
  const std::uint64_t block_size = tree_->BlockSize(into);

  for (const std::string& source : sources) {
    ResolvedPath from;
    MRD_RETURN_IF_ERROR(ResolveFor(context.caller, source, false, &from));
    MRD_RETURN_IF_ERROR(guard.Last(from, Access::kRead));
    MRD_RETURN_IF_ERROR(guard.Parent(from, Access::kWrite));
    MRD_RETURN_IF_ERROR(RequireFile(from));
    File* file = AsFile(from.last());
    if (file->parent != into.parent) {
      return Refused("Source file " + source + " is not in the same directory with the target " + to.Path());
    }
    if (file == &into) {
      return Refused("concat: the src file " + source + " is the same with the target file " + to.Path());
    }
    if (file->is_open || BlockCount(*file) == 0) {
      return Refused("concat: source file " + source + " is invalid or empty or underConstruction");
    }
    if (tree_->BlockSize(*file) > block_size) {
      return Refused("concat: source file " + source + " has preferred block size " +
                     std::to_string(tree_->BlockSize(*file)) +
                     " which is greater than the target file's preferred block size " + std::to_string(block_size));
    }
    source_files->push_back(file);
  }
  std::vector<File*> distinct = *source_files;
  std::sort(distinct.begin(), distinct.end());
  if (std::adjacent_find(distinct.begin(), distinct.end()) != distinct.end()) {
    return Refused("concat: at least two of the source files are the same");
  }
  *target_file = &into;
  return {};
}

Result<Removed> Namespace::Concat(const Context& context,
                                  std::string_view target,
                                  const std::vector<std::string>& sources) {
  File* into = nullptr;
  std::vector<File*> files;
  MRD_RETURN_IF_ERROR(ResolveConcat(context, target, sources, &into, &files));
  Usage delta;  // the blocks take over the target's replication
  for (const File* file : files) {
    delta.space += file->total_length() * (into->replication - file->replication);
  }
  MRD_RETURN_IF_ERROR(CheckQuota(into->parent, delta));

  Removed removed;
  Directory& parent = *into->parent;
  const std::size_t count = BlockCount(*into);
  std::vector<dfs::Block> blocks;
  for (std::size_t i = 0; i < count; ++i) blocks.push_back(BlockAt(*into, i));
  for (File* file : files) {
    for (std::size_t i = 0; i < BlockCount(*file); ++i) blocks.push_back(BlockAt(*file, i));
    removed.files.push_back(file->inode_id());
    tree_->Unlink(file);
    Tree::EmitErase(*file, context.sink);
    tree_->Free(file);
  }
  {
    ContentChange change(*tree_, *into);
    AssignBlocks(*into, blocks.data(), blocks.size());
  }
  into->modified_ms = std::clamp(context.now_ms, -kTimeMax - 1, kTimeMax);
  tree_->EmitBlocks(*into, 0, count, context.sink);
  Touch(parent, context);
  return removed;
}

}  // namespace mrd::namenode
