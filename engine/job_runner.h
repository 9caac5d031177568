#pragma once

#include "engine/job.h"
#include "engine/monitor.h"

namespace mrd::engine {

// Whoever runs jobs to their end: this process (LocalRunner) or a cluster. What calls it need not know which; the bytes of
// a job's output are the same.
// Threads: Run() from one thread at a time.
class JobRunner {
 public:
  virtual ~JobRunner() = default;
  // Blocks until the job has ended. Everything that went wrong is in the result's status: kAlreadyExists for an existing
  // output, kNotFound for missing input, kCancelled when the user ended it.
  virtual JobResult Run(const JobRequest& request, JobMonitor& monitor) = 0;
};

}  // namespace mrd::engine
