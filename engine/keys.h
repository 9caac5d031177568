#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::engine {

// The configuration keys that a job in this process honours, under Hadoop's names where Hadoop has them.
std::span<const ConfigKey> MapReduceKeys();

}  // namespace mrd::engine
