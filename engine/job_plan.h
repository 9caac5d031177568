#pragma once

#include <memory>

#include "common/base/status.h"
#include "common/fs/registry.h"
#include "engine/input_plan.h"
#include "engine/job.h"
#include "engine/job_definition.h"

namespace mrd::engine {

// Where a job's output goes. Both members are unset for a job that makes none.
struct JobOutput {
  std::shared_ptr<fs::FileSystem> system;
  fs::Path path;  // qualified
  explicit operator bool() const { return system != nullptr; }
};

// The checks of a job before any work is done, in the order in which they are to be made: the clearest refusal is the
// earliest. Every runner makes them, so that a job is refused in the same words wherever it was to run.

// kInvalidArgument when the job needs an output and none is named.
Result<JobOutput> FindOutput(const JobDefinition& definition, const JobRequest& request, fs::Registry& file_systems);
// kInvalidArgument when the job reads input and none is named.
Status CheckInputNamed(const JobDefinition& definition, const JobRequest& request);
// kAlreadyExists when a file is where the output should be. A directory may be the remains of a killed job:
// OutputCommitter::Setup() tells, which looks again, for races.
Status CheckOutputFree(const JobOutput& output);
// kInvalidArgument when the next run would read this output as input.
Status CheckOutputNotInInput(const JobOutput& output, const InputPlan& plan, fs::Registry& file_systems);

}  // namespace mrd::engine
