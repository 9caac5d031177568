// The tasks that concern a job as a whole: its commit, its abort, and a tiny job in one worker.

#include <algorithm>
#include <mutex>
#include <optional>

#include "engine/failure_source.h"
#include "engine/job_manifest.h"
#include "engine/local_runner.h"
#include "mapred/ids.h"
#include "mapred/wire/convert.h"
#include "tasktracker/worker/task_kinds.h"

namespace mrd::tasktracker {

namespace {

// What a runner tells of its job, for the lifeline. Threads: any.
class RunnerFigures : public engine::JobMonitor {
 public:
  void Progress(const engine::JobProgress& progress) override {
    const std::lock_guard lock(mutex_);
    if (progress.stage != now_.stage) stages_before_ += now_.records + 1;
    now_ = progress;
  }
  LiveFigures Figures() const {
    const std::lock_guard lock(mutex_);
    LiveFigures figures;
    figures.progress = (now_.map_fraction + now_.reduce_fraction) / 2;
    figures.records = now_.records;
    figures.bytes = now_.bytes;
    figures.pulse = stages_before_ + now_.records + now_.bytes;
    return figures;
  }

 private:
  mutable std::mutex mutex_;
  engine::JobProgress now_;
  std::uint64_t stages_before_ = 0;
};

// Each attempt at a whole job writes below a directory of its own number. Those that were granted publication before may
// live still: without that directory they have nothing to publish any more. What they did publish the runner clears.
Status RemoveSuperseded(AttemptWork& work, const std::vector<std::string>& superseded) {
  if (work.committer == nullptr) return Status::Ok();
  for (const std::string& id : superseded) {
    const std::optional<mapred::AttemptName> name = mapred::ParseAttemptId(id);
    if (!name || name->attempt == work.launch.attempt()) continue;
    MRD_ASSIGN_OR_RETURN(const fs::Path path,
                         fs::Path::Parse(work.committer->temporary_dir() + "/" + std::to_string(name->attempt)));
    MRD_RETURN_IF_ERROR(work.output_system->Delete(path, /*recursive=*/true).status());
  }
  return Status::Ok();
}

}  // namespace

Result<Outcome> RunCommit(AttemptWork& work) {
  work.lifeline.EnterPhase(mapred::proto::PHASE_COMMIT);
  Outcome outcome;
  if (work.committer != nullptr) {
    engine::JobResult result;
    result.job_name = work.settings.job_name.empty() ? work.definition->name : work.settings.job_name;
    result.maps = work.context->maps;
    result.reduces = work.context->reduces;
    result.ledger = mapred::wire::FromProto(work.launch.ledger());
    std::vector<engine::ManifestPart> parts;
    for (const mapred::proto::PartProto& part : work.launch.parts()) parts.push_back(mapred::wire::FromProto(part));
    const std::string manifest =
        engine::MakeManifest(*work.definition, work.job.plugin->sha256(), result, std::move(parts)).ToJson();
    std::vector<std::string> tasks(work.launch.committedtasks().begin(), work.launch.committedtasks().end());
    std::sort(tasks.begin(), tasks.end());
    MRD_RETURN_IF_ERROR(engine::From(
        engine::kFromOutput, work.committer->CommitJob(tasks, work.settings.mark_success ? &manifest : nullptr)));
  }
  work.usage.CountInto(outcome.counters, outcome.ledger, /*held_bytes=*/0);
  return outcome;
}

Result<Outcome> RunAbort(AttemptWork& work) {
  Outcome outcome;
  if (work.committer != nullptr) {
    work.committer->Adopt();
    MRD_RETURN_IF_ERROR(engine::From(engine::kFromOutput, work.committer->Abort()));
  }
  work.usage.CountInto(outcome.counters, outcome.ledger, /*held_bytes=*/0);
  return outcome;
}

Result<Outcome> RunWhole(AttemptWork& work) {
  engine::JobHost host;
  host.job_id = work.spec().jobid();
  host.attempt = static_cast<int>(work.launch.attempt());
  host.local_dirs = work.local_dirs;  // the first is there; others are made if it fails
  host.side_file_dir = work.job.setup.sidefiledir();
  host.cuts = {work.spec().cuts().begin(), work.spec().cuts().end()};
  host.may_publish = [&work](const std::vector<engine::ManifestPart>& written) {
    work.lifeline.EnterPhase(mapred::proto::PHASE_COMMIT);
    google::protobuf::RepeatedPtrField<mapred::proto::PartProto> parts;
    for (const engine::ManifestPart& part : written) mapred::wire::ToProto(part, parts.Add());
    const Result<std::vector<std::string>> superseded = work.lifeline.AskToPublish(parts);
    if (!superseded.ok()) return engine::From(engine::kFromOutput, superseded.status());
    return engine::From(engine::kFromOutput, RemoveSuperseded(work, *superseded));
  };
  engine::JobRequest request = work.job.Request();
  request.host = &host;
  RunnerFigures figures;
  engine::LocalRunner runner(Env::Posix(), work.file_systems, work.cancel);
  work.lifeline.Watch([&] { return figures.Figures(); });
  work.lifeline.EnterPhase(mapred::proto::PHASE_MAP);
  engine::JobResult result = runner.Run(request, figures);
  work.lifeline.Watch(nullptr);
  MRD_RETURN_IF_ERROR(result.status);
  return Outcome{std::move(result.counters), result.ledger, std::move(result.parts), {}};
}

}  // namespace mrd::tasktracker
