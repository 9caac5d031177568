#include "datanode/transfer/transfer_server.h"

#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include "common/base/check.h"
#include "datanode/transfer/session.h"

namespace mrd::datanode {
namespace {

// Connections beyond the bound that are told so; further ones are closed without a word.
constexpr std::size_t kTellBusyMax = 256;

}  // namespace

// A session that runs. Its session is used on its executor only.
struct TransferServer::Connection {
  Connection(TransferContext& context, std::unique_ptr<net::Stream> stream, Session::Kind kind,
             boost::asio::any_io_executor e)
      : session(std::make_shared<Session>(context, std::move(stream), kind)), executor(std::move(e)) {}
  std::shared_ptr<Session> session;
  boost::asio::any_io_executor executor;
};

TransferServer::~TransferServer() { MRD_CHECK(connections_.empty()); }

void TransferServer::Start(std::unique_ptr<net::Listener> listener, bool passes_descriptors) {
  net::Listener* const accepting = listener.get();
  listeners_.push_back(std::move(listener));
  MRD_CHECK(gate_.Enter());
  std::function<net::awaitable<void>()> body = [this, accepting, passes_descriptors] {
    return Accept(accepting, passes_descriptors);
  };
  context_.runtime.Spawn(context_.runtime.executor(), std::move(body));
}

net::awaitable<void> TransferServer::Accept(net::Listener* listener, bool passes_descriptors) {
  for (;;) {
    boost::asio::any_io_executor executor = context_.runtime.NewStrand();
    Result<std::unique_ptr<net::Stream>> stream = co_await listener->Accept(executor);
    if (!stream.ok()) {
      if (stream.status().code() == Code::kCancelled) break;
      context_.log.Error("data port: " + stream.status().message());
      break;
    }
    if (context_.counters.sessions >= context_.options.sessions_max + kTellBusyMax) continue;
    if (!gate_.Enter()) break;
    const auto accepted = std::make_shared<std::unique_ptr<net::Stream>>(std::move(*stream));
    std::function<net::awaitable<void>()> body = [this, accepted, executor, passes_descriptors] {
      return Serve(std::move(*accepted), executor, passes_descriptors);
    };
    context_.runtime.Spawn(executor, std::move(body));
  }
  gate_.Leave();
}

net::awaitable<void> TransferServer::Serve(std::unique_ptr<net::Stream> stream,
                                           boost::asio::any_io_executor executor,
                                           bool passes) {
  const std::uint32_t sessions = ++context_.counters.sessions;
  Session::Kind kind = passes ? Session::Kind::kUnix : Session::Kind::kTcp;
  if (sessions > context_.options.sessions_max) kind = Session::Kind::kBusy;
  {
    Connection connection(context_, std::move(stream), kind, std::move(executor));
    {
      const std::lock_guard lock(mutex_);
      connections_.insert(&connection);
    }
    co_await connection.session->Run();
    connection.session->Close();  // not when the last of its coroutines ends, which may take a while
    const std::lock_guard lock(mutex_);
    connections_.erase(&connection);
  }
  --context_.counters.sessions;
  gate_.Leave();
}

net::awaitable<void> TransferServer::Stop() {
  for (const std::unique_ptr<net::Listener>& listener : listeners_) listener->Close();
  {
    const std::lock_guard lock(mutex_);
    for (Connection* const connection : connections_) {
      boost::asio::post(connection->executor, [session = std::weak_ptr<Session>(connection->session)] {
        if (const std::shared_ptr<Session> running = session.lock()) running->Close();
      });
    }
  }
  co_await gate_.Close();
}

}  // namespace mrd::datanode
