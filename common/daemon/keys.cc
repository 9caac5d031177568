#include "common/daemon/keys.h"

namespace mrd::daemon {
namespace {

constexpr ConfigKey kKeys[] = {
    {.name = kLogLevelKey,
     .old_name = nullptr,
     .type = KeyType::kString,
     .default_value = "INFO",
     .unit = "",
     .description = "The least severe messages that a daemon logs: TRACE, DEBUG, INFO, WARN, ERROR or OFF.",
     .file = "core"},
    {.name = kLogFileBytesKey,
     .old_name = nullptr,
     .type = KeyType::kSize,
     .default_value = "64m",
     .unit = "bytes",
     .description = "A log file of a daemon that is longer is renamed and a new one begun.",
     .file = "core",
     .min = 4096},
    {.name = kLogFilesKey,
     .old_name = nullptr,
     .type = KeyType::kInt,
     .default_value = "5",
     .unit = "",
     .description = "How many log files a daemon keeps, the one being written included.",
     .file = "core",
     .min = 1,
     .max = 1000},
    {.name = kStopTimeoutKey,
     .old_name = nullptr,
     .type = KeyType::kDuration,
     .default_value = "30s",
     .unit = "ms",
     .description = "How long a daemon that is told to stop waits for work under way before it ends regardless.",
     .file = "core",
     .min = 0},
};

}  // namespace

std::span<const ConfigKey> DaemonKeys() { return kKeys; }

}  // namespace mrd::daemon
