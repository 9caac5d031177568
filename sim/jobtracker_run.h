#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/clock.h"
#include "sim/jobtracker_plant.h"

namespace mrd::sim {

struct JobtrackerRunOptions {
  std::uint64_t seed = 1;
  Millis trouble = 60'000;     // so long things go wrong and jobs are handed in
  Millis rest_max = 900'000;   // after so long of peace every job is over
  bool verbose = false;
  JobtrackerPlant plant = JobtrackerPlant::kNone;
};

struct JobtrackerRunOutcome {
  std::string fault;           // "" when every promise was kept
  std::uint64_t steps = 0;
  std::uint64_t trace_hash = 0;
  std::uint64_t jobs = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t attempts = 0;
  std::uint64_t failed_fetches = 0;
  std::uint64_t restarts = 0;  // of the jobtracker
  std::vector<std::string> last_lines;
};

// The core of the jobtracker with modelled trackers, from one seed: trouble, then peace, then the checks. The same options
// give the same outcome.
//
// Trouble: calls lost, trackers killed and started again, trackers cut off, the jobtracker killed or its power cut, slow
// trackers, attempts that fail or hang, fetches that fail or find damage, jobs and attempts killed, hosts excluded.
// All the time: no attempt is launched twice, no tracker runs more than it has slots for, a task's output is published by
// one attempt at a time, every task that waits has a reason, nobody starves under fair shares, a started jobtracker is what
// it was. At the end: every job is over; one that succeeded has each task's output once, from the attempt that the
// jobtracker believes, and was committed; one that did not was not; trackers run and keep nothing.
JobtrackerRunOutcome RunJobtracker(const JobtrackerRunOptions& options);

}  // namespace mrd::sim
