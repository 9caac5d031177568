#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/rpc/server.h"
#include "jobtracker/service/job_calls.h"

namespace mrd::jobtracker {

inline constexpr const char* kJobProtocol = "mrd.JobProtocol";

// "mrd.JobProtocol" (proto/mr/jobs.proto): messages to calls and back. Threads: the core's.
class JobProtocol final : public rpc::Service {
 public:
  explicit JobProtocol(JobCalls& calls) : calls_(calls) {}  // `calls` must outlive it

  std::vector<std::string> protocols() const override { return {kJobProtocol}; }
  net::awaitable<Result<std::string>> Handle(const rpc::Call& call) override;

 private:
  JobCalls& calls_;
};

}  // namespace mrd::jobtracker
