#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"

namespace mrd::tools {

// What turns a plugin's source into an object that fits this build, without the linking part.
std::vector<std::string> PluginCompileFlags();
// What makes a shared object of it.
std::vector<std::string> PluginLinkFlags();

// The words to start the compiler with: $CXX, split at blanks as make does, else the first of c++, g++, clang++ that
// is installed. kNotFound says what was looked for and how to get one.
Result<std::vector<std::string>> FindCompiler();

// Words joined by blanks, quoted for a shell where needed.
std::string CommandLine(const std::vector<std::string>& words);

}  // namespace mrd::tools
