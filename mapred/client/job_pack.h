#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"
#include "common/fs/registry.h"
#include "engine/job_settings.h"

namespace mrd::mapred {

// What a job's tasks need of the submitting machine, as one file that is named by its content: an uncompressed tar
// (bytes in docs/formats.md) with the plugin and the libraries that travel with it at the top, the files of -files
// below "files/" and the archives of -archives, packed as they are, below "archives/", both under their link names.
//
// The same content gives the same bytes, so a pack that was stored once is found again by its hash. Nothing is kept
// in memory but the list of files: they are read once to hash and once more to store. Use it from one thread.
class JobPack {
 public:
  // Lists what goes into the pack and hashes it. kNotFound for a side file that is not there, kInvalidArgument for
  // two of one name, kFailedPrecondition for a library that no tracker would have. `file_systems` must outlive the
  // pack.
  static Result<JobPack> Make(Env& env,
                              fs::Registry& file_systems,
                              const std::string& plugin_path,
                              const engine::JobSettings& settings);

  const std::string& sha256() const { return sha256_; }  // hex
  std::uint64_t bytes() const { return bytes_; }
  const std::string& plugin() const { return plugin_; }  // its name within the pack
  std::vector<std::string> Names() const;                // of all entries, sorted

  // Stores the pack as <directory>/<sha256> unless it is there already, and returns its path. It appears whole or not
  // at all. kFailedPrecondition when a file changed since Make().
  Result<fs::Path> Store(const fs::Path& directory) const;

 private:
  struct Entry {
    std::string name;
    fs::Path source;
    std::uint32_t mode = 0644;
    std::uint64_t size = 0;
  };
  using Sink = std::function<Status(std::string_view bytes)>;

  explicit JobPack(fs::Registry& file_systems) : file_systems_(&file_systems) {}
  Status AddPlugin(Env& env, const std::string& plugin_path);
  Status AddSide(const std::string& text, const std::string& folder);
  Status AddTree(fs::FileSystem& system, const fs::FileStatus& status, const std::string& name);
  Status Write(const Sink& sink) const;

  fs::Registry* file_systems_;
  std::vector<Entry> entries_;  // sorted by name once made
  std::string plugin_;
  std::string sha256_;
  std::uint64_t bytes_ = 0;
};

}  // namespace mrd::mapred
