#pragma once

#include <span>

#include "common/http/asset.h"

namespace mrd::web {

// The files of this folder, as they were when the program was built. They live as long as the process.
std::span<const http::Asset> Assets();

}  // namespace mrd::web
