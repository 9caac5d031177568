#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "tools/configuration.h"

namespace mrd::tools {

// Takes Hadoop's generic options off the front of `words`: -D, -conf, -fs, -jt, --config; those that mean nothing to
// commands of the file system are dropped. kInvalidArgument for one without its value.
Result<ConfigurationChoices> TakeGenericOptions(std::vector<std::string>& words);

}  // namespace mrd::tools
