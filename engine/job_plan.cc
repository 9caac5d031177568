#include "engine/job_plan.h"

#include <string>

namespace mrd::engine {
namespace {

// Out of line: g++ 12 takes the paths of a Result for uninitialised when it sees all of this at once.
[[gnu::noinline]] bool Holds(const std::string& directory, const std::string& path) {
  return path == directory || path.starts_with(directory == "/" ? "/" : directory + "/");
}

}  // namespace

Result<JobOutput> FindOutput(const JobDefinition& definition, const JobRequest& request, fs::Registry& file_systems) {
  JobOutput output;
  if (!definition.description.takes_output) return output;
  const std::string& text = definition.output.empty() ? request.output : definition.output;
  if (text.empty()) return InvalidArgument("job " + definition.name + " needs an output path");
  MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(text));
  MRD_ASSIGN_OR_RETURN(output.path, file_systems.Qualify(parsed));
  MRD_ASSIGN_OR_RETURN(output.system, file_systems.For(output.path));
  return output;
}

Status CheckInputNamed(const JobDefinition& definition, const JobRequest& request) {
  if (!definition.description.takes_input || !request.inputs.empty() || !definition.added_inputs.empty()) {
    return Status::Ok();
  }
  return InvalidArgument("job " + definition.name + " needs at least one input path");
}

Status CheckOutputFree(const JobOutput& output) {
  if (!output) return Status::Ok();
  Result<fs::FileStatus> there = output.system->Stat(output.path);
  if (!there.ok()) return there.status().code() == Code::kNotFound ? Status::Ok() : there.status();
  if (there->is_directory) return Status::Ok();
  return AlreadyExists("Output directory " + output.path.ToString() + " already exists (it is a file)");
}

Status CheckOutputNotInInput(const JobOutput& output, const InputPlan& plan, fs::Registry& file_systems) {
  if (!output) return Status::Ok();
  MRD_ASSIGN_OR_RETURN(const fs::Path place, output.system->Canonical(output.path));
  for (const fs::Path& root : plan.roots) {
    MRD_ASSIGN_OR_RETURN(std::shared_ptr<fs::FileSystem> system, file_systems.For(root));
    if (system->scheme() != output.system->scheme() || root.authority() != output.path.authority()) continue;
    MRD_ASSIGN_OR_RETURN(const fs::Path input, system->Canonical(root));
    if (Holds(input.path(), place.path())) {
      return InvalidArgument("output " + output.path.ToString() + " lies inside the input " + root.ToString() +
                             "; the next run would read it as input, so choose a place outside");
    }
  }
  return Status::Ok();
}

}  // namespace mrd::engine
