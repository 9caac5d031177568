#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include "common/base/status.h"
#include "namenode/tree/permission.h"
#include "namenode/tree/tree.h"

namespace mrd::namenode {

// A path and the inodes that exist along it. Views into the path given to Resolve() and into the tree: valid until
// either changes.
class ResolvedPath {
 public:
  // Never fails for a missing inode. "/.reserved/.inodes/<id>/rest" becomes the path of that inode and the rest;
  // FileNotFoundException when there is no such inode. A path that does not begin with a slash, or with an empty
  // component in its middle, names nothing.
  Status Resolve(const Tree& tree, std::string_view path);

  std::size_t depth() const { return names_.size(); }  // 0: the root
  bool is_root() const { return names_.empty(); }
  // The inode at a depth, 0 being the root; null when missing.
  Inode* node(std::size_t depth) const { return depth < nodes_.size() ? nodes_[depth] : nullptr; }
  Inode* last() const { return node(depth()); }
  // Null when missing or for the root. May be a file.
  Inode* parent() const { return is_root() ? nullptr : node(depth() - 1); }
  // The deepest existing inode above the last component. For the root, the root.
  std::size_t ancestor_depth() const;
  // REQUIRES: 0 < depth <= depth().
  std::string_view name(std::size_t depth) const { return names_[depth - 1]; }
  std::string_view last_name() const { return names_.empty() ? std::string_view() : names_.back(); }

  // The first `depth` components as a path.
  std::string PathTo(std::size_t depth) const;
  std::string Path() const { return PathTo(depth()); }
  std::string ParentPath() const { return PathTo(depth() == 0 ? 0 : depth() - 1); }

  // One component more.
  void Append(std::string_view name);

 private:
  Status ResolveReserved(const Tree& tree, std::string_view path);
  void Walk(const Tree& tree);

  std::string translated_;  // memory of a translated path's names
  bool malformed_ = false;  // then the only name is the whole path
  boost::container::small_vector<std::string_view, 16> names_;
  boost::container::small_vector<Inode*, 17> nodes_;
};

// HDFS's permission checks along a path. Cheap: holds references only.
class PathGuard {
 public:
  // With `enforce` false (permissions are off) only the shape of the path is checked.
  PathGuard(const Tree& tree, const Caller& caller, bool enforce)
      : tree_(tree), caller_(caller), bypass_(!enforce || caller.superuser) {}

  bool bypass() const { return bypass_; }
  // Every existing ancestor is a directory that the caller may pass. An ancestor that is a file: "<file> (is not a
  // directory)" as AccessControlException, or ParentNotDirectoryException when the operation creates a name.
  Status Traverse(const ResolvedPath& path, bool creating) const;
  Status Ancestor(const ResolvedPath& path, Access access) const;
  // With Access::kWrite an existing last component must also be free of the parent's sticky bit.
  Status Parent(const ResolvedPath& path, Access access) const;
  // Passes when the last component is missing.
  Status Last(const ResolvedPath& path, Access access) const;
  Status Owner(const ResolvedPath& path) const;
  // For deletion: ALL on every non-empty directory from the last component down, and no sticky bit in the way.
  Status DeleteSubtree(const ResolvedPath& path) const;
  // For content summaries: READ_EXECUTE on every directory from this one down.
  Status ReadSubtree(const Directory& top) const;

 private:
  Status Node(const ResolvedPath& path, std::size_t depth, Access access) const;
  Status Inside(const Inode& inode, Access access) const;

  const Tree& tree_;
  const Caller& caller_;
  const bool bypass_;
};

}  // namespace mrd::namenode
