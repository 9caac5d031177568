#pragma once

#include <string>

#include "common/base/status.h"
#include "dfs/client/context.h"
#include "dfs/wire/file_checksum.h"

namespace mrd::dfs::client {

// The checksum of a whole file from those that the datanodes make of its blocks (BLOCK_CHECKSUM): no data is read over the
// network. Of the kind that the options name. For each block the first datanode that answers.
awaitable<Result<wire::FileChecksum>> ChecksumOfFile(Context& context, std::string path);

}  // namespace mrd::dfs::client
