#include "namenode/tree/resolved_path.h"

#include <charconv>
#include <vector>

#include "dfs/errors.h"
#include "namenode/tree/path.h"
#include "namenode/tree/quota.h"

namespace mrd::namenode {
namespace {

Status Denied(std::string message) { return dfs::Exception(dfs::java::kAccessControl, std::move(message)); }

bool IsReserved(std::string_view path) {
  return path.size() > kReservedName.size() + 1 && path.substr(1, kReservedName.size()) == kReservedName &&
         path[kReservedName.size() + 1] == '/';
}

}  // namespace

Status ResolvedPath::Resolve(const Tree& tree, std::string_view path) {
  names_.clear();
  nodes_.clear();
  malformed_ = false;
  const std::string_view given = path;
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (path.empty() || path.front() != '/' || path.find("//") != std::string_view::npos) {
    malformed_ = true;
    names_.push_back(given);
    nodes_.push_back(tree.root());
    return {};
  }
  if (IsReserved(path)) return ResolveReserved(tree, path);
  Components components(path);
  for (std::string_view name; components.Next(&name);) names_.push_back(name);
  Walk(tree);
  return {};
}

Status ResolvedPath::ResolveReserved(const Tree& tree, std::string_view path) {
  std::vector<std::string_view> names;
  Components components(path);
  for (std::string_view name; components.Next(&name);) names.push_back(name);
  if (names.size() >= 3 && names[1] == kInodesName) {
    std::int64_t id = 0;
    const std::string_view text = names[2];
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), id);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
      return dfs::Exception(dfs::java::kFileNotFound, "Invalid inode path: " + std::string(path));
    }
    const Inode* inode = tree.Find({id});
    if (inode == nullptr) {
      return dfs::Exception(dfs::java::kFileNotFound,
                            "File for given inode path does not exist: " + std::string(path));
    }
    std::size_t rest = 3;
    if (names.size() > rest && names[rest] == "..") {  // the NFS gateway's way to the parent
      if (inode->parent != nullptr) inode = inode->parent;
      names.resize(++rest);
    }
    translated_ = PathOfInode(*inode);
    for (; rest < names.size(); ++rest) translated_ = JoinPath(translated_, names[rest]);
    Components translated(translated_);
    for (std::string_view name; translated.Next(&name);) names_.push_back(name);
  } else {
    names_.assign(names.begin(), names.end());
  }
  Walk(tree);
  return {};
}

void ResolvedPath::Walk(const Tree& tree) {
  Inode* at = tree.root();
  nodes_.push_back(at);
  for (const std::string_view name : names_) {
    const Directory* directory = AsDirectory(at);
    if (directory == nullptr) return;
    at = directory->children.Find(name);
    if (at == nullptr) return;
    nodes_.push_back(at);
  }
}

std::size_t ResolvedPath::ancestor_depth() const {
  if (is_root()) return 0;
  return std::min(nodes_.size() - 1, depth() - 1);
}

std::string ResolvedPath::PathTo(std::size_t depth) const {
  if (depth == 0) return "/";
  if (malformed_) return std::string(names_[0]);
  std::string path;
  for (std::size_t i = 0; i < depth; ++i) path.append("/").append(names_[i]);
  return path;
}

void ResolvedPath::Append(std::string_view name) {
  const Directory* directory = AsDirectory(last());
  names_.push_back(name);
  if (directory == nullptr) return;
  if (Inode* child = directory->children.Find(name)) nodes_.push_back(child);
}

Status PathGuard::Node(const ResolvedPath& path, std::size_t depth, Access access) const {
  const Inode* inode = path.node(depth);
  if (bypass_ || inode == nullptr) return {};
  const InodeAttributes attributes = tree_.AttributesOf(*inode);
  if (MayAccess(caller_, attributes, access)) return {};
  return Denied(DeniedMessage(caller_, access, path.PathTo(depth), attributes));
}

