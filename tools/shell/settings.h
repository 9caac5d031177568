#pragma once

#include <cstdint>
#include <string>

#include "common/base/config.h"

namespace mrd::shell {

// What the configuration says to the shell; read once.
struct Settings {
  std::int64_t trash_interval_minutes = 0;  // used where the server has none of its own
  std::int64_t safe_delete_files_max = 100;  // above it `rm -safely` asks; 0: never
  std::uint32_t umask = 022;
  std::string home;  // of the local file system, for its trash
};

// kInvalidArgument naming key and value for one that is malformed.
Result<Settings> ReadSettings(const Config& config);

}  // namespace mrd::shell
