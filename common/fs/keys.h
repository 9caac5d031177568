#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::fs {

// The configuration keys that every command reads: file systems and where data of our own lives.
std::span<const ConfigKey> CoreKeys();

}  // namespace mrd::fs
