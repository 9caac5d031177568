#pragma once

#include <string>
#include <string_view>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd {

// SHA-256 in 64 lower-case hex digits.
std::string Sha256Hex(std::string_view data);
// The same of a file's content. Errors name the path.
Result<std::string> Sha256HexOfFile(Env& env, const std::string& path);

}  // namespace mrd
