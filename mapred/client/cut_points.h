#pragma once

#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/fs/registry.h"
#include "engine/attempt.h"
#include "engine/input_plan.h"
#include "engine/job_definition.h"
#include "engine/job_settings.h"

namespace mrd::mapred {

// What a sample of a job's input is taken from. Each member outlives the call.
struct SampledJob {
  Env& env;
  fs::Registry& file_systems;
  const engine::CancelFlag& cancel;
  const engine::JobDefinition& definition;
  const engine::JobSettings& settings;
  const engine::InputPlan& plan;
  std::string id;  // names a directory below mapreduce.cluster.local.dir, which goes again
};

// The cut points of a total order; none for a job that has no such partitioner. Runs the plugin's mapper over a sample.
Result<std::vector<std::string>> FindCutPoints(const SampledJob& job);

}  // namespace mrd::mapred
