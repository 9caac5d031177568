#pragma once

#include "common/base/config.h"
#include "tools/admin/session.h"
#include "tools/shell/console.h"

namespace mrd::admin {

// Runs `hdfs dfsadmin` with words that begin with the command, {"-safemode", "get"}; the dash may be left out. Returns
// the exit status: 0, or 255 when something failed or the words were wrong.
int RunDfsAdmin(shell::Console& console, const Config& config, Words words);

}  // namespace mrd::admin
