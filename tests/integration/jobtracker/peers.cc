#include "tests/integration/jobtracker/peers.h"

#include <utility>

#include <boost/asio/awaitable.hpp>

#include "common/base/clock.h"
#include "libmr/include/mr/abi.h"
#include "mapred/ids.h"

namespace mrd::test {
namespace {

constexpr std::int64_t kPatienceMs = 30'000;

}  // namespace

Peer::Peer(std::uint16_t port, const char* protocol, std::string user, std::optional<Secret> secret) : runtime_("peer", 1) {
  rpc::ClientOptions options;
  options.host = "127.0.0.1";
  options.port = port;
  options.user = std::move(user);
  options.protocol = protocol;
  caller_.emplace(net::Connector::Tcp(), runtime_.executor(), std::move(options), secret);
}

Peer::~Peer() {
  runtime_.Run<void>(runtime_.executor(), [this]() -> net::awaitable<void> {
    caller_->Close();
    co_return;
  });
}

Status Peer::CallAny(std::string method, const google::protobuf::MessageLite& request,
                     google::protobuf::MessageLite& response, std::chrono::milliseconds timeout) {
  std::function<net::awaitable<Status>()> call = [&]() -> net::awaitable<Status> {
    co_return co_await caller_->Call(method, request, response, timeout);
  };
  return runtime_.Run<Status>(runtime_.executor(), std::move(call));
}

proto::SubmitJobRequestProto JobPeer::MakeJob(std::uint32_t maps, std::uint32_t reduces,
                                              const std::vector<std::pair<std::string, std::string>>& config) {
  const Result<proto::NewJobResponseProto> made =
      peer_.Call<proto::NewJobResponseProto>("newJob", proto::NewJobRequestProto());
  proto::SubmitJobRequestProto request;
  proto::JobSpecProto& spec = *request.mutable_spec();
  spec.set_jobid(made.ok() ? made.value().jobid() : "");
  spec.set_jobname("a job");
  spec.set_user(user_);
  spec.mutable_pack()->set_path("file:///packs/x");
  spec.mutable_pack()->set_sha256(std::string(64, 'a'));
  spec.mutable_pack()->set_bytes(1);
  spec.mutable_pack()->set_plugin("x.so");
  spec.set_entry("x");
  spec.set_output("file:///out/" + spec.jobid());
  spec.set_reduces(reduces);
  const auto set = [&spec](const std::string& name, const std::string& value) {
    proto::PropertyProto& property = *spec.add_config();
    property.set_name(name);
    property.set_value(value);
  };
  set("mapreduce.job.ubertask.enable", "false");
  for (const auto& [name, value] : config) set(name, value);
  for (std::uint32_t i = 0; i < maps; ++i) {
    proto::SplitProto& split = *request.add_splits();
    split.set_inputindex(0);
    split.set_bytes(100);
    proto::PieceProto& piece = *split.add_pieces();
    piece.set_path("file:///in/part");
    piece.set_start(i * 100);
    piece.set_length(100);
  }
  return request;
}

Result<proto::JobStatusProto> JobPeer::Submit(const proto::SubmitJobRequestProto& job) {
  MRD_ASSIGN_OR_RETURN(const auto response, peer_.Call<proto::SubmitJobResponseProto>("submitJob", job));
  return response.status();
}

Result<proto::JobStatusProto> JobPeer::Status(const std::string& job, std::uint64_t seen, std::uint64_t wait_ms) {
  proto::GetJobStatusRequestProto request;
  request.set_jobid(job);
  request.set_seen(seen);
  request.set_waitms(wait_ms);
  MRD_ASSIGN_OR_RETURN(const auto response, peer_.Call<proto::GetJobStatusResponseProto>("getJobStatus", request));
  return response.status();
}

Result<proto::GetJobResultResponseProto> JobPeer::ResultOf(const std::string& job) {
  proto::GetJobResultRequestProto request;
  request.set_jobid(job);
  return peer_.Call<proto::GetJobResultResponseProto>("getJobResult", request);
}

FakeTracker::FakeTracker(std::uint16_t port, std::string name, std::uint32_t maps, std::uint32_t reduces,
                         std::optional<Secret> secret)
    : secret_(std::move(secret)) {
  self.set_name(std::move(name));
  self.set_host("127.0.0.1");
  self.set_httpport(50060);
  self.set_shuffleport(50061);
  self.set_mapslots(maps);
  self.set_reduceslots(reduces);
  self.set_memorybytes(0);
  self.set_version(MRD_VERSION);
  self.set_startms(1);
  self.set_abiversion(MR_ABI_VERSION);
#if defined(__x86_64__)
  self.set_architecture("x86_64");
#else
  self.set_architecture("aarch64");
#endif
  Reconnect(port);
}

void FakeTracker::Reconnect(std::uint16_t port) { peer_.emplace(port, "mrd.TrackerProtocol", "tracker", secret_); }

Status FakeTracker::Register() {
  proto::RegisterRequestProto request;
  *request.mutable_tracker() = self;
  for (const std::string& attempt : running_) {
    proto::AttemptStatusProto& status = *request.add_attempts();
    status.set_attemptid(attempt);
    status.set_state(pending_.contains(attempt) ? proto::ATTEMPT_COMMIT_PENDING : proto::ATTEMPT_RUNNING);
  }
  for (const std::string& map : kept_) {
    proto::KeptOutputProto& kept = *request.add_kept();
    kept.set_attemptid(map);
    kept.add_outputbytes(10);
  }
  MRD_ASSIGN_OR_RETURN(const auto response, peer_->Call<proto::RegisterResponseProto>("register", request));
  epoch_ = response.epoch();
  have_ = 0;
  for (const std::string& attempt : response.killattempts()) running_.erase(attempt);
  for (const std::string& job : response.forgetjobs()) forgotten_.insert(job);
  return Status::Ok();
}

void FakeTracker::Tell(const std::string& attempt, proto::AttemptStateProto state, proto::ReportRequestProto* report) {
  proto::AttemptStatusProto& status = *report->add_attempts();
  status.set_attemptid(attempt);
  status.set_state(state);
  status.set_progress(state == proto::ATTEMPT_SUCCEEDED ? 1 : 0.5);
  if (state == proto::ATTEMPT_FAILED) {
    status.mutable_failure()->set_kind(proto::FAILED_USER);
    status.mutable_failure()->set_message("cannot parse the number in line " + std::to_string(launched_.size()));
    status.mutable_failure()->set_file("file:///in/part");
    status.mutable_failure()->set_offset(42);
  }
  if (state == proto::ATTEMPT_SUCCEEDED) {
    proto::CounterGroupProto& group = *status.mutable_counters()->add_groups();
    group.set_name("mine");
    proto::CounterProto& counter = *group.add_counters();
    counter.set_name("attempts");
    counter.set_value(1);
    status.add_outputbytes(10);
  }
  const std::optional<mapred::AttemptName> name = mapred::ParseAttemptId(attempt);
  if (state == proto::ATTEMPT_COMMIT_PENDING) {
    pending_.insert(attempt);
    return;
  }
  running_.erase(attempt);
  pending_.erase(attempt);
  if (state == proto::ATTEMPT_SUCCEEDED && name && name->kind == 'm') kept_.insert(attempt);
}

void FakeTracker::Obey(const proto::OrderProto& order, proto::ReportRequestProto* report) {
  if (order.has_launch()) {
    const proto::OrderProto::Launch& launch = order.launch();
    launched_.push_back(launch.attemptid());
    running_.insert(launch.attemptid());
    if (behaviour) {
      if (const auto state = behaviour(launch)) Tell(launch.attemptid(), *state, report);
    } else {
      const bool asks = launch.kind() == proto::REDUCE || launch.kind() == proto::WHOLE;
      Tell(launch.attemptid(), asks ? proto::ATTEMPT_COMMIT_PENDING : proto::ATTEMPT_SUCCEEDED, report);
    }
  }
  if (order.has_commit() && order.commit().granted()) {
    grants_.emplace_back(order.commit().attemptid(), order.commit().token());
    if (finish_granted) Tell(order.commit().attemptid(), proto::ATTEMPT_SUCCEEDED, report);
  }
  if (order.has_kill() && running_.contains(order.kill().attemptid())) {
    Tell(order.kill().attemptid(), order.kill().asfailure() ? proto::ATTEMPT_FAILED : proto::ATTEMPT_KILLED, report);
  }
  if (order.has_forget()) {
    forgotten_.insert(order.forget().jobid());
    std::erase_if(kept_, [&](const std::string& map) { return mapred::ParseAttemptId(map)->job_id == order.forget().jobid(); });
  }
}

Status FakeTracker::Step(std::uint64_t wait_ms) {
  proto::AwaitRequestProto request;
  request.set_tracker(self.name());
  request.set_epoch(epoch_);
  request.set_have(have_);
  request.set_waitms(wait_ms);
  MRD_ASSIGN_OR_RETURN(const auto response, peer_->Call<proto::AwaitResponseProto>("await", request));
  if (response.mustregister()) return FailedPrecondition("must register");
  proto::ReportRequestProto report;
  report.set_tracker(self.name());
  report.set_epoch(epoch_);
  for (const proto::OrderProto& order : response.orders()) {
    have_ = order.sequence();
    Obey(order, &report);
  }
  MRD_ASSIGN_OR_RETURN(const auto answer, peer_->Call<proto::ReportResponseProto>("report", report));
  return answer.mustregister() ? FailedPrecondition("must register") : Status::Ok();
}

bool FakeTracker::RunUntil(const std::function<bool()>& condition) {
  const std::int64_t until = Clock::System().MonotonicNanos() / 1'000'000 + kPatienceMs;
  while (!condition()) {
    if (Clock::System().MonotonicNanos() / 1'000'000 > until || !Step(20).ok()) return false;
  }
  return true;
}

}  // namespace mrd::test
