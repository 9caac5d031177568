#include "mapred/client/cut_points.h"

#include <memory>

#include "engine/job_dir.h"
#include "engine/map_collector.h"
#include "engine/sampler.h"
#include "engine/side_files.h"

namespace mrd::mapred {

Result<std::vector<std::string>> FindCutPoints(const SampledJob& job) {
  if (job.definition.partition_kind != MR_PARTITION_RANGE || job.definition.partitioner) return std::vector<std::string>();
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<engine::JobDir> directory,
                       engine::JobDir::Create(job.env, job.settings.local_dirs, job.id));
  engine::JobContext context{.env = job.env,
                             .file_systems = job.file_systems,
                             .cancel = job.cancel,
                             .definition = job.definition,
                             .settings = job.settings,
                             .job_id = job.id,
                             .local_dir = directory->path(),
                             .side_file_dir = "",
                             .maps = static_cast<int>(job.plan.splits.size()),
                             .reduces = job.settings.reduces};
  if (!job.settings.side_files.empty() || !job.settings.side_archives.empty()) {
    context.side_file_dir = directory->path() + "/side";
    MRD_RETURN_IF_ERROR(job.env.CreateDir(context.side_file_dir, 0700));
    MRD_RETURN_IF_ERROR(engine::PlaceSideFiles(job.env, job.file_systems, job.settings, context.side_file_dir));
  }
  engine::TaskMemory memory(job.settings.task_memory_bytes);
  return engine::SampleCutPoints(context, job.plan, memory);
}

}  // namespace mrd::mapred
