#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/secret.h"
#include "common/base/status.h"
#include "tasktracker/task_user.h"

namespace mrd::tasktracker {

// Everything that the tasktracker reads of its configuration, once, at the start.
struct Options {
  // Who it is.
  std::string host;  // as jobtracker, other trackers and the file system know it; "": the address that it listens at
  std::string rack;
  std::string user;          // in whose name calls are made
  std::uint32_t map_slots = 2;
  std::uint32_t reduce_slots = 2;
  std::uint64_t memory_bytes = 0;  // for all attempts; 0: not bounded

  // Where it listens, and whom it follows.
  std::string shuffle_host;
  std::uint16_t shuffle_port = 0;
  std::string http_host;
  std::uint16_t http_port = 0;
  bool lists_heeded = false;                // of who may see a job: mapreduce.cluster.acls.enabled
  std::set<std::string> administrators;     // who may see them all
  std::string jobtracker_host;
  std::uint16_t jobtracker_port = 8021;
  std::chrono::milliseconds call_timeout{60'000};
  std::chrono::milliseconds await_time{30'000};   // that the jobtracker may think before it answers "nothing"
  std::chrono::milliseconds retry_first{100};     // after a failed call; doubles
  std::chrono::milliseconds retry_most{3'000};
  // So long after the last word of a tracker the jobtracker may give its work to others.
  std::chrono::milliseconds expiry{600'000};

  // The local disk.
  std::vector<std::string> local_dirs;
  std::uint64_t local_free_min_bytes = 0;
  std::uint64_t cache_bytes = 0;
  std::string log_file;  // of the process, for the pages; not read here
  std::string userlogs_dir;
  std::chrono::milliseconds userlogs_retained{0};

  // Attempts.
  std::string worker_program;  // "": mr-worker beside the running program
  std::chrono::milliseconds kill_grace{5'000};
  TaskUser task_user;
  std::string cgroup = "none";       // mr.tasktracker.cgroup
  // mr.tasktracker.sandbox: attempts write to their job's directories only; are refused system calls.
  bool confine_attempts = false;
  bool filter_calls = false;
  std::vector<std::string> sandbox_troubles;  // sentences: why one of them cannot be had, though it is asked for
  std::chrono::milliseconds zygote_idle{60'000};

  // Shuffle.
  std::size_t fetch_trackers_max = 5;
  std::chrono::milliseconds fetch_connect_timeout{10'000};
  std::chrono::milliseconds fetch_read_timeout{60'000};
  std::size_t shuffle_sessions_max = 1024;

  std::size_t network_threads = 2;
  std::size_t disk_threads = 4;
  // What is proven to the jobtracker and to other trackers. Not read here: see daemon::ReadSecretFor().
  std::optional<Secret> secret;
};

// kInvalidArgument names key, value and what is expected.
Result<Options> ReadOptions(const Config& config);

}  // namespace mrd::tasktracker
