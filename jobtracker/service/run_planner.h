#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/config.h"
#include "common/base/env.h"
#include "common/base/status.h"
#include "common/fs/registry.h"
#include "jobtracker/schedule/time_pattern.h"
#include "jobtracker/schedule/time_zone.h"
#include "proto/mr/jobs.pb.h"
#include "proto/mr/schedules.pb.h"

namespace mrd::jobtracker {

// One run of a schedule, to be planned.
struct RunToPlan {
  std::shared_ptr<const mapred::proto::ScheduledJobProto> job;
  std::string owner;
  TimeZone zone;
  PatternTime time;
  std::string job_id;
  std::string mark;  // the run's own; a claim to its output that bears it is that of an earlier try, and passes on
};

// Does for a run what a client does for a job before it submits it: expands paths, lists and cuts the input, makes the
// output directory. It loads no plugin; what only that could tell was told when the schedule was added.
//
// Files are seen as the owner sees them. Local files are those of this machine under the user of the jobtracker, so only
// that user's schedules may name them.
// Threads: any; blocking calls.
class RunPlanner {
 public:
  // `env` and `clock` must outlive it; `config` is copied.
  RunPlanner(Env& env, Clock& clock, const Config& config, std::string superuser);

  // What can be said of a job when its schedule is added: kInvalidArgument for a path that is not qualified, a pattern with
  // an unknown letter, or an output that would be the same at each run; kPermissionDenied for local files of others.
  // Blocks for nothing.
  Status Check(const mapred::proto::ScheduledJobProto& job, const std::string& owner) const;

  // The submission, with its output made. kNotFound for input or pack that is not there, kAlreadyExists for the output.
  Result<mapred::proto::SubmitJobRequestProto> Plan(const RunToPlan& run) const;
  // Removes the output that Plan() made, when the submission came to nothing.
  Status Withdraw(const RunToPlan& run) const;
  // Removes a pack that no schedule needs any more.
  Status RemovePack(const std::string& owner, const std::string& path) const;

 private:
  struct Output;
  fs::Registry FileSystemsOf(const std::string& owner) const;
  Status CheckPlace(const std::string& path, const std::string& owner) const;
  Result<Output> FindOutput(const RunToPlan& run, fs::Registry& file_systems) const;
  Status MakeOutput(const RunToPlan& run, fs::Registry& file_systems, std::string* path) const;

  Env& env_;
  Clock& clock_;
  const Config config_;
  const std::string superuser_;
};

}  // namespace mrd::jobtracker
