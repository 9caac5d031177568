#pragma once

#include "common/base/config.h"
#include "tools/admin/session.h"
#include "tools/shell/console.h"

namespace mrd::admin {

// Runs `hdfs groups [user…]`: the groups that the namenode believes each user to be in, without names of the one
// who asks. Returns 0, or 255 when the namenode could not be asked.
int RunGroups(shell::Console& console, const Config& config, const Words& words);

}  // namespace mrd::admin
