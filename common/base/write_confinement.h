#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"

namespace mrd {

// Whether the kernel can take from a process the right to write anywhere but in named places (Landlock). OK, or
// kUnimplemented with the reason.
Status CanConfineWrites();

// From now on the calling thread, and every thread and process that it starts, may create, change and remove files only
// below `dirs` and in /dev/null and its like; nothing gives the right back. Files that are open already, reading, running
// programs and sockets are not concerned. Directories that are not there are passed over. Programs that are run get no
// rights by a set-user-id bit any more.
Status ConfineWrites(const std::vector<std::string>& dirs);

}  // namespace mrd
