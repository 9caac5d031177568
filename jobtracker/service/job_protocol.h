#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/rpc/server.h"
#include "jobtracker/service/job_calls.h"
#include "jobtracker/service/schedule_protocol.h"

namespace mrd::jobtracker {

inline constexpr const char* kJobProtocol = "mrd.JobProtocol";

// "mrd.JobProtocol" (proto/mr/jobs.proto): messages to calls and back. Threads: the core's.
class JobProtocol final : public rpc::Service {
 public:
  // Both must outlive it.
  JobProtocol(JobCalls& calls, Schedules& schedules) : calls_(calls), schedules_(schedules) {}

  std::vector<std::string> protocols() const override { return {kJobProtocol}; }
  net::awaitable<Result<std::string>> Handle(const rpc::Call& call) override;

 private:
  JobCalls& calls_;
  ScheduleProtocol schedules_;
};

}  // namespace mrd::jobtracker
