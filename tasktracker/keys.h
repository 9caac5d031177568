#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::tasktracker {

// Configuration keys that the tasktracker alone reads.
std::span<const ConfigKey> TasktrackerKeys();

}  // namespace mrd::tasktracker
