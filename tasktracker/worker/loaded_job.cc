#include "tasktracker/worker/loaded_job.h"

#include <utility>

#include "common/fs/keys.h"
#include "dfs/client/keys.h"
#include "dfs/keys.h"
#include "engine/keys.h"
#include "tasktracker/worker/keys.h"

namespace mrd::tasktracker {

Result<std::unique_ptr<LoadedJob>> LoadJob(mapred::proto::SetupProto setup) {
  auto job = std::make_unique<LoadedJob>();
  job->setup = std::move(setup);
  const mapred::proto::JobSpecProto& spec = job->setup.spec();
  job->keys.Add(fs::CoreKeys());
  job->keys.Add(engine::MapReduceKeys());
  job->keys.Add(dfs::DfsKeys());
  job->keys.Add(dfs::client::ClientKeys());
  job->keys.Add(WorkerKeys());
  job->config = std::make_unique<Config>(job->keys);
  for (const mapred::proto::PropertyProto& property : spec.config()) {
    // Site files also hold keys of daemons, which are not known here.
    if (property.name().starts_with("mr.") && job->keys.Find(property.name()) == nullptr) continue;
    MRD_RETURN_IF_ERROR(job->config->Set(property.name(), property.value(), "the job's configuration"));
  }
  MRD_ASSIGN_OR_RETURN(const std::int64_t log_kib, job->config->GetInt("mapreduce.task.userlog.limit.kb"));
  job->log_limit_bytes = static_cast<std::uint64_t>(log_kib) << 10;
  MRD_ASSIGN_OR_RETURN(job->limits, TaskLimits::Read(*job->config));
  job->subject = "the plugin " + spec.pack().plugin();
  MRD_ASSIGN_OR_RETURN(job->plugin, engine::Plugin::Load(job->setup.packdir() + "/" + spec.pack().plugin()));
  MRD_ASSIGN_OR_RETURN(job->entry, job->plugin->Find(spec.entry()));
  if (job->entry->configure == nullptr) {
    return InvalidArgument(spec.entry() + " of " + job->subject + " is a driver; a driver runs jobs and is none");
  }
  return job;
}

engine::JobRequest LoadedJob::Request() const {
  const mapred::proto::JobSpecProto& spec = setup.spec();
  engine::JobRequest request{.plugin = plugin,
                             .entry = entry,
                             .inputs = {spec.inputs().begin(), spec.inputs().end()},
                             .output = spec.output(),
                             .options = {},
                             .config = *config};
  for (const mapred::proto::PropertyProto& option : spec.options()) request.options[option.name()] = option.value();
  return request;
}

}  // namespace mrd::tasktracker
