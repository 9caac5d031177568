#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "common/base/env.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/fs/registry.h"
#include "tasktracker/local_dirs.h"

namespace mrd::tasktracker {

// Which pack a job needs, as its description says.
struct PackName {
  std::string path;    // qualified
  std::string sha256;  // hex
  std::uint64_t bytes = 0;
  std::string plugin;  // name of a file at the pack's top
};

// A pack on the local disk, unpacked. Valid while somebody holds it.
struct Pack {
  std::string dir;            // plugin and libraries
  std::string side_file_dir;  // side files and unpacked archives under their link names; "": there are none
  std::uint64_t bytes = 0;
};

// Job packs, fetched once, verified, unpacked beneath a directory of their own, kept by content. Those that no job
// holds are removed, the longest unused first, when all of them take more than the bound. All calls block; thread-safe:
// callers that want a pack which is on its way wait for it.
class PackCache {
 public:
  // All references must outlive it.
  PackCache(Env& env, fs::Registry& file_systems, LocalDirs& dirs, Logger log, std::uint64_t bytes_max)
      : env_(env), file_systems_(file_systems), dirs_(dirs), log_(std::move(log)), bytes_max_(bytes_max) {}

  // kCorruption when the file is not the one that was meant; kInvalidArgument for an archive that would leave its
  // directory, or a name that is none. Messages name the pack.
  Result<std::shared_ptr<const Pack>> Get(const PackName& name);

 private:
  struct Entry {
    std::shared_ptr<const Pack> pack;  // null: it is being fetched
    std::uint64_t last_use = 0;
  };
  Result<std::shared_ptr<const Pack>> Fetch(const PackName& name);
  Status Download(const PackName& name, const std::string& to);
  Status UnpackInto(const std::string& tar, const PackName& name, const std::string& dir, Pack* pack);
  void Evict();  // REQUIRES: the mutex is held

  Env& env_;
  fs::Registry& file_systems_;
  LocalDirs& dirs_;
  const Logger log_;
  const std::uint64_t bytes_max_;
  std::mutex mutex_;
  std::condition_variable fetched_;
  // Guarded by the mutex.
  std::map<std::string, Entry> entries_;  // by hash
  std::uint64_t uses_ = 0;
};

}  // namespace mrd::tasktracker
