#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::http {

// What the pages of every daemon read.
std::span<const ConfigKey> HttpKeys();

}  // namespace mrd::http
