#pragma once

// Whose a replica's data file is. A client on this host may have been lent the file of a block that it writes; what it still
// holds when the block is finalized, or taken over, must not reach the replica any more.

#include <cstdint>
#include <string>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::datanode {

// Whether anybody, in whatever process, has the file open for writing. False too on a disk that cannot tell, which lends no
// files. The file must be this user's, or the process root's.
Result<bool> OpenForWriting(Env& env, const std::string& path);

// Makes sure that nobody but those who open `path` later can write to it: where somebody has it open for writing, its first
// `length` bytes are copied to `spare`, flushed, and the copy takes its place. True when it was copied.
// REQUIRES: the caller has it not open for writing; `spare` lies on the same disk and is free.
Result<bool> OwnFile(Env& env, const std::string& path, const std::string& spare, std::uint64_t length);

}  // namespace mrd::datanode
