#pragma once

#include "common/base/status.h"
#include "common/fs/registry.h"
#include "engine/input_recipe.h"
#include "engine/job.h"
#include "engine/job_definition.h"
#include "engine/job_settings.h"

namespace mrd::engine {

// The recipe that a job's inputs make, together with the definition's formats and the settings. kInvalidArgument when the
// job takes another number of inputs.
Result<InputRecipe> MakeRecipe(const JobDefinition& definition, const JobSettings& settings, const JobRequest& request);

// Whether a format of the plugin makes splits of its own, which takes the plugin at each planning.
bool MakesOwnSplits(const JobDefinition& definition);

// Splits that the plugin's formats make, then those of the recipe (PlanFiles).
Result<InputPlan> PlanInput(JobDefinition& definition,
                            const JobSettings& settings,
                            const JobRequest& request,
                            fs::Registry& file_systems);

}  // namespace mrd::engine
