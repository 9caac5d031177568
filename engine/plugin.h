#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "libmr/include/mr/abi.h"

namespace mrd::engine {

// A plugin that was loaded and found to fit this build. It stays loaded until the process ends (C++ plugins cannot be
// unloaded safely). Immutable, thread-safe.
class Plugin {
 public:
  // kNotFound when the file is missing; kInvalidArgument, naming file, reason and remedy, when it is no ELF shared
  // library, is for another machine, lacks the entry, needs a symbol or library that is not there, or was built for
  // another ABI version. Runs the library's static initialisers.
  static Result<std::shared_ptr<const Plugin>> Load(const std::string& path);
  // Wraps a table that is linked into this program, for tests.
  static Result<std::shared_ptr<const Plugin>> FromTable(const mr_plugin* table, std::string name);

  const std::string& path() const { return path_; }
  const std::string& sdk_version() const { return sdk_version_; }
  // SHA-256 of the file in hex; empty for FromTable().
  const std::string& sha256() const { return sha256_; }
  const std::vector<const mr_job_entry*>& entries() const { return entries_; }
  // Entries offered on the command line (not internal).
  std::vector<const mr_job_entry*> Public() const;
  // kNotFound lists the jobs there are and the nearest name.
  Result<const mr_job_entry*> Find(std::string_view name) const;

 private:
  std::string path_;
  std::string sdk_version_;
  std::string sha256_;
  std::vector<const mr_job_entry*> entries_;
};

}  // namespace mrd::engine
