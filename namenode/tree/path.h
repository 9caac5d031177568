#pragma once

// Absolute paths as HDFS's namenode takes them: components of bytes between single slashes. Pure functions.

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mrd::namenode {

inline constexpr std::string_view kReservedName = ".reserved";
inline constexpr std::string_view kInodesName = ".inodes";
inline constexpr std::string_view kSnapshotName = ".snapshot";

// True for a path that may be created: absolute, no empty component but for a slash at the end, none that is "." or
// "..", none with a colon, all of it UTF-8. Control characters are fine. ".." may follow "/.reserved/.inodes/<id>".
bool IsValidName(std::string_view path);

// HDFS's bound on a path given by a client: IOException "<operation>: Pathname too long.  Limit 8000 characters, 1000
// levels." Characters are UTF-16 units, as in Java.
Status CheckPathLength(std::string_view operation, std::string_view path);

// Steps through the components of a path; empty ones are skipped, so that "//a/" has the one component "a".
class Components {
 public:
  explicit Components(std::string_view path) : rest_(path) {}
  // False at the end. `name` is a view into the path.
  bool Next(std::string_view* name);

 private:
  std::string_view rest_;
};

// "/a/b" of "/a" and "b"; the root does not double its slash.
std::string JoinPath(std::string_view directory, std::string_view name);

}  // namespace mrd::namenode
