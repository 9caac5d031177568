#include "jobtracker/service/run_planner.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/fs/local_file_system.h"
#include "dfs/client/hdfs_file_system.h"
#include "engine/input_recipe.h"
#include "engine/output_claim.h"
#include "engine/split_hosts.h"
#include "mapred/wire/convert.h"
#include "mapred/wire/recipe.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

constexpr std::size_t kJobBytesMax = std::size_t{4} << 20;

// As the committer of the engine lays it out.
fs::Path AttemptsDir(const fs::Path& output) { return output.Child("_temporary").Child("0"); }

}  // namespace

struct RunPlanner::Output {
  std::shared_ptr<fs::FileSystem> system;
  fs::Path path;
};

RunPlanner::RunPlanner(Env& env, Clock& clock, const Config& config, std::string superuser)
    : env_(env), clock_(clock), config_(config), superuser_(std::move(superuser)) {}

fs::Registry RunPlanner::FileSystemsOf(const std::string& owner) const {
  fs::Registry registry(config_.GetString("fs.defaultFS", "file:///"), "/");
  registry.Register("file", [&env = env_](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
    return fs::MakeLocalFileSystem(env);
  });
  registry.Register("hdfs", dfs::client::HdfsFactory(config_, clock_, owner));
  return registry;
}

Status RunPlanner::CheckPlace(const std::string& path, const std::string& owner) const {
  MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(path));
  if (!parsed.path().starts_with('/')) return InvalidArgument("\"" + path + "\" is no absolute path");
  if ((parsed.scheme().empty() || parsed.scheme() == "file") && owner != superuser_) {
    return PermissionDenied(path + " is a local file: runs of a schedule see those of the jobtracker's machine, so only " +
                            superuser_ + ", who runs it, may name them; put it into the distributed file system");
  }
  return Status::Ok();
}

Status RunPlanner::Check(const proto::ScheduledJobProto& job, const std::string& owner) const {
  if (job.ByteSizeLong() > kJobBytesMax) {
    return InvalidArgument("the job's specification has " + std::to_string(job.ByteSizeLong()) + " bytes; possible are " +
                           std::to_string(kJobBytesMax));
  }
  if (job.spec().pack().path().empty() || job.spec().pack().sha256().size() != 64) {
    return InvalidArgument("the schedule names no job pack");
  }
  std::vector<std::string> patterns;
  for (const auto& input : job.recipe().inputs()) patterns.push_back(input.path());
  if (!job.spec().output().empty()) {
    patterns.push_back(job.spec().output());
    if (!PatternVaries(job.spec().output())) {
      return InvalidArgument("each run would write to " + job.spec().output() + ", and the second would find it there; name "
                             "it by the time, as in " + job.spec().output() + "/%Y%m%d-%H%M, or by the number of the run, %i");
    }
  }
  for (const std::string& pattern : patterns) {
    MRD_ASSIGN_OR_RETURN(const std::string path, ExpandPattern(pattern, TimeZone::Utc(), PatternTime{}));
    MRD_RETURN_IF_ERROR(CheckPlace(path, owner));
  }
  return CheckPlace(job.spec().pack().path(), owner);
}

Result<RunPlanner::Output> RunPlanner::FindOutput(const RunToPlan& run, fs::Registry& file_systems) const {
  Output output;
  MRD_ASSIGN_OR_RETURN(const std::string text, ExpandPattern(run.job->spec().output(), run.zone, run.time));
  MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(text));
  MRD_ASSIGN_OR_RETURN(output.path, file_systems.Qualify(parsed));
  MRD_ASSIGN_OR_RETURN(output.system, file_systems.For(output.path));
  return output;
}

