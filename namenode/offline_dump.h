#pragma once

#include <string>

#include "common/base/env.h"
#include "common/base/status.h"
#include "namenode/journal/journal_dump.h"

namespace mrd::namenode {

// What `namenode -dumpJournal` and `-dumpCheckpoint` do: JSON lines of what lies on the disk, without a namenode and
// without changing anything there.

// Of a storage directory, a directory with segments, or one segment. Fine beside a running namenode: what it is writing
// shows as a torn end at worst.
Status DumpJournalOffline(Env& env, const std::string& path, const DumpLine& line);

// Of a storage directory. LevelDB cannot be opened without being written to, so a copy below `scratch` is, which is
// removed afterwards. kUnavailable while a namenode runs on the directory.
Status DumpCheckpointOffline(Env& env, const std::string& directory, const std::string& scratch, const DumpLine& line);

}  // namespace mrd::namenode
