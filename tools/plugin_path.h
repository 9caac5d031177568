#pragma once

#include <string>

#include "common/base/status.h"

namespace mrd::tools {

// Where the plugin lies that the user calls `name`: a path, or a bare name in the current directory or among the
// installed examples, with or without ".so". The result contains a slash, as dlopen() needs it. kNotFound tells where
// was looked and which example has a similar name.
Result<std::string> FindPlugin(const std::string& name);

}  // namespace mrd::tools