Status RunPlanner::MakeOutput(const RunToPlan& run, fs::Registry& file_systems, std::string* path) const {
  if (run.job->spec().output().empty()) return Status::Ok();
  MRD_ASSIGN_OR_RETURN(const Output output, FindOutput(run, file_systems));
  *path = output.path.ToString();
  // A jobtracker that was killed between this and the submission, or an earlier try, has left the claim of the same run.
  const engine::Claimant mine = {.job = run.job_id, .run = run.mark, .sender = "", .made_ms = clock_.WallMillis()};
  const auto ours = [&](const engine::Claimant& other) { return engine::IsSame(other.run, run.mark); };
  MRD_RETURN_IF_ERROR(engine::TakeClaim(*output.system, output.path, mine, ours).status());
  return output.system->Mkdirs(AttemptsDir(output.path));
}

Result<proto::SubmitJobRequestProto> RunPlanner::Plan(const RunToPlan& run) const {
  fs::Registry file_systems = FileSystemsOf(run.owner);
  proto::SubmitJobRequestProto request;
  proto::JobSpecProto& spec = *request.mutable_spec();
  spec = run.job->spec();
  spec.set_jobid(run.job_id);
  spec.set_user(run.owner);
  MRD_ASSIGN_OR_RETURN(const fs::Path pack, fs::Path::Parse(spec.pack().path()));
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> packs, file_systems.For(pack));
  const Result<fs::FileStatus> kept = packs->Stat(pack);
  if (kept.status().code() == Code::kNotFound) {
    return NotFound("the job's pack " + spec.pack().path() + " is not there any more; remove the schedule and add it again");
  }
  MRD_RETURN_IF_ERROR(kept.status());

  engine::InputRecipe recipe = mapred::wire::FromProto(run.job->recipe());
  spec.clear_inputs();
  for (engine::InputRecipe::Named& named : recipe.inputs) {
    MRD_ASSIGN_OR_RETURN(named.path, ExpandPattern(named.path, run.zone, run.time));
    MRD_RETURN_IF_ERROR(CheckPlace(named.path, run.owner));
    spec.add_inputs(named.path);
  }
  MRD_ASSIGN_OR_RETURN(const engine::InputPlan plan, engine::PlanFiles(recipe, file_systems));
  const std::vector<std::vector<std::string>> hosts = engine::SplitHosts(plan.splits, file_systems);
  spec.set_inputbytes(plan.bytes);
  spec.set_maps(static_cast<std::uint32_t>(plan.splits.size()));
  for (std::size_t at = 0; at < plan.splits.size(); ++at) {
    proto::SplitProto& split = *request.add_splits();
    mapred::wire::ToProto(plan.splits[at], &split);
    for (const std::string& host : hosts[at]) split.add_hosts(host);
  }
  // Last, since from here on something has to be removed again if it fails.
  std::string output;
  MRD_RETURN_IF_ERROR(MakeOutput(run, file_systems, &output));
  spec.set_output(output);
  return request;
}

Status RunPlanner::Withdraw(const RunToPlan& run) const {
  if (run.job->spec().output().empty()) return Status::Ok();
  fs::Registry file_systems = FileSystemsOf(run.owner);
  MRD_ASSIGN_OR_RETURN(const Output output, FindOutput(run, file_systems));
  const Result<std::vector<engine::Claimant>> claimants = engine::Claimants(*output.system, output.path);
  const auto ours = [&](const engine::Claimant& one) { return engine::IsSame(one.run, run.mark); };
  if (!claimants.ok() || claimants->empty() || !std::all_of(claimants->begin(), claimants->end(), ours)) return Status::Ok();
  return output.system->Delete(output.path, /*recursive=*/true).status();
}

Status RunPlanner::RemovePack(const std::string& owner, const std::string& path) const {
  fs::Registry file_systems = FileSystemsOf(owner);
  MRD_ASSIGN_OR_RETURN(const fs::Path pack, fs::Path::Parse(path));
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> system, file_systems.For(pack));
  return system->Delete(pack, /*recursive=*/false).status();
}

}  // namespace mrd::jobtracker
