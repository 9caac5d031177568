#include "jobtracker/service/tracker_protocol.h"

#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "common/net/co_status.h"
#include "common/rpc/remote_error.h"
#include "jobtracker/service/parse_message.h"
#include "jobtracker/service/tracker_convert.h"
#include "proto/mr/trackers.pb.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

constexpr std::uint64_t kWaitMsMax = 60'000;
// An answer has room for more orders until it is this large; the others follow with the next await.
constexpr std::size_t kAnswerBytesMax = std::size_t{8} << 20;
constexpr std::size_t kAttemptsPerReportMax = 100'000;

template <typename Message>
bool Parse(const rpc::Call& call, Message* message) {
  return ParseMessage(call.request, message);
}

}  // namespace

TrackerProtocol::TrackerProtocol(Dispatcher& dispatcher, Logger log, TrackerProtocolOptions options)
    : dispatcher_(dispatcher),
      log_(std::move(log)),
      options_(std::move(options)),
      writer_(dispatcher.core(), [this](const std::string& job) { return dispatcher_.Papers(job); }) {}

std::optional<Result<std::string>> TrackerProtocol::AnswerStranger(const rpc::Call& call) const {
  if (!options_.proof) {
    if (call.method != rpc::kChallengeMethod) return std::nullopt;
    return PermissionDenied("this jobtracker has no secret, the tracker has one; mr.security.secret.file must be the same "
                            "for all daemons");
  }
  if (call.standing != nullptr) {
    std::optional<Result<std::string>> answer =
        options_.proof->Serve(call.method, call.request, &call.standing->challenge, &call.standing->proven);
    if (answer && !answer->ok()) log_.Warn("proof refused from=" + call.peer.ip + " why=" + answer->status().message());
    if (answer) return answer;
    if (call.standing->proven) return std::nullopt;
  }
  return PermissionDenied("trackers of this cluster prove that they hold its secret; give the tracker the jobtracker's "
                          "mr.security.secret.file")
      .WithTag(rpc::java::kAuthorization);
}

net::awaitable<Result<std::string>> TrackerProtocol::Handle(const rpc::Call& call) {
  if (std::optional<Result<std::string>> answer = AnswerStranger(call)) co_return *std::move(answer);
  if (call.method == "await") co_return co_await Await(call);
  if (call.method == "report") co_return co_await Report(call);
  if (call.method == "register") co_return co_await Register(call);
  co_return rpc::NoSuchMethod(call);
}

Status TrackerProtocol::Fits(const proto::TrackerProto& tracker, const std::string& ip) const {
  const std::string who = "tracker " + tracker.name() + " at " + ip;
  if (tracker.version() != options_.version) {
    return PermissionDenied(who + " is of version " + tracker.version() + ", this jobtracker of version " +
                            options_.version + "; install the same on both hosts");
  }
  if (tracker.abiversion() != options_.abi_version) {
    return PermissionDenied(who + " runs plugins of version " + std::to_string(tracker.abiversion()) +
                            " of the plugin table, the jobtracker's jobs have version " +
                            std::to_string(options_.abi_version) + "; install the same on both hosts");
  }
  if (tracker.architecture() != options_.architecture) {
    return PermissionDenied(who + " is a machine of kind " + tracker.architecture() + ", plugins of this cluster are for " +
                            options_.architecture + "; give such machines a cluster of their own");
  }
  return options_.admit ? options_.admit(tracker.host(), ip) : Status::Ok();
}

net::awaitable<Result<std::string>> TrackerProtocol::Register(const rpc::Call& call) {
  proto::RegisterRequestProto request;
  if (!Parse(call, &request)) co_return rpc::BadRequest(call);
  if (const Status fits = Fits(request.tracker(), call.peer.ip); !fits.ok()) {
    log_.Warn("tracker refused name=" + request.tracker().name() + " why=" + fits.message());
    co_return fits;
  }
  MRD_CO_ASSIGN_OR_RETURN(const TrackerInfo info, FromProto(request.tracker(), call.peer.ip));
  std::vector<AttemptReport> attempts;
  for (const proto::AttemptStatusProto& status : request.attempts()) {
    MRD_CO_ASSIGN_OR_RETURN(AttemptReport report, FromProto(status));
    attempts.push_back(std::move(report));
  }
  std::vector<AttemptName> kept;
  for (const proto::KeptOutputProto& output : request.kept()) {
    std::optional<AttemptName> name = mapred::ParseAttemptId(output.attemptid());
    if (!name) co_return InvalidArgument("\"" + output.attemptid() + "\" is no attempt's id");
    kept.push_back(*std::move(name));
  }
  const Dispatcher::RegisterAnswer answer = dispatcher_.Register(info, attempts, kept);
  log_.Info("tracker registered name=" + info.name + " host=" + info.host + " maps=" + std::to_string(info.map_slots) +
            " reduces=" + std::to_string(info.reduce_slots) + " running=" + std::to_string(attempts.size()) +
            " kept=" + std::to_string(kept.size()));
  // An await of before asks for orders that are void.
  awaits_.erase(info.name);
  dispatcher_.RingTracker(info.name);
  MRD_CO_RETURN_IF_ERROR(co_await dispatcher_.Settled());
  proto::RegisterResponseProto response;
  response.set_epoch(dispatcher_.epoch());
  response.set_heartbeatms(options_.heartbeat_ms);
  for (const std::string& job : answer.forget_jobs) response.add_forgetjobs(job);
  for (const AttemptName& attempt : answer.kill_attempts) response.add_killattempts(attempt.ToString());
  co_return response.SerializeAsString();
}

