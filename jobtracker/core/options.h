#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mrd::jobtracker {

enum class Policy {
  kFifo,  // by priority, then by age; queues only limit
  kFair,  // queues are pools that share by weight
};

// A queue of jobs, and under Policy::kFair a pool. 0 of a limit means none.
struct QueueOptions {
  double weight = 1;
  std::uint32_t min_maps = 0;           // slots that the pool may count on when it has work for them
  std::uint32_t min_reduces = 0;
  std::uint32_t running_jobs_max = 0;   // further jobs wait
  std::uint32_t user_jobs_max = 0;      // running jobs of one user
  std::uint32_t user_slots_max = 0;     // slots of each kind for all jobs of one user
  std::uint32_t jobs_max = 0;           // running and waiting; further ones are refused
  bool fifo = false;                    // within the pool by age instead of fairly
  bool stopped = false;                 // takes no new jobs
};

// Settings of the core. Times are milliseconds.
struct CoreOptions {
  Policy policy = Policy::kFifo;
  std::map<std::string, QueueOptions> queues = {{"default", {}}};

  std::int64_t heartbeat_ms = 3'000;         // how often trackers report at the latest
  std::int64_t tracker_expiry_ms = 600'000;  // mapreduce.jobtracker.expire.trackers.interval
  // At most; a job whose maps take less than that waits only as long as one of them takes. What has no host with a
  // tracker does not wait.
  std::int64_t locality_wait_ms = 1'000;

  bool preemption = true;                    // under Policy::kFair
  std::int64_t min_share_timeout_ms = 15'000;
  std::int64_t fair_share_timeout_ms = 30'000;  // below half of the fair share

  std::int64_t speculation_interval_ms = 1'000;
  std::int64_t speculation_min_ms = 5'000;   // an attempt younger than this is not judged
  std::uint32_t speculative_min = 1;         // second attempts of a job that are always allowed

  // A tracker with so many faults (jobs that would not use it any more, attempts that it could not start) within the
  // window is not used for any job until the window has passed. At most half of all trackers.
  std::uint32_t tracker_faults_max = 4;
  std::int64_t tracker_fault_window_ms = 3'600'000;

  // Attempts that a running job is given to end after it failed or was killed, before its leavings are removed anyway.
  std::int64_t ending_wait_ms = 15'000;
  // Reports about one map's output by different reduces until it is believed lost; or half of the running reduces.
  std::uint32_t fetch_failures_max = 3;
  // Failures that are no fault of the task (tracker, disk, shuffle) count this fraction of one: 1/n.
  std::uint32_t foreign_failure_divisor = 4;

  std::uint32_t running_jobs_max = 0;        // of all queues
  std::uint32_t jobs_max = 10'000;           // not ended
  std::uint32_t tasks_max = 2'000'000;       // of one job, maps and reduces

  std::size_t map_outputs_per_order = 4'096;
  // Finished maps are told to trackers at most this often altogether; few trackers hear at once.
  std::uint32_t map_output_orders_per_second = 1'000;
};

}  // namespace mrd::jobtracker
