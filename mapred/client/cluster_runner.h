#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/fs/registry.h"
#include "engine/job_runner.h"
#include "engine/local_runner.h"
#include "mapred/client/job_client.h"

namespace mrd::mapred {

// Runs jobs on a cluster: plans here, with the same code and so the same splits as LocalRunner; stores what the tasks
// need as a pack; submits; follows to the end.
//
// Output: made and checked here, so that a refusal comes before anything runs; removed again when the submission
// fails. From then on it is the cluster's. Interruption: when the cancel flag is set the job is killed, or left to
// itself with `detach`; the result is kCancelled then, and its explanation says what became of the job.
class ClusterRunner : public engine::JobRunner {
 public:
  struct Options {
    bool detach = false;
    bool follow = true;  // false: return once the job is submitted, without counters and result
    std::chrono::milliseconds poll{1'000};          // how often progress is looked at
    std::chrono::milliseconds patience{600'000};    // with a jobtracker that does not answer
    std::function<std::string(int)> signal_words;   // "an interrupt (SIGINT)", for the reason of a kill
  };
  // All must outlive the runner.
  ClusterRunner(Env& env,
                Clock& clock,
                fs::Registry& file_systems,
                const engine::CancelFlag& cancel,
                JobClient& client,
                Options options);

  engine::JobResult Run(const engine::JobRequest& request, engine::JobMonitor& monitor) override;

 private:
  Env& env_;
  Clock& clock_;
  fs::Registry& file_systems_;
  const engine::CancelFlag& cancel_;
  JobClient& client_;
  const Options options_;
};

}  // namespace mrd::mapred
