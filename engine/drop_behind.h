#pragma once

#include "common/fs/registry.h"
#include "engine/input_recipe.h"

namespace mrd::engine {

class JobDefinition;
struct JobSettings;

// Whether the job, which reads this input once and writes about as much twice, is better off without its input in the
// page cache: what it writes would push out of it map output that the reduces are yet to read.
bool ShouldDropBehind(const JobSettings& settings, const JobDefinition& definition, const InputPlan& plan);

// Takes what the task has read out of the page cache, where its file system can do that. Any thread; never fails.
void DropBehind(fs::Registry& file_systems, const InputSplit& split);

}  // namespace mrd::engine
