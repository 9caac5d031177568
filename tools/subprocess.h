#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"

namespace mrd::tools {

// Runs a program found in PATH with exactly these words; no shell sees them. Waits for it; its streams are ours.
// Returns the exit status as a shell would (128 + signal when killed); kNotFound when the program cannot be started.
Result<int> RunProgram(const std::vector<std::string>& words);

}  // namespace mrd::tools
