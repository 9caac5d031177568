#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::namenode {

// Configuration keys that the namenode alone reads.
std::span<const ConfigKey> NamenodeKeys();

}  // namespace mrd::namenode
