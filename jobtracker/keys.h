#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::jobtracker {

// Configuration keys that the jobtracker alone reads.
std::span<const ConfigKey> JobtrackerKeys();

}  // namespace mrd::jobtracker
