#include "common/rpc/server.h"

#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <set>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/rpc/meta_info.h"
#include "common/rpc/remote_error.h"
#include "common/rpc/session.h"

namespace mrd::rpc {
namespace asio = boost::asio;

namespace {

// How long Stop() lets calls in flight end.
constexpr std::chrono::seconds kStopGrace{1};
// Pause after a failure to accept that is not known to pass by itself.
constexpr std::chrono::milliseconds kAcceptPause{100};
// Connections beyond the bound that are being told so.
constexpr std::size_t kRefusalsMax = 64;

}  // namespace

Status NoSuchMethod(const Call& call) {
  return Unimplemented("Unknown method " + std::string(call.method) + " called on " + std::string(call.protocol) +
                       " protocol.")
      .WithTag(java::kNoSuchMethod);
}

Status BadRequest(const Call& call) {
  return InvalidArgument("Request of " + std::string(call.method) + " is not readable").WithTag(java::kRpcServer);
}

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(net::Runtime& r, Logger log, ServerOptions options)
      : shared(std::make_shared<SessionShared>(r, std::move(log), std::move(options))),
        runtime(r),
        meta_info([known = shared.get()](std::string_view protocol) { return known->Find(protocol) != nullptr; }) {}

  void Add(Service& service) {
    for (std::string& protocol : service.protocols()) shared->protocols.emplace_back(std::move(protocol), &service);
  }
  net::awaitable<void> AcceptConnections(std::shared_ptr<Impl> self);
  void Serve(std::unique_ptr<net::Stream> stream, const asio::any_io_executor& executor);
  net::awaitable<void> RunSession(std::shared_ptr<Impl> self, std::shared_ptr<Session> session);
  net::awaitable<void> RunRefusal(std::shared_ptr<Impl> self, std::shared_ptr<Session> session);
  bool EndQuietest();  // REQUIRES: mutex is held
  // Calls `act` for every session, on the session's executor.
  void ForEachSession(void (Session::*act)());

  const std::shared_ptr<SessionShared> shared;
  net::Runtime& runtime;
  MetaInfo meta_info;
  std::unique_ptr<net::Listener> listener;
  asio::any_io_executor executor;  // of all sessions; empty: each has its own
  net::Gate gate;                  // holds the accepting coroutine and the sessions
  std::atomic<bool> started = false;
  std::atomic<bool> stopping = false;
  std::atomic<bool> stopped = false;
  std::size_t refused = 0;  // the accepting coroutine's

  std::mutex mutex;
  std::list<std::shared_ptr<Session>> sessions;  // guarded by mutex, as are the next two
  std::set<const Session*> ending;               // of them: asked to end, to make room
  std::size_t refusals = 0;
};

Server::Server(net::Runtime& runtime, Logger log, ServerOptions options)
    : impl_(std::make_shared<Impl>(runtime, std::move(log), std::move(options))) {
  impl_->Add(impl_->meta_info);
}

Server::~Server() { MRD_CHECK(!impl_->started || impl_->stopped); }

void Server::Add(Service& service) {
  MRD_CHECK(!impl_->started);
  impl_->Add(service);
}

void Server::Start(std::unique_ptr<net::Listener> listener, asio::any_io_executor executor) {
  MRD_CHECK(!impl_->started);
  impl_->started = true;
  impl_->listener = std::move(listener);
  impl_->executor = std::move(executor);
  MRD_CHECK(impl_->gate.Enter());
  std::function<net::awaitable<void>()> accept = [impl = impl_] { return impl->AcceptConnections(impl); };
  impl_->runtime.Spawn(impl_->executor ? impl_->executor : impl_->runtime.NewStrand(), std::move(accept));
}

