#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"
#include "common/fs/registry.h"
#include "engine/job.h"
#include "engine/job_runner.h"
#include "engine/monitor.h"

namespace mrd::engine {

// Set from anywhere (a signal handler too) to end a running job early. The reason is a signal number or 0.
struct CancelFlag {
  std::atomic<int> signal{0};
  bool set() const { return signal.load(std::memory_order_relaxed) != 0; }
};

// Runs jobs in this process: map tasks, then reduce tasks, on `mapreduce.local.map.tasks.maximum` threads, spilling
// below the local directory. The output appears by renames at the end, then _SUCCESS; after a failure nothing that was
// made is left. Threads: Run() from one thread at a time.
class LocalRunner : public JobRunner {
 public:
  // All must outlive the runner.
  LocalRunner(Env& env, fs::Registry& file_systems, const CancelFlag& cancel);

  // kCancelled after the flag was set.
  JobResult Run(const JobRequest& request, JobMonitor& monitor) override;

 private:
  Env& env_;
  fs::Registry& file_systems_;
  const CancelFlag& cancel_;
};

// Runs a driver entry of `plugin` with these arguments; its rounds go through `runner` with copies of `config`. Each
// round's result is appended to `results`. Returns the driver's exit status (1 when it threw).
int RunDriver(const std::shared_ptr<const Plugin>& plugin,
              const mr_job_entry& entry,
              const std::vector<std::string>& arguments,
              const Config& config,
              JobRunner& runner,
              fs::Registry& file_systems,
              JobMonitor& monitor,
              std::vector<JobResult>& results,
              std::string& error);

// The sentences of a crash: which attempt ran on the crashing thread, at which record. Async-signal-safe; `out` gets
// text without a final newline.
std::size_t DescribeRunningAttempt(char* out, std::size_t capacity);
// The number of that record (Attempt::StandsAt); false: the thread works on none. Async-signal-safe.
bool NumberOfRunningRecord(std::uint64_t* number);
// True while a job runs, for the guard against plugins that call exit().
bool JobRunning();
// Directories to remove when the process dies in the middle (local spill directory, output's _temporary), as
// NUL-terminated strings; for the crash and exit guards.
void ListLeftovers(void (*visit)(const char* path, void* context), void* context);

}  // namespace mrd::engine
