#include "jobtracker/service/job_protocol.h"

#include <utility>

#include <boost/asio/awaitable.hpp>

#include "jobtracker/service/parse_message.h"
#include "proto/mr/jobs.pb.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

template <typename Message>
bool Parse(const rpc::Call& call, Message* message) {
  return ParseMessage(call.request, message);
}

template <typename Message>
Result<std::string> Bytes(const Result<Message>& message) {
  if (!message.ok()) return message.status();
  return message.value().SerializeAsString();
}

}  // namespace

net::awaitable<Result<std::string>> JobProtocol::Handle(const rpc::Call& call) {
  const std::string user = call.caller.user;
  const JobReader& reader = calls_.reader();
  if (call.method == "getJobStatus") {
    proto::GetJobStatusRequestProto request;
    if (!Parse(call, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(co_await calls_.GetStatus(std::move(request)));
  }
  if (call.method == "newJob") co_return Bytes(co_await calls_.NewJob(user));
  if (call.method == "submitJob") {
    proto::SubmitJobRequestProto request;
    if (!Parse(call, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(co_await calls_.Submit(user, std::move(request)));
  }
  if (call.method == "getJobResult") {
    proto::GetJobResultRequestProto request;
    if (!Parse(call, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(co_await calls_.GetResult(user, request.jobid()));
  }
  if (call.method == "getEvents") {
    proto::GetEventsRequestProto request;
    if (!Parse(call, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(reader.Events(request, user));
  }
  if (call.method == "getTasks") {
    proto::GetTasksRequestProto request;
    if (!Parse(call, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(reader.Tasks(request, user));
  }
  if (call.method == "listJobs") {
    proto::ListJobsRequestProto request;
    if (!Parse(call, &request)) co_return rpc::BadRequest(call);
    co_return reader.List(request).SerializeAsString();
  }
  if (call.method == "getJobSpec") {
    proto::GetJobSpecRequestProto request;
    if (!Parse(call, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(reader.Spec(request.jobid(), user));
  }
  if (call.method == "getCluster") co_return reader.Cluster().SerializeAsString();
  if (call.method == "killJob") {
    proto::KillJobRequestProto request;
    if (!Parse(call, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(co_await calls_.KillJob(user, std::move(request)));
  }
  if (call.method == "withdrawJob") {  // the messages of killJob
    proto::KillJobRequestProto request;
    if (!Parse(call, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(calls_.Withdraw(user, request.jobid()));
  }
  if (call.method == "killAttempt") {
    proto::KillAttemptRequestProto request;
    if (!Parse(call, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(co_await calls_.KillAttempt(user, std::move(request)));
  }
  if (call.method == "setPriority") {
    proto::SetPriorityRequestProto request;
    if (!Parse(call, &request)) co_return rpc::BadRequest(call);
    co_return Bytes(co_await calls_.SetPriority(user, std::move(request)));
  }
  if (call.method == "refreshNodes") co_return Bytes(co_await calls_.RefreshNodes(user));
  co_return co_await schedules_.Handle(call);
}

}  // namespace mrd::jobtracker