Status PathGuard::Traverse(const ResolvedPath& path, bool creating) const {
  if (path.is_root()) return {};
  const std::size_t ancestors = path.ancestor_depth();
  for (std::size_t depth = 0; depth <= ancestors; ++depth) {
    if (!path.node(depth)->is_directory) {
      return dfs::Exception(creating ? dfs::java::kParentNotDirectory : dfs::java::kAccessControl,
                            path.PathTo(depth) + " (is not a directory)");
    }
    MRD_RETURN_IF_ERROR(Node(path, depth, Access::kExecute));
  }
  return {};
}

Status PathGuard::Ancestor(const ResolvedPath& path, Access access) const {
  return path.is_root() ? Status() : Node(path, path.ancestor_depth(), access);
}

Status PathGuard::Parent(const ResolvedPath& path, Access access) const {
  if (bypass_ || path.is_root() || path.parent() == nullptr) return {};
  if ((static_cast<unsigned>(access) & static_cast<unsigned>(Access::kWrite)) != 0 && path.last() != nullptr) {
    const InodeAttributes parent = tree_.AttributesOf(*path.parent());
    const InodeAttributes entry = tree_.AttributesOf(*path.last());
    if (StickyBitForbids(caller_, parent, entry)) {
      return Denied(StickyMessage(caller_, path.Path(), entry, path.ParentPath(), parent));
    }
  }
  return Node(path, path.depth() - 1, access);
}

Status PathGuard::Last(const ResolvedPath& path, Access access) const { return Node(path, path.depth(), access); }

Status PathGuard::Owner(const ResolvedPath& path) const {
  const Inode* inode = path.last();
  if (bypass_ || inode == nullptr || tree_.Owner(*inode) == caller_.user) return {};
  return Denied("Permission denied. user=" + caller_.user + " is not the owner of inode=" + path.Path());
}

Status PathGuard::Inside(const Inode& inode, Access access) const {
  const InodeAttributes attributes = tree_.AttributesOf(inode);
  if (MayAccess(caller_, attributes, access)) return {};
  return Denied(DeniedMessage(caller_, access, PathOfInode(inode), attributes));
}

Status PathGuard::DeleteSubtree(const ResolvedPath& path) const {
  const Directory* top = AsDirectory(path.last());
  if (bypass_ || top == nullptr) return {};
  std::vector<const Directory*> open{top};
  while (!open.empty()) {
    const Directory& directory = *open.back();
    open.pop_back();
    if (directory.children.empty()) continue;
    MRD_RETURN_IF_ERROR(Inside(directory, Access::kAll));
    const InodeAttributes attributes = tree_.AttributesOf(directory);
    const bool sticky = attributes.mode & kStickyBit;
    if (!sticky && directory.below.directories == 0) continue;
    for (auto at = directory.children.Begin(); const Inode* child = directory.children.At(at);
         at = directory.children.Next(at)) {
      if (sticky && StickyBitForbids(caller_, attributes, tree_.AttributesOf(*child))) {
        return Denied(StickyMessage(caller_, PathOfInode(*child), tree_.AttributesOf(*child), PathOfInode(directory),
                                    attributes));
      }
      if (child->is_directory) open.push_back(AsDirectory(child));
    }
  }
  return {};
}

Status PathGuard::ReadSubtree(const Directory& top) const {
  if (bypass_) return {};
  std::vector<const Directory*> open{&top};
  while (!open.empty()) {
    const Directory& directory = *open.back();
    open.pop_back();
    MRD_RETURN_IF_ERROR(Inside(directory, Access::kReadExecute));
    if (directory.below.directories == 0) continue;
    for (auto at = directory.children.Begin(); const Inode* child = directory.children.At(at);
         at = directory.children.Next(at)) {
      if (child->is_directory) open.push_back(AsDirectory(child));
    }
  }
  return {};
}

}  // namespace mrd::namenode
