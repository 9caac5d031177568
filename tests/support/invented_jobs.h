#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "jobtracker/web/view.h"
#include "tests/support/invented_job.h"
#include "tests/support/invented_schedules.h"

namespace mrd::test {

// A cluster with jobs that nobody runs: what a jobtracker would tell of them at a moment. Names are as bad as they may be:
// markup, right-to-left marks, very long ones. Everything is a function of the time since the view was made, so the
// pages show jobs that move; kills are remembered. One thread.
class InventedJobs final : public jobtracker::web::View {
 public:
  // `now_ms` is the wall clock. The running job is `ahead_ms` old at the start.
  InventedJobs(std::function<std::uint64_t()> now_ms, std::uint64_t ahead_ms);
  ~InventedJobs() override;

  // The name of the running job, which must never become markup.
  static constexpr const char* kHostileName = "<script>alert(1)</script><img src=x onerror=alert(2)>";

  template <typename T>
  using awaitable = jobtracker::web::awaitable<T>;
  awaitable<Result<mapred::proto::GetClusterResponseProto>> Cluster() override;
  awaitable<Result<mapred::proto::ListJobsResponseProto>> Jobs(std::string user,
                                                               mapred::proto::ListJobsRequestProto request) override;
  awaitable<Result<mapred::proto::GetJobStatusResponseProto>> Status(std::string user, std::string job_id) override;
  awaitable<Result<mapred::proto::GetJobResultResponseProto>> JobResult(std::string user, std::string job_id) override;
  awaitable<Result<mapred::proto::GetTasksResponseProto>> Tasks(std::string user,
                                                                mapred::proto::GetTasksRequestProto request) override;
  awaitable<Result<mapred::proto::GetEventsResponseProto>> Events(std::string user,
                                                                  mapred::proto::GetEventsRequestProto request) override;
  awaitable<Result<mapred::proto::GetJobSpecResponseProto>> Spec(std::string user, std::string job_id) override;
  awaitable<Result<mapred::proto::NewJobResponseProto>> NewJob(std::string user) override;
  awaitable<Result<mapred::proto::SubmitJobResponseProto>> Submit(std::string user,
                                                                  mapred::proto::SubmitJobRequestProto request) override;
  awaitable<Result<std::string>> PlanAndSubmit(std::string user, const jobtracker::web::JobUpload& upload) override;
  awaitable<mrd::Status> KillJob(std::string user, mapred::proto::KillJobRequestProto request) override;
  awaitable<Result<bool>> KillAttempt(std::string user, mapred::proto::KillAttemptRequestProto request) override;
  awaitable<mrd::Status> SetPriority(std::string user, mapred::proto::SetPriorityRequestProto request) override;

  awaitable<Result<mapred::proto::ListSchedulesResponseProto>> Schedules(
      mapred::proto::ListSchedulesRequestProto request) override;
  awaitable<mrd::Status> RemoveSchedule(std::string user, std::string name) override;
  awaitable<mrd::Status> EnableSchedule(std::string user, std::string name, bool enabled) override;
  awaitable<Result<std::uint64_t>> RunSchedule(std::string user, std::string name) override;

 private:
  Result<InventedJob*> Find(const std::string& id);
  mapred::proto::JobStatusProto StatusOf(const InventedJob& job) const;
  void AddJob(std::uint32_t number, const std::string& name, const std::string& user);
  void AddFinishedJobs();

  const std::function<std::uint64_t()> now_ms_;
  const std::uint64_t start_ms_;
  std::map<std::string, std::unique_ptr<InventedJob>> jobs_;
  std::uint32_t next_number_ = 100;
  InventedSchedules schedules_;
};

}  // namespace mrd::test
