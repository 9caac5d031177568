#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/config.h"
#include "common/base/secret.h"
#include "common/base/status.h"
#include "jobtracker/service/access.h"
#include "jobtracker/service/dispatcher.h"

namespace mrd::jobtracker {

// Everything that the jobtracker reads of its configuration, once, at the start.
struct JobtrackerOptions {
  std::string rpc_ip;  // where to listen
  std::uint16_t rpc_port = 8021;
  std::string rpc_key;  // the configuration key that rpc_ip comes from
  std::string http_ip;
  std::uint16_t http_port = 50030;
  std::string dir;         // of the job store
  std::string system_dir;  // qualified
  std::string done_dir;    // qualified
  std::int64_t history_keep_ms = 0;
  DispatcherOptions dispatcher;
  AccessOptions access;
  std::size_t tasks_max = 250'000;
  std::size_t jobs_per_user_max = 1'000;
  bool plan_enabled = false;  // of jobs that come over HTTP
  std::int64_t plan_timeout_ms = 60'000;
  std::uint64_t submission_bytes_max = 64u << 20;
  std::string hosts_file;  // "" when there is none
  std::string hosts_exclude_file;
  // What trackers have to prove that they hold. Not read here: see daemon::ReadSecretFor().
  std::optional<Secret> secret;
  std::string log_file;  // of the process, see daemon::Context; not read here
};

// kInvalidArgument names key, value and what is expected.
Result<JobtrackerOptions> ReadOptions(const Config& config);

}  // namespace mrd::jobtracker
