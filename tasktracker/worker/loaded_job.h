#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/config.h"
#include "common/base/status.h"
#include "engine/job.h"
#include "engine/plugin.h"
#include "proto/mr/umbilical.pb.h"
#include "tasktracker/worker/task_limits.h"

namespace mrd::tasktracker {

// The job that a zygote serves: its plugin and configuration, loaded once and inherited by every attempt. Immutable.
struct LoadedJob {
  mapred::proto::SetupProto setup;
  KeyRegistry keys;
  std::unique_ptr<Config> config;  // refers to `keys`
  std::shared_ptr<const engine::Plugin> plugin;
  const mr_job_entry* entry = nullptr;
  std::string subject;               // "the plugin wordcount.so", for messages
  TaskLimits limits;                 // of each attempt
  std::uint64_t log_limit_bytes = 0; // of each of stdout and stderr; 0: none

  // As a client would ask for it.
  engine::JobRequest Request() const;
};

// Fails as Plugin::Load() does, and for a configuration with values that make no sense. Opens no connection and starts no
// thread of ours: attempts are forked from the process.
Result<std::unique_ptr<LoadedJob>> LoadJob(mapred::proto::SetupProto setup);

}  // namespace mrd::tasktracker
