#pragma once

#include "dfs/check.h"
#include "namenode/core/state.h"

namespace mrd::namenode {

// What doctor asks: why safe mode is on, where a write would find no place, how the datanodes are, why blocks lack
// replicas. Changes nothing. Names of files are told to superusers alone. What the process knows beyond the core (its
// version, its disks) is left for the caller to fill in.
// The cost is a pass over the queues of troubled blocks, and over all blocks while safe mode waits for some.
dfs::Examination Examine(const CoreState& state, const CallContext& call, const dfs::ExamineRequest& request);

}  // namespace mrd::namenode
