#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/fs/registry.h"
#include "engine/attempt.h"
#include "engine/committer.h"
#include "engine/counters.h"
#include "engine/job_definition.h"
#include "engine/job_settings.h"
#include "engine/ledger.h"
#include "engine/manifest.h"
#include "engine/process_usage.h"
#include "engine/skipped_log.h"
#include "proto/mr/umbilical.pb.h"
#include "tasktracker/worker/lifeline.h"
#include "tasktracker/worker/loaded_job.h"

namespace mrd::tasktracker {

// What an attempt that went well tells at its end.
struct Outcome {
  engine::Counters counters;
  engine::Ledger ledger;
  std::vector<engine::ManifestPart> parts;
  mapred::proto::WorkerMessageProto::MapOutput map_output;  // without spills: none
};

// What an attempt of any kind works with. Lives on the attempt's one thread.
class AttemptWork {
 public:
  // All must outlive it.
  AttemptWork(const LoadedJob& loaded_job,
              const mapred::proto::LaunchProto& order,
              Lifeline& umbilical,
              const engine::CancelFlag& cancel_flag);

  // Makes the directories and links, goes to the working directory, asks the plugin for the job's definition. kInternal
  // when the tracker's own preparations do not hold.
  Status Prepare();

  // Asks to publish what `attempt` has written and does it.
  Status Publish(const engine::Attempt& attempt);
  // Sets where the attempt's output goes, if the job makes one.
  void GiveOutput(engine::Attempt& attempt);
  // Counters and ledger of an attempt that has ended, with what the process used.
  Outcome Conclude(engine::Attempt& attempt);

  // After a failure: what the attempt has written to the file system.
  void DropOutput();
  // What lies in the attempt's local directories, but for what the tracker takes over.
  void DropLocalFiles(bool keep_map_output);

  // What the jobtracker wants left out.
  std::vector<engine::SkipRange> Skips() const;

  const mapred::proto::JobSpecProto& spec() const { return job.setup.spec(); }

  const LoadedJob& job;
  const mapred::proto::LaunchProto& launch;
  Lifeline& lifeline;
  const engine::CancelFlag& cancel;
  std::vector<std::string> local_dirs;  // of the attempt: the one to begin with, made; then others, made when needed
  fs::Registry file_systems;
  const engine::ProcessUsage usage;
  std::unique_ptr<engine::JobDefinition> definition;
  engine::JobSettings settings;
  std::unique_ptr<engine::JobContext> context;
  std::shared_ptr<fs::FileSystem> output_system;   // nullptr: the job makes no output
  std::unique_ptr<engine::OutputCommitter> committer;  // then as well
  std::optional<std::uint64_t> bad_record;  // that the plugin failed at

 private:
  Status MakeLocalDirs();
  Status LinkSideFiles();
};

}  // namespace mrd::tasktracker
