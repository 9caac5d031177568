// Walks over the tree, depth first in byte order of the names.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "dfs/errors.h"
#include "namenode/tree/namespace.h"
#include "namenode/tree/quota.h"
#include "namenode/tree/resolved_path.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {
namespace {

// A directory and what of it is still to come.
struct Step {
  const Directory* directory;
  ChildSet::Position next;
};
using Steps = std::vector<Step>;

// Goes through what `steps` leave. `enter` and `visit` may end it by returning false.
template <typename Enter, typename Visit>
void GoOn(Steps steps, Enter enter, Visit visit) {
  while (!steps.empty()) {
    Step& step = steps.back();
    const Inode* child = step.directory->children.At(step.next);
    if (child == nullptr) {
      steps.pop_back();
      continue;
    }
    step.next = step.directory->children.Next(step.next);
    if (const Directory* directory = AsDirectory(child)) {
      if (!enter(*directory)) return;
      steps.push_back({directory, directory->children.Begin()});
    } else if (!visit(*AsFile(child))) {
      return;
    }
  }
}

// What comes behind the path of names `rest` below `top`, whether or not its entries still exist.
Steps StepsBehind(const Directory& top, std::string_view rest) {
  Steps steps;
  const Directory* directory = &top;
  while (directory != nullptr) {
    rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
    if (rest.empty()) {
      steps.push_back({directory, directory->children.Begin()});
      break;
    }
    const std::string_view name = rest.substr(0, rest.find('/'));
    rest.remove_prefix(name.size());
    steps.push_back({directory, directory->children.After(name)});
    directory = AsDirectory(directory->children.Find(name));
  }
  return steps;
}

}  // namespace

void Namespace::ForEachFile(const std::function<void(FileRef)>& visit) const {
  GoOn(
      {{tree_->root(), tree_->root()->children.Begin()}}, [](const Directory&) { return true; },
      [&](const File& file) {
        visit(Ref(&file));
        return true;
      });
}

void Namespace::ForEachOpenFile(const std::function<void(FileRef)>& visit) const {
  for (const auto& [id, writer] : tree_->writers()) {
    if (const File* file = AsFile(tree_->Find(id))) visit(Ref(file));
  }
}

Status Namespace::Walk(std::string_view path, const Visit& visit) const { return WalkBehind(path, "", visit); }

Status Namespace::WalkBehind(std::string_view path, std::string_view after, const Visit& visit) const {
  ResolvedPath resolved;
  MRD_RETURN_IF_ERROR(resolved.Resolve(*tree_, path));
  const Inode* top = resolved.last();
  const std::string top_path = resolved.Path();
  if (top == nullptr) return dfs::Exception(dfs::java::kFileNotFound, "File does not exist: " + top_path);
  if (const File* file = AsFile(top)) {
    if (after.empty()) visit(top_path, Ref(file));
    return {};
  }
  if (after.empty() && !visit(top_path, FileRef())) return {};
  const std::string_view begin = top_path == "/" ? std::string_view() : std::string_view(top_path);
  const bool below = after.starts_with(begin) && after.substr(begin.size(), 1) == "/";
  if (!after.empty() && after != top_path && !below) {
    return dfs::Exception(dfs::java::kIllegalArgument, "A walk through " + top_path + " cannot go on behind " + std::string(after));
  }
  GoOn(
      StepsBehind(*AsDirectory(top), below ? after.substr(begin.size()) : std::string_view()),
      [&](const Directory& directory) { return visit(PathOfInode(directory), FileRef()); },
      [&](const File& file) { return visit(PathOfInode(file), Ref(&file)); });
  return {};
}

}  // namespace mrd::namenode