net::awaitable<void> Server::Stop() {
  const std::shared_ptr<Impl> impl = impl_;
  if (!impl->started || impl->stopped) co_return;
  impl->stopping = true;
  impl->listener->Close();
  impl->ForEachSession(&Session::Stop);
  asio::any_io_executor here = co_await asio::this_coro::executor;
  asio::steady_timer grace(here, kStopGrace);
  grace.async_wait([impl](const boost::system::error_code& cancelled) {
    if (!cancelled) impl->ForEachSession(&Session::Abort);
  });
  co_await impl->gate.Close();
  impl->stopped = true;
}

const net::Endpoint& Server::local() const { return impl_->listener->local(); }

net::awaitable<void> Server::Impl::AcceptConnections(std::shared_ptr<Impl> self) {
  for (;;) {
    asio::any_io_executor on = executor ? executor : runtime.NewStrand();
    Result<std::unique_ptr<net::Stream>> stream = co_await listener->Accept(on);
    if (stream.ok()) {
      Serve(std::move(*stream), on);
      continue;
    }
    if (stream.status().code() == Code::kCancelled) break;
    shared->log.Error(stream.status().message());
    (void)co_await net::SleepFor(kAcceptPause);
  }
  self->gate.Leave();
}

void Server::Impl::Serve(std::unique_ptr<net::Stream> stream, const asio::any_io_executor& on) {
  auto session = std::make_shared<Session>(shared, std::move(stream), on);
  bool refuse = false;
  {
    const std::lock_guard lock(mutex);
    if (stopping) return;
    if (sessions.size() - ending.size() >= shared->options.connections_max && !EndQuietest()) {
      // Said once per thousand: a client that retries in a loop must not fill the log.
      if (refused++ % 1000 == 0) {
        shared->log.Warn("connections are refused: there are " + std::to_string(sessions.size()) + " already, all in use");
      }
      if (refusals >= kRefusalsMax || !gate.Enter()) return;
      ++refusals;
      refuse = true;
    } else {
      if (!gate.Enter()) return;
      sessions.push_back(session);
    }
  }
  std::function<net::awaitable<void>()> run = [self = shared_from_this(), session, refuse] {
    return refuse ? self->RunRefusal(self, session) : self->RunSession(self, session);
  };
  runtime.Spawn(on, std::move(run));
}

net::awaitable<void> Server::Impl::RunSession(std::shared_ptr<Impl> self, std::shared_ptr<Session> session) {
  co_await session->Run();
  {
    const std::lock_guard lock(mutex);
    sessions.remove(session);
    ending.erase(session.get());
  }
  self->gate.Leave();
}

net::awaitable<void> Server::Impl::RunRefusal(std::shared_ptr<Impl> self, std::shared_ptr<Session> session) {
  co_await session->Refuse("Server too busy: it has " + std::to_string(shared->options.connections_max) +
                           " connections, all of them in use. Try again later.");
  {
    const std::lock_guard lock(mutex);
    --refusals;
  }
  self->gate.Leave();
}

bool Server::Impl::EndQuietest() {
  const std::int64_t latest = Clock::System().MonotonicNanos() - std::chrono::nanoseconds(shared->options.quiet_min).count();
  std::shared_ptr<Session> quietest;
  for (const std::shared_ptr<Session>& session : sessions) {
    const std::int64_t since = session->quiet_since_ns();
    if (since == 0 || since > latest || ending.contains(session.get())) continue;
    if (quietest == nullptr || since < quietest->quiet_since_ns()) quietest = session;
  }
  if (quietest == nullptr) return false;
  ending.insert(quietest.get());
  Session* const target = quietest.get();
  asio::post(target->executor(), [session = std::move(quietest)] { session->Stop(); });
  return true;
}

void Server::Impl::ForEachSession(void (Session::*act)()) {
  std::list<std::shared_ptr<Session>> copy;
  {
    const std::lock_guard lock(mutex);
    copy = sessions;
  }
  for (std::shared_ptr<Session>& session : copy) {
    Session* const target = session.get();
    asio::post(target->executor(), [session = std::move(session), act] { (session.get()->*act)(); });
  }
}

}  // namespace mrd::rpc
