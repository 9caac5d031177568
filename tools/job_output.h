#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/fs/registry.h"
#include "engine/manifest.h"

namespace mrd::tools {

// The output directory of a job as it lies there: its part files and what _SUCCESS says of them.
struct JobOutput {
  std::string shown;  // as the user named it
  std::shared_ptr<fs::FileSystem> file_system;
  fs::Path directory;
  bool complete = false;                     // there is a _SUCCESS
  std::optional<engine::Manifest> manifest;  // absent when _SUCCESS is missing or empty
  std::map<std::string, std::uint64_t> parts;  // size by name relative to the directory; ignored names left out

  // The recorded facts about one part; nullptr if the manifest does not name it.
  const engine::ManifestPart* Find(const std::string& part) const;
};

// kNotFound when there is no such directory; kCorruption for a _SUCCESS that is neither empty nor a manifest.
Result<JobOutput> ReadJobOutput(fs::Registry& file_systems, const std::string& path);

}  // namespace mrd::tools
