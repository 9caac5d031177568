#pragma once

#include <optional>

#include "common/base/env.h"
#include "common/fs/registry.h"
#include "engine/job_runner.h"
#include "engine/local_runner.h"
#include "mapred/client/job_client.h"
#include "proto/mr/schedules.pb.h"

namespace mrd::mapred {

// Instead of running a job makes a schedule of it: checks it, stores its pack where the jobtracker finds it for each run,
// and tells the jobtracker what a run needs. From then on no client is needed.
//
// Refused is what only the plugin could do at each run: splits of its own, a committer's setup. The cut points of a
// total order are those of the input as it is now; runs over other input are ordered all the same, if less evenly spread.
class ScheduleRunner : public engine::JobRunner {
 public:
  // All must outlive the runner. The owner of the terms is whoever the client asks as.
  ScheduleRunner(Env& env,
                 fs::Registry& file_systems,
                 const engine::CancelFlag& cancel,
                 JobClient& client,
                 proto::ScheduleTermsProto terms,
                 bool enabled);

  // Returns when the schedule is there; of the result only status and job_name are set.
  engine::JobResult Run(const engine::JobRequest& request, engine::JobMonitor& monitor) override;
  // After Run() succeeded.
  const std::optional<proto::ScheduleProto>& added() const { return added_; }

 private:
  Status Add(const engine::JobRequest& request, engine::JobResult* result);

  Env& env_;
  fs::Registry& file_systems_;
  const engine::CancelFlag& cancel_;
  JobClient& client_;
  const proto::ScheduleTermsProto terms_;
  const bool enabled_;
  std::optional<proto::ScheduleProto> added_;
};

}  // namespace mrd::mapred
