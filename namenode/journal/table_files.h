#pragma once

#include <leveldb/env.h>

namespace mrd::namenode {

// LevelDB's own disk, except that table files are read and not mapped into memory. LevelDB keeps up to a thousand of
// them open; mapped, every page that a scan or a compaction looked at would count as the namenode's memory for as long.
// Lives as long as the process. Threads: any.
leveldb::Env* TableFileEnv();

}  // namespace mrd::namenode
