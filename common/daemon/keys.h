#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::daemon {

// Keys that every daemon reads.
std::span<const ConfigKey> DaemonKeys();

inline constexpr const char* kLogLevelKey = "mr.daemon.log.level";
inline constexpr const char* kLogFileBytesKey = "mr.daemon.log.file.bytes";
inline constexpr const char* kLogFilesKey = "mr.daemon.log.files";
inline constexpr const char* kStopTimeoutKey = "mr.daemon.stop.timeout";

}  // namespace mrd::daemon
