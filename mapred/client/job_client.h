#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/base/config.h"
#include "common/base/status.h"
#include "proto/mr/jobs.pb.h"
#include "proto/mr/schedules.pb.h"

namespace mrd::mapred {

// Where the jobtracker answers calls.
struct JobtrackerAddress {
  std::string host;
  std::uint16_t port = 0;
  std::string ToString() const { return host + ":" + std::to_string(port); }
};

inline constexpr std::uint16_t kDefaultJobtrackerPort = 8021;

// "host", "host:port" or "[ipv6]:port". kInvalidArgument for anything else, "local" and "" too.
Result<JobtrackerAddress> ParseJobtrackerAddress(const std::string& text);

// The jobtracker as commands see it ("mrd.JobProtocol"): blocking calls over one connection, made with the first call
// and again when it broke. An exception of the server is the Status' tag, its first line the message.
//
// Threads: one at a time.
class JobClient {
 public:
  // As whom it asks, and how long it tries, follows from the configuration (see dfs keys ipc.client.*, hadoop user).
  static Result<std::unique_ptr<JobClient>> Make(const JobtrackerAddress& address, const Config& config);
  ~JobClient();
  JobClient(const JobClient&) = delete;
  JobClient& operator=(const JobClient&) = delete;

  Result<proto::NewJobResponseProto> NewJob();
  Result<proto::JobStatusProto> Submit(const proto::SubmitJobRequestProto& request);
  // Answered when the job is past version `seen` or has ended, at the latest after `wait`. `interrupted` is asked about
  // twenty times a second meanwhile; when it says true the call is left alone and kCancelled comes at once.
  Result<proto::JobStatusProto> Status(const std::string& job_id,
                                       std::uint64_t seen,
                                       std::chrono::milliseconds wait,
                                       const std::function<bool()>& interrupted);
  Result<proto::JobStatusProto> Status(const std::string& job_id);
  Result<proto::GetJobResultResponseProto> JobResult(const std::string& job_id);
  Result<proto::GetEventsResponseProto> Events(const std::string& job_id, std::uint32_t from, std::uint32_t count);
  Result<proto::GetTasksResponseProto> Tasks(const proto::GetTasksRequestProto& request);
  // Of all kinds, page by page.
  Result<std::vector<proto::TaskReportProto>> AllTasks(const std::string& job_id);
  mrd::Status Kill(const std::string& job_id, const std::string& reason);
  // Makes sure that a job that nobody has submitted never will be by this user. kFailedPrecondition when it was.
  mrd::Status Withdraw(const std::string& job_id);
  // False: it does not run.
  Result<bool> KillAttempt(const std::string& attempt_id, bool as_failure);
  mrd::Status SetPriority(const std::string& job_id, const std::string& priority);
  Result<proto::ListJobsResponseProto> List(bool all, const std::string& queue);
  Result<proto::JobSpecProto> Spec(const std::string& job_id);
  Result<proto::GetClusterResponseProto> Cluster();
  mrd::Status RefreshNodes();

  Result<proto::ScheduleProto> AddSchedule(const proto::AddScheduleRequestProto& request);
  // "": all.
  Result<proto::ListSchedulesResponseProto> Schedules(const std::string& name);
  mrd::Status RemoveSchedule(const std::string& name);
  mrd::Status EnableSchedule(const std::string& name, bool enabled);
  // The number of the run that began, or that waits for earlier ones.
  Result<std::uint64_t> RunSchedule(const std::string& name);

  const JobtrackerAddress& address() const { return address_; }
  const std::string& user() const { return user_; }

 private:
  struct Connection;
  JobClient(JobtrackerAddress address, std::string user, std::unique_ptr<Connection> connection);

  template <typename Response, typename Request>
  Result<Response> Ask(const char* method, const Request& request);

  const JobtrackerAddress address_;
  const std::string user_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace mrd::mapred
