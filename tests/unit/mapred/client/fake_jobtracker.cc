#include "tests/unit/mapred/client/fake_jobtracker.h"

#include <chrono>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/fs/keys.h"
#include "dfs/client/keys.h"
#include "engine/keys.h"
#include "mapred/keys.h"

namespace mrd::mapred::test {
namespace {

template <typename Request>
Request Parsed(const rpc::Call& call) {
  Request request;
  MRD_CHECK(request.ParseFromArray(call.request.data(), static_cast<int>(call.request.size())));
  return request;
}

}  // namespace

FakeJobtracker::FakeJobtracker(std::string system_dir) : system_dir_(std::move(system_dir)) {
  status.set_jobid("job_1_0001");
  status.set_jobname("test");
  status.set_user("ann");
  status.set_queue("default");
  status.set_priority("NORMAL");
  status.set_state(proto::JOB_PREP);
  status.set_version(1);
  status.set_submitms(1'700'000'000'000);
  Start();
}

FakeJobtracker::~FakeJobtracker() { Stop(); }

void FakeJobtracker::Start() {
  server_ = std::make_unique<rpc::Server>(runtime_, Logger(log_, "rpc"), rpc::ServerOptions());
  server_->Add(*this);
  Result<std::unique_ptr<net::Listener>> listener = runtime_.Listen("127.0.0.1", port_);
  MRD_CHECK(listener.ok());
  server_->Start(std::move(*listener));
  port_ = server_->local().port;
}

void FakeJobtracker::Stop() {
  if (!server_) return;
  runtime_.Run<void>(runtime_.executor(), [&]() -> net::awaitable<void> { co_await server_->Stop(); });
  server_.reset();
}

bool FakeJobtracker::Over() const {
  return status.state() == proto::JOB_SUCCEEDED || status.state() == proto::JOB_FAILED ||
         status.state() == proto::JOB_KILLED;
}

net::awaitable<Result<std::string>> FakeJobtracker::Handle(const rpc::Call& call) {
  if (call.method == "getJobStatus") {
    const auto request = Parsed<proto::GetJobStatusRequestProto>(call);
    const std::int64_t end = Clock::System().MonotonicNanos() / 1'000'000 + static_cast<std::int64_t>(request.waitms());
    for (;;) {
      const bool answer = Locked([&](FakeJobtracker& self) { return self.Over() || self.status.version() > request.seen(); });
      if (answer || Clock::System().MonotonicNanos() / 1'000'000 >= end) break;
      (void)co_await net::SleepFor(std::chrono::milliseconds(2));
    }
  }
  const std::lock_guard lock(mutex_);
  co_return Answer(call);
}

Result<std::string> FakeJobtracker::Answer(const rpc::Call& call) {
  const std::string method(call.method);
  if (method == "newJob") {
    proto::NewJobResponseProto response;
    response.set_jobid(status.jobid());
    response.set_systemdir(system_dir_);
    response.set_webaddress("127.0.0.1:50030");
    return response.SerializeAsString();
  }
  if (method == "submitJob") {
    submitted.push_back(Parsed<proto::SubmitJobRequestProto>(call));
    if (!refusal.ok()) return refusal;
    proto::SubmitJobResponseProto response;
    *response.mutable_status() = status;
    return response.SerializeAsString();
  }
  if (method == "getJobStatus") {
    if (Parsed<proto::GetJobStatusRequestProto>(call).jobid() != status.jobid()) {
      return NotFound("no such job").WithTag("java.io.FileNotFoundException");
    }
    proto::GetJobStatusResponseProto response;
    *response.mutable_status() = status;
    return response.SerializeAsString();
  }
  if (method == "getJobResult") {
    if (Parsed<proto::GetJobResultRequestProto>(call).jobid() != status.jobid()) {
      return NotFound("no such job").WithTag("java.io.FileNotFoundException");
    }
    proto::GetJobResultResponseProto response = result;
    *response.mutable_status() = status;
    response.mutable_counters();
    response.mutable_ledger();
    return response.SerializeAsString();
  }
  if (method == "getEvents") {
    const auto request = Parsed<proto::GetEventsRequestProto>(call);
    proto::GetEventsResponseProto response;
    for (const proto::TaskEventProto& event : events) {
      if (event.number() >= request.from() && event.number() < request.from() + request.count()) *response.add_events() = event;
    }
    return response.SerializeAsString();
  }
  if (method == "getTasks") {
    const auto request = Parsed<proto::GetTasksRequestProto>(call);
    proto::GetTasksResponseProto response;
    response.set_total(static_cast<std::uint32_t>(tasks.size()));
    for (std::size_t at = request.from(); at < tasks.size(); ++at) *response.add_tasks() = tasks[at];
    return response.SerializeAsString();
  }
  if (method == "killJob") {
    const auto request = Parsed<proto::KillJobRequestProto>(call);
    calls.push_back(method + " " + request.jobid() + " " + request.reason());
    status.set_state(proto::JOB_KILLED);
    status.set_failure(request.reason());
    return proto::KillJobResponseProto().SerializeAsString();
  }
  if (method == "killAttempt") {
    const auto request = Parsed<proto::KillAttemptRequestProto>(call);
    calls.push_back(method + " " + request.attemptid() + (request.asfailure() ? " as failure" : ""));
    proto::KillAttemptResponseProto response;
    response.set_killed(request.attemptid().ends_with("_0"));
    return response.SerializeAsString();
  }
  if (method == "setPriority") {
    const auto request = Parsed<proto::SetPriorityRequestProto>(call);
    calls.push_back(method + " " + request.priority());
    return proto::SetPriorityResponseProto().SerializeAsString();
  }
  if (method == "listJobs") {
    proto::ListJobsResponseProto response;
    *response.add_jobs() = status;
    return response.SerializeAsString();
  }
  if (method == "getJobSpec") {
    if (submitted.empty()) return NotFound("no such job").WithTag("java.io.FileNotFoundException");
    proto::GetJobSpecResponseProto response;
    *response.mutable_spec() = submitted.back().spec();
    return response.SerializeAsString();
  }
  if (method == "getCluster") return cluster.SerializeAsString();
  return rpc::NoSuchMethod(call);
}

Config ClientConfig() {
  static const KeyRegistry* const keys = [] {
    auto* made = new KeyRegistry;
    made->Add(fs::CoreKeys());
    made->Add(engine::MapReduceKeys());
    made->Add(mapred::ClusterKeys());
    made->Add(dfs::client::ClientKeys());
    return made;
  }();
  return Config(*keys);
}

}  // namespace mrd::mapred::test
