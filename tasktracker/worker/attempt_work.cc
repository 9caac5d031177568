#include "tasktracker/worker/attempt_work.h"

#include <cerrno>

#include <unistd.h>

#include "common/base/env.h"
#include "dfs/client/file_systems.h"
#include "engine/failure_source.h"
#include "mapred/wire/convert.h"

namespace mrd::tasktracker {

AttemptWork::AttemptWork(const LoadedJob& loaded_job,
                         const mapred::proto::LaunchProto& order,
                         Lifeline& umbilical,
                         const engine::CancelFlag& cancel_flag)
    : job(loaded_job),
      launch(order),
      lifeline(umbilical),
      cancel(cancel_flag),
      file_systems(dfs::client::MakeFileSystems(dfs::client::OutlastingRestarts(*loaded_job.config), order.workdir())),
      usage(file_systems) {}

// Makes the first that can be; a directory costs as much as all else in a short attempt, and the others are seldom needed.
Status AttemptWork::MakeLocalDirs() {
  const auto& bases = job.setup.localdirs();
  std::string why;
  for (int i = 0; i < bases.size(); ++i) {
    // Attempts begin with different disks.
    const int at = static_cast<int>((launch.number() + launch.attempt() + static_cast<std::uint32_t>(i)) %
                                    static_cast<std::uint32_t>(bases.size()));
    std::string directory = bases[at] + "/" + launch.attemptid();
    if (local_dirs.empty()) {
      Status made = Env::Posix().CreateDir(directory, 0700);
      if (!made.ok() && made.code() != Code::kAlreadyExists) {
        why += (why.empty() ? "" : "; ") + made.message();
        continue;
      }
    }
    local_dirs.push_back(std::move(directory));
  }
  if (!local_dirs.empty()) return Status::Ok();
  return engine::From(engine::kFromLocalDisk,
                      IoError("no directory of mapreduce.cluster.local.dir can be written to: " +
                              (why.empty() ? "none is given" : why)));
}

Status AttemptWork::LinkSideFiles() {
  Env& env = Env::Posix();
  if (::chdir(launch.workdir().c_str()) != 0) {
    return Internal(FromErrno(errno, "go to the working directory " + launch.workdir()).message());
  }
  const std::string& side = job.setup.sidefiledir();
  if (side.empty()) return Status::Ok();
  Result<std::vector<FileInfo>> entries = env.ListDir(side);
  if (!entries.ok()) return Internal(entries.status().message());
  for (const FileInfo& entry : *entries) {
    Status linked = env.Symlink(side + "/" + entry.name, launch.workdir() + "/" + entry.name);
    if (!linked.ok() && linked.code() != Code::kAlreadyExists) return Internal(linked.message());
  }
  return Status::Ok();
}

Status AttemptWork::Prepare() {
  MRD_RETURN_IF_ERROR(LinkSideFiles());
  MRD_RETURN_IF_ERROR(MakeLocalDirs());
  engine::JobRequest request = job.Request();
  if (launch.kind() != mapred::proto::WHOLE) {
    // Map output goes to other processes; said here, so that nobody looks for how much memory the machine could spare.
    MRD_RETURN_IF_ERROR(request.config.Set("mr.shuffle.memory.mb", "0", "the tasktracker"));
  }
  MRD_ASSIGN_OR_RETURN(definition, engine::JobDefinition::Make(request));
  MRD_ASSIGN_OR_RETURN(settings, engine::JobSettings::Read(definition->config()));
  settings.shuffle_memory_bytes = 0;  // whatever a final property says
  context.reset(new engine::JobContext{.env = Env::Posix(),
                                       .file_systems = file_systems,
                                       .cancel = cancel,
                                       .definition = *definition,
                                       .settings = settings,
                                       .job_id = spec().jobid(),
                                       .local_dir = local_dirs.front(),
                                       .side_file_dir = job.setup.sidefiledir(),
                                       .maps = static_cast<int>(launch.maps()),
                                       .reduces = static_cast<int>(spec().reduces()),
                                       .attempt = static_cast<int>(launch.attempt()),
                                       .more_local_dirs = {local_dirs.begin() + 1, local_dirs.end()}});
  if (!definition->description.takes_output || spec().output().empty()) return Status::Ok();
  MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(spec().output()));
  MRD_ASSIGN_OR_RETURN(fs::Path output, file_systems.Qualify(parsed));
  MRD_ASSIGN_OR_RETURN(output_system, file_systems.For(output));
  committer = std::make_unique<engine::OutputCommitter>(*context, output_system, std::move(output));
  return Status::Ok();
}

std::vector<engine::SkipRange> AttemptWork::Skips() const {
  std::vector<engine::SkipRange> skips;
  for (int i = 0; i + 1 < launch.skipranges_size(); i += 2) {
    skips.push_back({launch.skipranges(i), launch.skipranges(i + 1)});
  }
  return skips;
}

void AttemptWork::GiveOutput(engine::Attempt& attempt) {
  if (committer != nullptr) attempt.SetOutput(output_system, committer->AttemptDir(attempt.attempt_id()));
}

Status AttemptWork::Publish(const engine::Attempt& attempt) {
  if (committer == nullptr) return Status::Ok();
  // A plugin's own committer wants to hear of every task.
  const bool told = definition->committer && definition->committer->commit_task != nullptr;
  if (!attempt.made_output() && !told) return Status::Ok();
  lifeline.EnterPhase(mapred::proto::PHASE_COMMIT);
  google::protobuf::RepeatedPtrField<mapred::proto::PartProto> parts;
  for (const engine::ManifestPart& part : attempt.parts) mapred::wire::ToProto(part, parts.Add());
  Result<std::vector<std::string>> superseded = lifeline.AskToPublish(parts);
  if (!superseded.ok()) return engine::From(engine::kFromOutput, superseded.status());
  return engine::From(engine::kFromOutput, committer->CommitTask(attempt, *superseded));
}

Outcome AttemptWork::Conclude(engine::Attempt& attempt) {
  Outcome outcome;
  outcome.counters = attempt.TakeCounters();
  outcome.ledger = attempt.ledger;
  outcome.parts = std::move(attempt.parts);
  usage.CountInto(outcome.counters, outcome.ledger, /*held_bytes=*/0);
  return outcome;
}

void AttemptWork::DropOutput() {
  const bool writes = launch.kind() == mapred::proto::MAP || launch.kind() == mapred::proto::REDUCE;
  if (committer != nullptr && writes) committer->DropAttempt(launch.attemptid());
}

void AttemptWork::DropLocalFiles(bool keep_map_output) {
  if (keep_map_output) return;
  for (const std::string& directory : local_dirs) static_cast<void>(RemoveTree(Env::Posix(), directory).ok());
}

}  // namespace mrd::tasktracker
