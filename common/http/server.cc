#include "common/http/server.h"

#include <atomic>
#include <list>
#include <mutex>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "common/base/check.h"
#include "common/http/session.h"

namespace mrd::http {
namespace asio = boost::asio;

namespace {

// How long Stop() lets responses end; bodies that are streamed look up once a second.
constexpr std::chrono::milliseconds kStopGrace{1000};
constexpr std::chrono::milliseconds kAcceptPause{100};
// Connections over the limit that are being told so at the same time.
constexpr std::size_t kRefusalsMax = 16;

bool IsLoopbackIp(const std::string& ip) { return ip == "::1" || ip.starts_with("127."); }

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(net::Runtime& r, Logger log, ServerOptions options, Router router)
      : shared(new SessionShared{.log = std::move(log), .options = std::move(options), .router = std::move(router)}),
        runtime(r) {}

  awaitable<void> AcceptConnections(std::shared_ptr<Impl> self);
  void Serve(std::unique_ptr<net::Stream> stream, const asio::any_io_executor& on);
  awaitable<void> RunSession(std::shared_ptr<Impl> self, std::shared_ptr<Session> session, bool refuse);
  void ForEachSession(void (Session::*act)());

  const std::shared_ptr<SessionShared> shared;
  net::Runtime& runtime;
  std::unique_ptr<net::Listener> listener;
  asio::any_io_executor executor;  // of all sessions; empty: each has its own
  net::Gate gate;                  // holds the accepting coroutine and the sessions
  std::atomic<bool> started = false;
  std::atomic<bool> stopped = false;
  std::atomic<std::uint64_t> refused = 0;

  std::mutex mutex;
  std::list<std::shared_ptr<Session>> sessions;  // guarded by mutex
};

Server::Server(net::Runtime& runtime, Logger log, ServerOptions options, Router router)
    : impl_(std::make_shared<Impl>(runtime, std::move(log), std::move(options), std::move(router))) {}

Server::~Server() { MRD_CHECK(!impl_->started || impl_->stopped); }

void Server::Start(std::unique_ptr<net::Listener> listener, asio::any_io_executor executor) {
  MRD_CHECK(!impl_->started);
  impl_->started = true;
  impl_->listener = std::move(listener);
  impl_->executor = std::move(executor);
  impl_->shared->loopback = IsLoopbackIp(impl_->listener->local().ip);
  MRD_CHECK(impl_->gate.Enter());
  std::function<awaitable<void>()> accept = [impl = impl_] { return impl->AcceptConnections(impl); };
  impl_->runtime.Spawn(impl_->executor ? impl_->executor : impl_->runtime.NewStrand(), std::move(accept));
}

awaitable<void> Server::Stop() {
  const std::shared_ptr<Impl> impl = impl_;
  if (!impl->started || impl->stopped) co_return;
  impl->shared->stopping = true;
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

ServerFigures Server::figures() const {
  ServerFigures out;
  {
    const std::lock_guard lock(impl_->mutex);
    out.connections = impl_->sessions.size();
  }
  out.refused = impl_->refused;
  out.requests = impl_->shared->requests;
  out.errors = impl_->shared->errors;
  out.bytes_sent = impl_->shared->bytes_sent;
  return out;
}

awaitable<void> Server::Impl::AcceptConnections(std::shared_ptr<Impl> self) {
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
    refuse = sessions.size() >= shared->options.connections_max;
    if (refuse) ++refused;
    if (sessions.size() >= shared->options.connections_max + kRefusalsMax) return;
    if (shared->stopping || !gate.Enter()) return;
    sessions.push_back(session);
  }
  std::function<awaitable<void>()> run = [self = shared_from_this(), session, refuse] {
    return self->RunSession(self, session, refuse);
  };
  runtime.Spawn(on, std::move(run));
}

awaitable<void> Server::Impl::RunSession(std::shared_ptr<Impl> self, std::shared_ptr<Session> session, bool refuse) {
  if (refuse) {
    co_await session->Refuse();
  } else {
    co_await session->Run();
  }
  {
    const std::lock_guard lock(mutex);
    sessions.remove(session);
  }
  self->gate.Leave();
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

}  // namespace mrd::http
