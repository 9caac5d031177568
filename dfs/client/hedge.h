#pragma once

#include <cstddef>
#include <vector>

#include "common/base/status.h"
#include "dfs/client/block_reader.h"
#include "dfs/client/context.h"

namespace mrd::dfs::client {

// Fills `out` with the range from the first of `nodes` that answers in full: one is asked at first, and each time the
// hedge's threshold passes without an answer, or one fails, the next, within the options' bound on reads at once. An
// error when none gave it. Connections of those that were slower are closed. The result is who gave it, of `nodes`.
awaitable<Result<std::size_t>> HedgedRead(Context& context, std::vector<DatanodeId> nodes, BlockRange range, char* out);

}  // namespace mrd::dfs::client
