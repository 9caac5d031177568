#include "mapred/client/schedule_runner.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/attempt.h"
#include "engine/input_plan.h"
#include "engine/job_definition.h"
#include "engine/leftovers.h"
#include "engine/job_plan.h"
#include "engine/job_settings.h"
#include "mapred/client/cut_points.h"
#include "mapred/client/job_pack.h"
#include "mapred/client/job_spec.h"
#include "mapred/wire/recipe.h"

namespace mrd::mapred {
namespace {

// What runs would need the plugin for, where none is loaded.
Status CheckNeedsNoPlugin(const engine::JobDefinition& definition) {
  if (engine::MakesOwnSplits(definition)) {
    return InvalidArgument("job " + definition.name + " cannot be scheduled: a format of the plugin makes its splits, and runs "
                           "of a schedule are planned where no plugin is loaded");
  }
  if (definition.committer && definition.committer->setup_job != nullptr) {
    return InvalidArgument("job " + definition.name + " cannot be scheduled: its committer has a setup of its own, and runs "
                           "of a schedule are planned where no plugin is loaded");
  }
  return Status::Ok();
}

Result<std::string> Qualified(const fs::Registry& file_systems, const std::string& text) {
  MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(text));
  MRD_ASSIGN_OR_RETURN(const fs::Path path, file_systems.Qualify(parsed));
  return path.ToString();
}

}  // namespace

ScheduleRunner::ScheduleRunner(Env& env,
                               fs::Registry& file_systems,
                               const engine::CancelFlag& cancel,
                               JobClient& client,
                               proto::ScheduleTermsProto terms,
                               bool enabled)
    : env_(env), file_systems_(file_systems), cancel_(cancel), client_(client), terms_(std::move(terms)), enabled_(enabled) {}

engine::JobResult ScheduleRunner::Run(const engine::JobRequest& request, engine::JobMonitor& /*monitor*/) {
  engine::JobResult result;
  result.status = Add(request, &result);
  return result;
}

Status ScheduleRunner::Add(const engine::JobRequest& request, engine::JobResult* result) {
  const engine::JobMark mark;
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<engine::JobDefinition> definition, engine::JobDefinition::Make(request));
  MRD_ASSIGN_OR_RETURN(const engine::JobSettings settings, engine::JobSettings::Read(definition->config()));
  result->job_name = settings.job_name.empty() ? definition->name : settings.job_name;
  MRD_ASSIGN_OR_RETURN(const engine::JobOutput output, engine::FindOutput(*definition, request, file_systems_));
  MRD_RETURN_IF_ERROR(engine::CheckInputNamed(*definition, request));
  MRD_RETURN_IF_ERROR(CheckNeedsNoPlugin(*definition));
  MRD_ASSIGN_OR_RETURN(engine::InputRecipe recipe, engine::MakeRecipe(*definition, settings, request));
  bool varies = false;
  for (engine::InputRecipe::Named& named : recipe.inputs) {
    MRD_ASSIGN_OR_RETURN(named.path, Qualified(file_systems_, named.path));
    varies = varies || named.path.find('%') != std::string::npos;
  }

  MRD_ASSIGN_OR_RETURN(const proto::NewJobResponseProto place, client_.NewJob());
  engine::InputPlan plan;
  std::vector<std::string> cuts;
  if (definition->partition_kind == MR_PARTITION_RANGE && !definition->partitioner) {
    if (varies) {
      return InvalidArgument("job " + definition->name + " orders its whole output by a sample of its input, which is taken "
                             "now; so its input cannot be named by the time of a run");
    }
    MRD_ASSIGN_OR_RETURN(plan, engine::PlanFiles(recipe, file_systems_));
    MRD_ASSIGN_OR_RETURN(cuts, FindCutPoints({.env = env_,
                                              .file_systems = file_systems_,
                                              .cancel = cancel_,
                                              .definition = *definition,
                                              .settings = settings,
                                              .plan = plan,
                                              .id = place.jobid()}));
    plan = {};
  }
  MRD_ASSIGN_OR_RETURN(const JobPack pack, JobPack::Make(env_, file_systems_, request.plugin->path(), settings));
  MRD_ASSIGN_OR_RETURN(const fs::Path system_dir, fs::Path::Parse(place.systemdir()));
  MRD_ASSIGN_OR_RETURN(const fs::Path qualified, file_systems_.Qualify(system_dir));
  // Apart from the packs of single jobs: these stay as long as their schedules.
  MRD_ASSIGN_OR_RETURN(const fs::Path stored, pack.Store(qualified.Child("schedules")));

  proto::AddScheduleRequestProto message;
  *message.mutable_terms() = terms_;
  message.mutable_terms()->set_owner(client_.user());
  message.set_enabled(enabled_);
  const std::vector<std::vector<std::string>> hosts;
  *message.mutable_job()->mutable_spec() = *Submission({.request = request,
                                                        .definition = *definition,
                                                        .settings = settings,
                                                        .plan = plan,
                                                        .hosts = hosts,
                                                        .cuts = cuts,
                                                        .pack = pack,
                                                        .pack_path = stored.ToString(),
                                                        .job_id = "",
                                                        .job_name = result->job_name,
                                                        .user = client_.user(),
                                                        .output = output ? output.path.ToString() : ""})
                                                .mutable_spec();
  wire::ToProto(recipe, message.mutable_job()->mutable_recipe());
  MRD_ASSIGN_OR_RETURN(added_, client_.AddSchedule(message));
  return Status::Ok();
}

}  // namespace mrd::mapred
