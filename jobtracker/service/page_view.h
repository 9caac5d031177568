#pragma once

#include <functional>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>

#include "jobtracker/service/job_calls.h"
#include "jobtracker/service/job_planner.h"
#include "jobtracker/service/schedules.h"
#include "jobtracker/web/view.h"

namespace mrd::jobtracker {

// The pages' way to the jobtracker: the calls of clients, on the core's executor whatever executor a page is served on.
class PageView final : public web::View {
 public:
  // `calls`, `schedules` and `planner` must outlive it.
  PageView(JobCalls& calls, jobtracker::Schedules& schedules, JobPlanner& planner, boost::asio::any_io_executor core_executor)
      : calls_(calls), schedules_(schedules), planner_(planner), executor_(std::move(core_executor)) {}

  net::awaitable<Result<mapred::proto::GetClusterResponseProto>> Cluster() override;
  net::awaitable<Result<mapred::proto::ListJobsResponseProto>> Jobs(std::string user,
                                                                    mapred::proto::ListJobsRequestProto request) override;
  net::awaitable<Result<mapred::proto::GetJobStatusResponseProto>> Status(std::string user, std::string job_id) override;
  net::awaitable<Result<mapred::proto::GetJobResultResponseProto>> JobResult(std::string user, std::string job_id) override;
  net::awaitable<Result<mapred::proto::GetTasksResponseProto>> Tasks(std::string user,
                                                                     mapred::proto::GetTasksRequestProto request) override;
  net::awaitable<Result<mapred::proto::GetEventsResponseProto>> Events(
      std::string user, mapred::proto::GetEventsRequestProto request) override;
  net::awaitable<Result<mapred::proto::GetJobSpecResponseProto>> Spec(std::string user, std::string job_id) override;

  net::awaitable<Result<mapred::proto::NewJobResponseProto>> NewJob(std::string user) override;
  net::awaitable<Result<mapred::proto::SubmitJobResponseProto>> Submit(
      std::string user, mapred::proto::SubmitJobRequestProto request) override;
  net::awaitable<Result<std::string>> PlanAndSubmit(std::string user, const web::JobUpload& upload) override;
  net::awaitable<mrd::Status> KillJob(std::string user, mapred::proto::KillJobRequestProto request) override;
  net::awaitable<Result<bool>> KillAttempt(std::string user, mapred::proto::KillAttemptRequestProto request) override;
  net::awaitable<mrd::Status> SetPriority(std::string user, mapred::proto::SetPriorityRequestProto request) override;

  net::awaitable<Result<mapred::proto::ListSchedulesResponseProto>> Schedules(
      mapred::proto::ListSchedulesRequestProto request) override;
  net::awaitable<mrd::Status> RemoveSchedule(std::string user, std::string name) override;
  net::awaitable<mrd::Status> EnableSchedule(std::string user, std::string name, bool enabled) override;
  net::awaitable<Result<std::uint64_t>> RunSchedule(std::string user, std::string name) override;

 private:
  template <typename T>
  net::awaitable<T> OnCore(std::function<net::awaitable<T>()> work);

  JobCalls& calls_;
  jobtracker::Schedules& schedules_;
  JobPlanner& planner_;
  const boost::asio::any_io_executor executor_;
};

}  // namespace mrd::jobtracker
