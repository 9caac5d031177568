#pragma once

#include <string>

#include "common/base/status.h"
#include "jobtracker/service/access.h"
#include "jobtracker/service/dispatcher.h"
#include "proto/mr/jobs.pb.h"

namespace mrd::jobtracker {

// What is known of jobs and the cluster, as messages: of jobs that the core holds and of those it has let go of. `user` is
// whom it is told; kPermissionDenied when that user may not see the job, kNotFound for unknown jobs.
// Threads: the core's.
class JobReader {
 public:
  struct Options {
    std::string version;
    std::string web_address;  // host:port; "" while there are no pages
  };
  // References must outlive it.
  JobReader(const Dispatcher& dispatcher, Access& access, Options options)
      : dispatcher_(dispatcher), access_(access), options_(std::move(options)) {}

  // What everybody may see: the state of a job.
  Result<mapred::proto::JobStatusProto> JobStatus(const std::string& job) const;
  Result<mapred::proto::GetJobResultResponseProto> ResultOf(const std::string& job, const std::string& user) const;
  Result<mapred::proto::GetEventsResponseProto> Events(const mapred::proto::GetEventsRequestProto& request,
                                                       const std::string& user) const;
  Result<mapred::proto::GetTasksResponseProto> Tasks(const mapred::proto::GetTasksRequestProto& request,
                                                     const std::string& user) const;
  Result<mapred::proto::GetJobSpecResponseProto> Spec(const std::string& job, const std::string& user) const;
  mapred::proto::ListJobsResponseProto List(const mapred::proto::ListJobsRequestProto& request) const;
  mapred::proto::GetClusterResponseProto Cluster() const;

  // What decides about the job; kNotFound.
  Result<Access::Job> AccessOf(const std::string& job) const;
  const std::string& web_address() const { return options_.web_address; }
  void set_web_address(std::string address) { options_.web_address = std::move(address); }

 private:
  Status MayView(const std::string& job, const std::string& user) const;
  mapred::proto::JobStatusProto StatusOf(const JobView& view) const;

  const Dispatcher& dispatcher_;
  Access& access_;
  Options options_;
};

}  // namespace mrd::jobtracker
