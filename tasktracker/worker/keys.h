#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::tasktracker {

// Keys of a job's configuration that its workers read.
std::span<const ConfigKey> WorkerKeys();

}  // namespace mrd::tasktracker
