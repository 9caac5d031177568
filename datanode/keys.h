#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::datanode {

// Configuration keys that the datanode alone reads.
std::span<const ConfigKey> DatanodeKeys();

}  // namespace mrd::datanode
