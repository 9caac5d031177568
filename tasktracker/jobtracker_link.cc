#include "tasktracker/jobtracker_link.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/net/co_status.h"

namespace mrd::tasktracker {

namespace proto = mapred::proto;
using std::chrono::milliseconds;

namespace {

// What an answer to a standing call may take beyond the time that it may wait.
constexpr milliseconds kAwaitMargin{15'000};
constexpr milliseconds kReportTimeout{15'000};
constexpr milliseconds kLastReportTimeout{1'000};

rpc::ClientOptions ClientOf(const Options& options) {
  rpc::ClientOptions client;
  client.host = options.jobtracker_host;
  client.port = options.jobtracker_port;
  client.user = options.user;
  client.protocol = kTrackerProtocol;
  client.connect_timeout = milliseconds(5'000);
  client.call_timeout = options.call_timeout;
  return client;
}

}  // namespace

JobtrackerLink::JobtrackerLink(Context& context, net::Connector& connector, std::string tracker, LinkOwner& owner)
    : context_(context),
      tracker_(std::move(tracker)),
      owner_(owner),
      caller_(connector, context.strand, ClientOf(context.options), context.options.secret),
      report_timer_(context.strand) {}

void JobtrackerLink::Start() {
  if (!gate_.Enter()) return;
  std::function<net::awaitable<void>()> body = [this]() -> net::awaitable<void> {
    co_await Run();
    gate_.Leave();
  };
  context_.runtime.Spawn(context_.strand, std::move(body));
}

std::string JobtrackerLink::waiting_for() const {
  const std::lock_guard lock(mutex_);
  return waiting_for_;
}

// Each reason is logged once, however often it is met in a row.
void JobtrackerLink::WaitFor(const Status& why) {
  const std::lock_guard lock(mutex_);
  const std::string reason = why.ok() ? std::string() : why.message();
  if (reason == waiting_for_ || stopping_) return;
  if (why.ok()) {
    context_.log.Info("jobtracker " + caller_.address() + " knows this tracker name=" + tracker_ +
                      " epoch=" + std::to_string(epoch_));
  } else {
    context_.log.Warn("waiting for jobtracker " + caller_.address() + ": " + reason + "; asking again every " +
                      std::to_string(context_.options.retry_most.count()) + " ms at most");
  }
  waiting_for_ = reason;
}

net::awaitable<void> JobtrackerLink::Pause(milliseconds time) {
  constexpr milliseconds kNap{50};
  while (!stopping_ && time.count() > 0) {
    (void)co_await net::SleepFor(std::min(time, kNap));
    time -= kNap;
  }
}

net::awaitable<void> JobtrackerLink::Run() {
  while (!stopping_) {
    co_await Register();
    if (stopping_) break;
    broken_.Reset();
    registered_ = true;
    const std::uint64_t life = ++life_;
    // Their own coroutines: one of them may hang in a call of a life that is over.
    for (const bool await : {true, false}) {
      if (!gate_.Enter()) break;
      std::function<net::awaitable<void>()> body = [this, life, await]() -> net::awaitable<void> {
        if (await) {
          co_await Await(life);
        } else {
          co_await Report(life);
        }
        gate_.Leave();
      };
      context_.runtime.Spawn(context_.strand, std::move(body));
    }
    co_await broken_.Wait();
    registered_ = false;
  }
}

void JobtrackerLink::MustRegister(std::uint64_t life) {
  if (life != life_ || stopping_) return;
  context_.log.Info("the jobtracker does not know this tracker (any more); registering again");
  broken_.Set();
}

net::awaitable<void> JobtrackerLink::Register() {
  milliseconds pause = context_.options.retry_first;
  while (!stopping_) {
    // Whoever gives orders must be the jobtracker that is meant.
    const std::int64_t begin_ns = context_.clock.MonotonicNanos();
    Status status = co_await caller_.Prove(context_.options.call_timeout);
    proto::RegisterResponseProto response;
    if (status.ok()) {
      proto::RegisterRequestProto request;
      owner_.FillRegistration(&request);
      status = co_await caller_.Call("register", request, response, context_.options.call_timeout);
    }
    if (stopping_) co_return;
    if (status.ok()) {
      told_ns_ = begin_ns;
      if (response.epoch() != epoch_) have_ = 0;
      epoch_ = response.epoch();
      heartbeat_ = milliseconds(std::clamp<std::uint64_t>(response.heartbeatms(), 10, 600'000));
      WaitFor(status);
      owner_.Registered(response);
      co_return;
    }
    WaitFor(status);
    co_await Pause(pause);
    pause = std::min(pause * 2, context_.options.retry_most);
  }
}

net::awaitable<void> JobtrackerLink::Await(std::uint64_t life) {
  milliseconds pause = context_.options.retry_first;
  while (!stopping_ && life == life_ && !broken_.is_set()) {
    proto::AwaitRequestProto request;
    request.set_tracker(tracker_);
    request.set_epoch(epoch_);
    request.set_have(have_);
    request.set_waitms(static_cast<std::uint64_t>(context_.options.await_time.count()));
    proto::AwaitResponseProto response;
    const Status status =
        co_await caller_.Call("await", request, response, context_.options.await_time + kAwaitMargin);
    if (stopping_ || life != life_ || broken_.is_set()) co_return;
    WaitFor(status);
    if (!status.ok()) {
      co_await Pause(pause);
      pause = std::min(pause * 2, context_.options.retry_most);
      continue;
    }
    pause = context_.options.retry_first;
    if (response.mustregister()) {
      MustRegister(life);
      co_return;
    }
    for (const proto::OrderProto& order : response.orders()) {
      if (order.sequence() <= have_) continue;  // sent again, since an answer was lost
      have_ = order.sequence();
      owner_.TakeOrder(order);
    }
  }
}

void JobtrackerLink::Hurry() {
  hurry_ = true;
  report_timer_.cancel();
}

net::awaitable<void> JobtrackerLink::Report(std::uint64_t life) {
  milliseconds pause = context_.options.retry_first;
  while (!stopping_ && life == life_ && !broken_.is_set()) {
    if (!hurry_) {
      report_timer_.expires_after(heartbeat_);
      (void)co_await report_timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    if (stopping_ || life != life_ || broken_.is_set()) co_return;
    hurry_ = false;
    const Status status = co_await ReportOnce(life, kReportTimeout);
    if (status.ok()) {
      pause = context_.options.retry_first;
      continue;
    }
    hurry_ = true;
    co_await Pause(pause);
    pause = std::min(pause * 2, context_.options.retry_most);
  }
}

net::awaitable<Status> JobtrackerLink::ReportOnce(std::uint64_t life, milliseconds timeout) {
  proto::ReportRequestProto request;
  request.set_tracker(tracker_);
  request.set_epoch(epoch_);
  owner_.FillReport(&request);
  proto::ReportResponseProto response;
  const std::int64_t begin_ns = context_.clock.MonotonicNanos();
  const Status status = co_await caller_.Call("report", request, response, timeout);
  if (!status.ok() || response.mustregister()) {
    owner_.NotReported();
    if (status.ok()) MustRegister(life);
    co_return status;
  }
  told_ns_ = begin_ns;
  owner_.Reported();
  co_return status;
}

net::awaitable<void> JobtrackerLink::Stop(bool last) {
  stopping_ = true;
  report_timer_.cancel();
  if (last && registered_) (void)co_await ReportOnce(life_, kLastReportTimeout);
  caller_.Close();
  broken_.Set();
  co_await gate_.Close();
}

}  // namespace mrd::tasktracker
