#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/base/log.h"
#include "common/base/status.h"
#include "common/net/stream.h"
#include "jobtracker/service/access.h"
#include "jobtracker/service/dispatcher.h"
#include "jobtracker/service/job_reader.h"
#include "proto/mr/jobs.pb.h"

namespace mrd::jobtracker {

struct JobCallsOptions {
  std::string system_dir;  // qualified
  std::size_t jobs_per_user_max = 1'000;
  std::size_t tasks_max = 250'000;  // of one job
  // Reads the lists of hosts anew; empty: there are none.
  std::function<Status()> refresh_nodes;
};

// The calls of mrd.JobProtocol (proto/mr/jobs.proto) for the user named, whoever carries them: the RPC server, the pages.
// What they answer is safe: nothing of it is undone by a restart of the jobtracker.
// Threads: coroutines of the core's executor.
class JobCalls {
 public:
  // References must outlive it.
  JobCalls(Dispatcher& dispatcher, Access& access, const JobReader& reader, Logger log, JobCallsOptions options);

  net::awaitable<Result<mapred::proto::NewJobResponseProto>> NewJob(std::string user);
  // A repeated submission of the same job by the same user is answered as the first was.
  net::awaitable<Result<mapred::proto::SubmitJobResponseProto>> Submit(std::string user,
                                                                       mapred::proto::SubmitJobRequestProto request);
  // Waits as the request says.
  net::awaitable<Result<mapred::proto::GetJobStatusResponseProto>> GetStatus(
      mapred::proto::GetJobStatusRequestProto request);
  net::awaitable<Result<mapred::proto::GetJobResultResponseProto>> GetResult(std::string user, std::string job);
  net::awaitable<Result<mapred::proto::KillJobResponseProto>> KillJob(std::string user,
                                                                      mapred::proto::KillJobRequestProto request);
  // From now on `user` may not submit `job`. kFailedPrecondition when somebody has.
  Result<mapred::proto::KillJobResponseProto> Withdraw(const std::string& user, const std::string& job);
  net::awaitable<Result<mapred::proto::KillAttemptResponseProto>> KillAttempt(
      std::string user, mapred::proto::KillAttemptRequestProto request);
  net::awaitable<Result<mapred::proto::SetPriorityResponseProto>> SetPriority(
      std::string user, mapred::proto::SetPriorityRequestProto request);
  net::awaitable<Result<mapred::proto::RefreshNodesResponseProto>> RefreshNodes(std::string user);
  // What needs no wait.
  const JobReader& reader() const { return reader_; }

 private:
  Status CheckSubmission(const std::string& user, const mapred::proto::SubmitJobRequestProto& request);
  Status CheckLimits(const std::string& user, std::size_t tasks) const;
  Status MayModify(const std::string& user, const std::string& job);

  Dispatcher& dispatcher_;
  Access& access_;
  const JobReader& reader_;
  const Logger log_;
  const JobCallsOptions options_;
  std::uint32_t last_number_ = 0;  // of the jobs of this life
  std::deque<std::pair<std::string, std::string>> withdrawn_;  // job and user, the latest last
};

}  // namespace mrd::jobtracker
