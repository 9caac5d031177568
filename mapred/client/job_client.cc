#include "mapred/client/job_client.h"

#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>

#include "common/base/environment.h"
#include "common/net/runtime.h"
#include "common/rpc/client.h"

namespace mrd::mapred {
namespace {

constexpr const char* kProtocol = "mrd.JobProtocol";
constexpr std::uint32_t kTasksPerPage = 10'000;
// Where nothing listens on this very host nobody is about to start it; a jobtracker that restarts is waited for by the
// follower of a job.
constexpr int kFirstAttemptsOnThisHost = 2;
constexpr std::chrono::milliseconds kInterruptPoll{50};
// Beyond the time that the server may take before it answers.
constexpr std::chrono::milliseconds kAnswerMargin{30'000};

bool IsLoopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

// One answer that another thread gives.
class Answer {
 public:
  void Set(Result<std::string> value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
    there_.notify_all();
  }
  // Nothing when it did not come in time.
  std::optional<Result<std::string>> Wait(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    there_.wait_for(lock, time, [&] { return value_.has_value(); });
    return value_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable there_;
  std::optional<Result<std::string>> value_;
};

}  // namespace

Result<JobtrackerAddress> ParseJobtrackerAddress(const std::string& text) {
  JobtrackerAddress address;
  address.port = kDefaultJobtrackerPort;
  std::string rest = text;
  for (const std::string scheme : {"hdfs://", "maprfs://", "http://"}) {
    if (rest.starts_with(scheme)) return InvalidArgument("\"" + text + "\" is no jobtracker; write host:port");
  }
  if (rest.starts_with('[')) {
    const std::size_t end = rest.find(']');
    if (end == std::string::npos) return InvalidArgument("\"" + text + "\": no \"]\" after the address");
    address.host = rest.substr(1, end - 1);
    rest.erase(0, end + 1);
  } else {
    address.host = rest.substr(0, rest.find(':'));
    rest.erase(0, address.host.size());
  }
  if (address.host.empty() || (rest.empty() && text == "local")) {
    return InvalidArgument("\"" + text + "\" names no jobtracker; write host:port");
  }
  if (rest.empty()) return address;
  rest.erase(0, 1);
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), address.port);
  if (error != std::errc() || stop != rest.data() + rest.size() || address.port == 0) {
    return InvalidArgument("\"" + text + "\": \"" + rest + "\" is no port");
  }
  return address;
}

struct JobClient::Connection {
  explicit Connection(rpc::ClientOptions options)
      : client(std::make_unique<rpc::Client>(net::Connector::Tcp(), runtime.executor(), std::move(options))) {}
  ~Connection() {
    // On the runtime's thread, where the connection lives.
    runtime.Run<void>(runtime.executor(), [this]() -> net::awaitable<void> {
      client->Close();
      client.reset();
      co_return;
    });
  }

  Result<std::string> Call(const char* method, std::string request) {
    return runtime.Run<Result<std::string>>(runtime.executor(),
                                            [&] { return client->Call(method, std::move(request)); });
  }

  // The call goes on when the caller has given up; `client` outlives it, since it ends with the connection.
  Result<std::string> Call(const char* method,
                           std::string request,
                           std::chrono::milliseconds timeout,
                           const std::function<bool()>& interrupted) {
    auto answer = std::make_shared<Answer>();
    auto body = [this, answer, name = std::string(method), bytes = std::move(request),
                 timeout]() -> net::awaitable<void> {
      Result<std::string> reply = co_await client->Call(name, bytes, timeout);
      answer->Set(std::move(reply));
    };
    runtime.Spawn(runtime.executor(), std::move(body));
    for (;;) {
      if (std::optional<Result<std::string>> value = answer->Wait(kInterruptPoll)) return *std::move(value);
      if (interrupted()) return Cancelled("interrupted");
    }
  }

