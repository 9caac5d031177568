#pragma once

#include <cstdint>
#include <string>

#include "common/http/message.h"
#include "jobtracker/web/upload.h"
#include "proto/mr/jobs.pb.h"
#include "proto/mr/schedules.pb.h"

namespace mrd::jobtracker::web {

namespace proto = mapred::proto;
using http::awaitable;

// What the pages know of the jobtracker and may ask of it: the calls of mrd.JobProtocol that concern people, for the user
// named. Implemented by the service, and by tests with invented jobs.
// Failures: kNotFound for a job that is not known (any more), kPermissionDenied for what the user may not see or do.
// Coroutines; called on the executors of HTTP connections, several at once.
class View {
 public:
  virtual ~View() = default;

  virtual awaitable<Result<proto::GetClusterResponseProto>> Cluster() = 0;
  virtual awaitable<Result<proto::ListJobsResponseProto>> Jobs(std::string user, proto::ListJobsRequestProto request) = 0;
  // At once: a wait in the request is not meant.
  virtual awaitable<Result<proto::GetJobStatusResponseProto>> Status(std::string user, std::string job_id) = 0;
  virtual awaitable<Result<proto::GetJobResultResponseProto>> JobResult(std::string user, std::string job_id) = 0;
  virtual awaitable<Result<proto::GetTasksResponseProto>> Tasks(std::string user, proto::GetTasksRequestProto request) = 0;
  virtual awaitable<Result<proto::GetEventsResponseProto>> Events(std::string user, proto::GetEventsRequestProto request) = 0;
  virtual awaitable<Result<proto::GetJobSpecResponseProto>> Spec(std::string user, std::string job_id) = 0;

  virtual awaitable<Result<proto::NewJobResponseProto>> NewJob(std::string user) = 0;
  virtual awaitable<Result<proto::SubmitJobResponseProto>> Submit(std::string user, proto::SubmitJobRequestProto request) = 0;
  // Plans a job as a client would, submits it, and tells its id. kInvalidArgument and the like for what the request says
  // wrongly, kUnimplemented where jobs are not planned, kResourceExhausted when too many are being planned.
  virtual awaitable<Result<std::string>> PlanAndSubmit(std::string user, const JobUpload& upload) = 0;
  virtual awaitable<mrd::Status> KillJob(std::string user, proto::KillJobRequestProto request) = 0;
  // False: the attempt does not run.
  virtual awaitable<Result<bool>> KillAttempt(std::string user, proto::KillAttemptRequestProto request) = 0;
  virtual awaitable<mrd::Status> SetPriority(std::string user, proto::SetPriorityRequestProto request) = 0;

  virtual awaitable<Result<proto::ListSchedulesResponseProto>> Schedules(proto::ListSchedulesRequestProto request) = 0;
  virtual awaitable<mrd::Status> RemoveSchedule(std::string user, std::string name) = 0;
  virtual awaitable<mrd::Status> EnableSchedule(std::string user, std::string name, bool enabled) = 0;
  // The number of the run; kFailedPrecondition when its policy for overlaps allows none now.
  virtual awaitable<Result<std::uint64_t>> RunSchedule(std::string user, std::string name) = 0;
};

}  // namespace mrd::jobtracker::web
