#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/log.h"
#include "common/net/runtime.h"
#include "common/rpc/server.h"
#include "mapred/client/job_client.h"
#include "proto/mr/jobs.pb.h"

namespace mrd::mapred::test {

// A jobtracker that does what the test says: it takes a job, shows the status that it was given, and notes what it
// was asked to do. Real RPC on a port of its own. Members are for the test; they are guarded by Locked().
class FakeJobtracker final : public rpc::Service {
 public:
  // `system_dir` is where packs go.
  explicit FakeJobtracker(std::string system_dir);
  ~FakeJobtracker() override;

  std::vector<std::string> protocols() const override { return {"mrd.JobProtocol"}; }
  net::awaitable<Result<std::string>> Handle(const rpc::Call& call) override;

  JobtrackerAddress address() const { return {"127.0.0.1", port_}; }
  // Goes away, and comes back at the same port.
  void Stop();
  void Start();

  template <typename Change>
  auto Locked(Change change) {
    const std::lock_guard lock(mutex_);
    return change(*this);
  }

  // What it shows.
  proto::JobStatusProto status;
  proto::GetJobResultResponseProto result;
  proto::GetClusterResponseProto cluster;
  std::vector<proto::TaskEventProto> events;
  std::vector<proto::TaskReportProto> tasks;
  Status refusal;  // of submissions
  // What it was told.
  std::vector<proto::SubmitJobRequestProto> submitted;
  std::vector<std::string> calls;  // "killJob job_1_0001 reason"

 private:
  Result<std::string> Answer(const rpc::Call& call);
  bool Over() const;

  const std::string system_dir_;
  std::mutex mutex_;
  Log log_{LogLevel::kOff};
  net::Runtime runtime_{"fake-jobtracker", 1};
  std::unique_ptr<rpc::Server> server_;
  std::uint16_t port_ = 0;
};

// A configuration without any file, with the keys that clients read.
Config ClientConfig();

}  // namespace mrd::mapred::test
