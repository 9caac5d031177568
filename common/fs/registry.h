#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/fs/file_system.h"
#include "common/fs/path.h"

namespace mrd::fs {

// Finds the file system for a path by its scheme, and makes paths absolute. One per process, made in main and passed
// down; the DFS client joins it by Register(). Thread-safe after the last Register().
class Registry {
 public:
  using Factory = std::function<Result<std::shared_ptr<FileSystem>>(const std::string& authority)>;

  // `default_uri` is fs.defaultFS ("file:///", "hdfs://host:port", also "local"); `working_dir` is what a relative
  // local path means. A default that is no URI is reported by Qualify() and For(). No scheme is known at first.
  Registry(std::string default_uri, std::string working_dir);

  void Register(std::string scheme, Factory factory);

  // Scheme, authority and absolute path filled in: relative local paths against working_dir, relative paths of
  // other file systems against /user/<name>. Local paths come out without a scheme when the default is local.
  Result<Path> Qualify(const Path& path) const;
  // kInvalidArgument naming the known schemes for an unknown one. File systems are made once per (scheme, authority).
  Result<std::shared_ptr<FileSystem>> For(const Path& path);

  std::map<std::string, IoStatistics> Statistics() const;  // by scheme

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mrd::fs
