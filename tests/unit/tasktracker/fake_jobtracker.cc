#include "tests/unit/tasktracker/fake_jobtracker.h"

#include <catch2/catch.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include "dfs/errors.h"

namespace mrd::tasktracker {

using namespace mapred::proto;  // NOLINT: the messages of this file

HeldPort::HeldPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  REQUIRE(::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  number_ = ntohs(address.sin_port);
}

FakeJobtracker::FakeJobtracker(net::Runtime& runtime, const HeldPort& port, std::uint64_t epoch,
                               std::optional<Secret> secret)
    : runtime_(runtime), epoch_(epoch), log_(std::make_unique<Log>(LogLevel::kOff)) {
  if (secret) proof_.emplace(*secret, "mrd.TrackerProtocol");
  server_ = std::make_unique<rpc::Server>(runtime, Logger(*log_, "fake"), rpc::ServerOptions());
  server_->Add(*this);
  Result<std::unique_ptr<net::Listener>> listener = runtime.Listen("127.0.0.1", port.number());
  REQUIRE(listener.ok());
  server_->Start(std::move(*listener));
}

FakeJobtracker::~FakeJobtracker() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  std::function<net::awaitable<bool>()> stop = [this]() -> net::awaitable<bool> {
    co_await server_->Stop();
    co_return true;
  };
  runtime_.Run<bool>(runtime_.NewStrand(), std::move(stop));
}

void FakeJobtracker::Give(const std::string& tracker, Order order) {
  const std::lock_guard lock(mutex_);
  order.set_sequence(++sequence_);
  orders_[tracker].push_back(std::move(order));
}

void FakeJobtracker::Repeat(const std::string& tracker) {
  const std::lock_guard lock(mutex_);
  for (const Order& order : std::vector<Order>(orders_[tracker])) {
    orders_[tracker].push_back(order);
    orders_[tracker].back().set_sequence(++sequence_);
  }
}

void FakeJobtracker::ForgetTrackers() {
  const std::lock_guard lock(mutex_);
  trackers_.clear();
}

int FakeJobtracker::registrations() const {
  const std::lock_guard lock(mutex_);
  return registrations_;
}

std::optional<RegisterRequestProto> FakeJobtracker::LastRegistration(const std::string& tracker) const {
  const std::lock_guard lock(mutex_);
  const auto at = trackers_.find(tracker);
  if (at == trackers_.end()) return std::nullopt;
  return at->second;
}

std::optional<FakeJobtracker::AttemptStatus> FakeJobtracker::StatusOf(const std::string& attempt) const {
  const std::lock_guard lock(mutex_);
  const auto at = statuses_.find(attempt);
  if (at == statuses_.end()) return std::nullopt;
  return at->second;
}

int FakeJobtracker::TimesEnded(const std::string& attempt) const {
  const std::lock_guard lock(mutex_);
  const auto at = ended_.find(attempt);
  return at == ended_.end() ? 0 : at->second;
}

std::vector<FetchFailureProto> FakeJobtracker::fetch_failures() const {
  const std::lock_guard lock(mutex_);
  return fetch_failures_;
}

std::vector<std::string> FakeJobtracker::troubles() const {
  const std::lock_guard lock(mutex_);
  return troubles_;
}

net::awaitable<Result<std::string>> FakeJobtracker::Handle(const rpc::Call& call) {
  if (proof_) {
    auto served = proof_->Serve(call.method, call.request, &call.standing->challenge, &call.standing->proven);
    if (served) co_return std::move(*served);
    if (!call.standing->proven) co_return dfs::Exception(dfs::java::kAuthorization, "prove that you hold the secret");
  }
  if (call.method == "register") co_return Register(call.request);
  if (call.method == "report") co_return Report(call.request);
  if (call.method != "await") co_return rpc::NoSuchMethod(call);
  for (;;) {
    std::optional<std::string> orders = Orders(call.request);
    if (orders) co_return std::move(*orders);
    (void)co_await net::SleepFor(std::chrono::milliseconds(2));
  }
}

Result<std::string> FakeJobtracker::Register(std::string_view bytes) {
  RegisterRequestProto request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return InvalidArgument("no message");
  const std::lock_guard lock(mutex_);
  ++registrations_;
  trackers_[request.tracker().name()] = request;
  for (const AttemptStatus& status : request.attempts()) statuses_[status.attemptid()] = status;
  RegisterResponseProto response;
  response.set_epoch(epoch_);
  response.set_heartbeatms(50);
  return response.SerializeAsString();
}

Result<std::string> FakeJobtracker::Report(std::string_view bytes) {
  ReportRequestProto request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return InvalidArgument("no message");
  const std::lock_guard lock(mutex_);
  ReportResponseProto response;
  if (!trackers_.contains(request.tracker()) || request.epoch() != epoch_) {
    response.set_mustregister(true);
    return response.SerializeAsString();
  }
  for (const AttemptStatus& status : request.attempts()) {
    statuses_[status.attemptid()] = status;
    if (status.state() == ATTEMPT_SUCCEEDED) ++ended_[status.attemptid()];
  }
  for (const FetchFailureProto& failure : request.fetchfailures()) fetch_failures_.push_back(failure);
  troubles_.assign(request.troubles().begin(), request.troubles().end());
  return response.SerializeAsString();
}

std::optional<std::string> FakeJobtracker::Orders(std::string_view bytes) {
  AwaitRequestProto request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::string();
  const std::lock_guard lock(mutex_);
  AwaitResponseProto response;
  if (!trackers_.contains(request.tracker()) || request.epoch() != epoch_) {
    response.set_mustregister(true);
    return response.SerializeAsString();
  }
  for (const Order& order : orders_[request.tracker()]) {
    if (order.sequence() > request.have()) *response.add_orders() = order;
  }
  if (response.orders().empty() && !stopping_) return std::nullopt;
  return response.SerializeAsString();
}

}  // namespace mrd::tasktracker
