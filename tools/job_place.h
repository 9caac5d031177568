#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/base/config.h"
#include "common/base/status.h"
#include "common/fs/registry.h"
#include "engine/job_runner.h"
#include "engine/local_runner.h"
#include "mapred/client/job_client.h"

namespace mrd::tools {

// Where a configuration says that jobs run.
struct JobPlace {
  std::optional<mapred::JobtrackerAddress> jobtracker;  // absent: in this process
  std::string notice;                                   // what the user should know of the choice; may be empty
};

// mapreduce.framework.name: local, or cluster with mapreduce.jobtracker.address. Hadoop's other words, classic and
// yarn, mean the cluster where that address is set and this process where it is not; the address alone, as sites of
// Hadoop 1.x have it, means the cluster. kInvalidArgument for another word, or a cluster without an address.
Result<JobPlace> ChooseJobPlace(const Config& config);

// The jobtracker that commands about jobs ask. kInvalidArgument, saying what to set, where jobs run in this process.
Result<std::unique_ptr<mapred::JobClient>> ConnectJobtracker(const Config& config);

// A runner for that place and what it needs.
struct ChosenRunner {
  std::unique_ptr<mapred::JobClient> client;  // of a cluster
  std::unique_ptr<engine::JobRunner> runner;
  std::string notice;
};

struct RunnerOptions {
  bool detach = false;  // an interrupt leaves the job of a cluster alone
  bool live = false;    // a person watches the progress
};

// `file_systems` and `cancel` must outlive the runner.
Result<ChosenRunner> ChooseRunner(const Config& config,
                                  fs::Registry& file_systems,
                                  const engine::CancelFlag& cancel,
                                  const RunnerOptions& options);

}  // namespace mrd::tools