  net::Runtime runtime{"job-client", 1};
  std::unique_ptr<rpc::Client> client;
};

Result<std::unique_ptr<JobClient>> JobClient::Make(const JobtrackerAddress& address, const Config& config) {
  rpc::ClientOptions options;
  options.host = address.host;
  options.port = address.port;
  const std::optional<std::string> name = EnvironmentVariable("HADOOP_USER_NAME");
  options.user = name && !name->empty() ? *name : CurrentUserName();
  options.protocol = kProtocol;
  const auto read = [&](const char* key, std::chrono::milliseconds& out) -> mrd::Status {
    const Result<std::int64_t> value = config.GetDurationMs(key);
    if (value.ok()) out = std::chrono::milliseconds(*value);
    return value.status().code() == Code::kNotFound ? mrd::Status::Ok() : value.status();
  };
  MRD_RETURN_IF_ERROR(read("ipc.client.connect.timeout", options.connect_timeout));
  MRD_RETURN_IF_ERROR(read("ipc.client.connect.retry.interval", options.connect_retry_delay));
  MRD_RETURN_IF_ERROR(read("ipc.client.rpc-timeout.ms", options.call_timeout));
  const Result<std::int64_t> retries = config.GetInt("ipc.client.connect.max.retries");
  if (retries.ok()) options.connect_attempts = 1 + static_cast<int>(*retries);
  if (IsLoopback(address.host) && config.Source("ipc.client.connect.max.retries") == "default") {
    options.first_connect_attempts = kFirstAttemptsOnThisHost;
  }
  const std::string user = options.user;
  return std::unique_ptr<JobClient>(
      new JobClient(address, user, std::make_unique<Connection>(std::move(options))));
}

JobClient::JobClient(JobtrackerAddress address, std::string user, std::unique_ptr<Connection> connection)
    : address_(std::move(address)), user_(std::move(user)), connection_(std::move(connection)) {}
JobClient::~JobClient() = default;

namespace {

template <typename Response>
Result<Response> Parse(const Result<std::string>& bytes, const char* method, const JobtrackerAddress& address) {
  if (!bytes.ok()) return bytes.status();
  Response response;
  if (!response.ParseFromString(*bytes)) {
    return Corruption("the answer of " + address.ToString() + " to " + method +
                      " cannot be read; is it a jobtracker of this version?");
  }
  return response;
}

}  // namespace

template <typename Response, typename Request>
Result<Response> JobClient::Ask(const char* method, const Request& request) {
  return Parse<Response>(connection_->Call(method, request.SerializeAsString()), method, address_);
}

Result<proto::NewJobResponseProto> JobClient::NewJob() {
  return Ask<proto::NewJobResponseProto>("newJob", proto::NewJobRequestProto());
}

Result<proto::JobStatusProto> JobClient::Submit(const proto::SubmitJobRequestProto& request) {
  MRD_ASSIGN_OR_RETURN(proto::SubmitJobResponseProto response,
                       Ask<proto::SubmitJobResponseProto>("submitJob", request));
  return std::move(*response.mutable_status());
}

Result<proto::JobStatusProto> JobClient::Status(const std::string& job_id,
                                                std::uint64_t seen,
                                                std::chrono::milliseconds wait,
                                                const std::function<bool()>& interrupted) {
  proto::GetJobStatusRequestProto request;
  request.set_jobid(job_id);
  request.set_seen(seen);
  request.set_waitms(static_cast<std::uint64_t>(wait.count()));
  const Result<std::string> bytes =
      connection_->Call("getJobStatus", request.SerializeAsString(), wait + kAnswerMargin, interrupted);
  MRD_ASSIGN_OR_RETURN(auto response, Parse<proto::GetJobStatusResponseProto>(bytes, "getJobStatus", address_));
  return std::move(*response.mutable_status());
}

Result<proto::JobStatusProto> JobClient::Status(const std::string& job_id) {
  proto::GetJobStatusRequestProto request;
  request.set_jobid(job_id);
  MRD_ASSIGN_OR_RETURN(auto response, Ask<proto::GetJobStatusResponseProto>("getJobStatus", request));
  return std::move(*response.mutable_status());
}

Result<proto::GetJobResultResponseProto> JobClient::JobResult(const std::string& job_id) {
  proto::GetJobResultRequestProto request;
  request.set_jobid(job_id);
  return Ask<proto::GetJobResultResponseProto>("getJobResult", request);
}

Result<proto::GetEventsResponseProto> JobClient::Events(const std::string& job_id, std::uint32_t from,
                                                        std::uint32_t count) {
  proto::GetEventsRequestProto request;
  request.set_jobid(job_id);
  request.set_from(from);
  request.set_count(count);
  return Ask<proto::GetEventsResponseProto>("getEvents", request);
}

Result<proto::GetTasksResponseProto> JobClient::Tasks(const proto::GetTasksRequestProto& request) {
  return Ask<proto::GetTasksResponseProto>("getTasks", request);
}

Result<std::vector<proto::TaskReportProto>> JobClient::AllTasks(const std::string& job_id) {
  std::vector<proto::TaskReportProto> tasks;
  proto::GetTasksRequestProto request;
  request.set_jobid(job_id);
  request.set_count(kTasksPerPage);
  for (;;) {
    request.set_from(static_cast<std::uint32_t>(tasks.size()));
    MRD_ASSIGN_OR_RETURN(proto::GetTasksResponseProto page, Tasks(request));
    for (proto::TaskReportProto& task : *page.mutable_tasks()) tasks.push_back(std::move(task));
    if (page.tasks().empty() || tasks.size() >= page.total()) return tasks;
  }
}

mrd::Status JobClient::Kill(const std::string& job_id, const std::string& reason) {
  proto::KillJobRequestProto request;
  request.set_jobid(job_id);
  request.set_reason(reason);
  return Ask<proto::KillJobResponseProto>("killJob", request).status();
}

mrd::Status JobClient::Withdraw(const std::string& job_id) {
  proto::KillJobRequestProto request;
  request.set_jobid(job_id);
  return Ask<proto::KillJobResponseProto>("withdrawJob", request).status();
}

Result<bool> JobClient::KillAttempt(const std::string& attempt_id, bool as_failure) {
  proto::KillAttemptRequestProto request;
  request.set_attemptid(attempt_id);
  request.set_asfailure(as_failure);
  MRD_ASSIGN_OR_RETURN(const auto response, Ask<proto::KillAttemptResponseProto>("killAttempt", request));
  return response.killed();
}

mrd::Status JobClient::SetPriority(const std::string& job_id, const std::string& priority) {
  proto::SetPriorityRequestProto request;
  request.set_jobid(job_id);
  request.set_priority(priority);
  return Ask<proto::SetPriorityResponseProto>("setPriority", request).status();
}

Result<proto::ListJobsResponseProto> JobClient::List(bool all, const std::string& queue) {
  proto::ListJobsRequestProto request;
  request.set_all(all);
  if (!queue.empty()) request.set_queue(queue);
  return Ask<proto::ListJobsResponseProto>("listJobs", request);
}

Result<proto::JobSpecProto> JobClient::Spec(const std::string& job_id) {
  proto::GetJobSpecRequestProto request;
  request.set_jobid(job_id);
  MRD_ASSIGN_OR_RETURN(proto::GetJobSpecResponseProto response,
                       Ask<proto::GetJobSpecResponseProto>("getJobSpec", request));
  return std::move(*response.mutable_spec());
}

Result<proto::GetClusterResponseProto> JobClient::Cluster() {
  return Ask<proto::GetClusterResponseProto>("getCluster", proto::GetClusterRequestProto());
}

mrd::Status JobClient::RefreshNodes() {
  return Ask<proto::RefreshNodesResponseProto>("refreshNodes", proto::RefreshNodesRequestProto()).status();
}

Result<proto::ScheduleProto> JobClient::AddSchedule(const proto::AddScheduleRequestProto& request) {
  MRD_ASSIGN_OR_RETURN(proto::AddScheduleResponseProto response,
                       Ask<proto::AddScheduleResponseProto>("addSchedule", request));
  return std::move(*response.mutable_schedule());
}

Result<proto::ListSchedulesResponseProto> JobClient::Schedules(const std::string& name) {
  proto::ListSchedulesRequestProto request;
  if (!name.empty()) request.set_name(name);
  return Ask<proto::ListSchedulesResponseProto>("listSchedules", request);
}

mrd::Status JobClient::RemoveSchedule(const std::string& name) {
  proto::RemoveScheduleRequestProto request;
  request.set_name(name);
  return Ask<proto::RemoveScheduleResponseProto>("removeSchedule", request).status();
}

mrd::Status JobClient::EnableSchedule(const std::string& name, bool enabled) {
  proto::EnableScheduleRequestProto request;
  request.set_name(name);
  request.set_enabled(enabled);
  return Ask<proto::EnableScheduleResponseProto>("enableSchedule", request).status();
}

Result<std::uint64_t> JobClient::RunSchedule(const std::string& name) {
  proto::RunScheduleRequestProto request;
  request.set_name(name);
  MRD_ASSIGN_OR_RETURN(const auto response, Ask<proto::RunScheduleResponseProto>("runSchedule", request));
  return response.number();
}

}  // namespace mrd::mapred
