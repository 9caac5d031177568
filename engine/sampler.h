#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "engine/attempt.h"
#include "engine/input_plan.h"
#include "engine/map_collector.h"

namespace mrd::engine {

// Cut points for a total order over reduces: runs the mapper over the beginning of some splits, spread evenly over
// the input, and takes quantiles of the first keys that it emits. The result depends on input, splits and settings only.
// At most reduces-1 keys, ascending without repetition; fewer when the sample has few different keys, and the last
// reduces then get nothing.
Result<std::vector<std::string>> SampleCutPoints(JobContext& job,
                                                 const InputPlan& plan,
                                                 TaskMemory& memory);

}  // namespace mrd::engine