bool TrackerProtocol::WriteOrders(const TakenOrders& taken, proto::AwaitResponseProto* response) const {
  std::size_t bytes = 0;
  for (const Order& order : taken.orders) {
    if (!writer_.Write(order, response->add_orders())) {
      response->mutable_orders()->RemoveLast();
      continue;
    }
    bytes += response->orders(response->orders_size() - 1).ByteSizeLong();
    if (bytes >= kAnswerBytesMax) break;
  }
  return response->orders_size() > 0;
}

net::awaitable<Result<std::string>> TrackerProtocol::Await(const rpc::Call& call) {
  proto::AwaitRequestProto request;
  if (!Parse(call, &request)) co_return rpc::BadRequest(call);
  proto::AwaitResponseProto response;
  const std::string tracker = request.tracker();
  const std::uint64_t mine = ++last_await_;
  const std::int64_t until = dispatcher_.Now().mono_ms + static_cast<std::int64_t>(std::min(request.waitms(), kWaitMsMax));
  if (awaits_.contains(tracker)) dispatcher_.RingTracker(tracker);
  awaits_[tracker] = mine;
  while (true) {
    const auto newest = awaits_.find(tracker);
    if (newest == awaits_.end() || newest->second != mine) co_return response.SerializeAsString();
    TakenOrders taken;
    taken.must_register = request.epoch() != dispatcher_.epoch();
    if (!taken.must_register) taken = dispatcher_.TakeOrders(tracker, request.have());
    if (taken.must_register) response.set_mustregister(true);
    const std::int64_t left = until - dispatcher_.Now().mono_ms;
    if (taken.must_register || WriteOrders(taken, &response) || left <= 0 || dispatcher_.stopping()) {
      awaits_.erase(tracker);
      co_return response.SerializeAsString();
    }
    std::shared_ptr<Bell> bell = dispatcher_.TrackerBell(tracker);
    co_await Bell::Wait(std::move(bell), std::chrono::milliseconds(left));
  }
}

net::awaitable<Result<std::string>> TrackerProtocol::Report(const rpc::Call& call) {
  proto::ReportRequestProto request;
  if (!Parse(call, &request)) co_return rpc::BadRequest(call);
  proto::ReportResponseProto response;
  if (request.epoch() != dispatcher_.epoch()) {
    response.set_mustregister(true);
    co_return response.SerializeAsString();
  }
  if (static_cast<std::size_t>(request.attempts_size()) > kAttemptsPerReportMax) {
    co_return InvalidArgument("a report of more than " + std::to_string(kAttemptsPerReportMax) + " attempts");
  }
  TrackerReport report;
  report.tracker = request.tracker();
  std::vector<proto::AttemptStatusProto> statuses;
  for (proto::AttemptStatusProto& status : *request.mutable_attempts()) {
    MRD_CO_ASSIGN_OR_RETURN(AttemptReport attempt, FromProto(status));
    report.attempts.push_back(std::move(attempt));
    statuses.push_back(std::move(status));
  }
  for (const proto::FetchFailureProto& failure : request.fetchfailures()) {
    MRD_CO_ASSIGN_OR_RETURN(FetchFailure fetch, FromProto(failure));
    report.fetch_failures.push_back(std::move(fetch));
  }
  report.troubles.assign(request.troubles().begin(), request.troubles().end());
  report.free_disk = request.freediskbytes();
  if (!dispatcher_.Report(report, statuses)) {
    response.set_mustregister(true);
    co_return response.SerializeAsString();
  }
  // The tracker will not tell it again: it must not be lost with this process.
  MRD_CO_RETURN_IF_ERROR(co_await dispatcher_.Written());
  co_return response.SerializeAsString();
}

}  // namespace mrd::jobtracker
