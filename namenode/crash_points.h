#pragma once

#include <string_view>
#include <vector>

namespace mrd::namenode {

// Every crash point of a namenode (mr.namenode.crash.point), in the order in which a life passes them:
//   recovery.*    the journal is made whole again at a start
//   segment.*     a file of the journal begins or ends
//   edit.*        the way of an edit from the core to the disk and back
//   reply.*       it is durable, and the caller does not know yet
//   checkpoint.*  edits reach LevelDB, and what it has is marked as safe
//   purge.*       journal files that the checkpoint made needless are removed
std::vector<std::string_view> CrashPointNames();

}  // namespace mrd::namenode
