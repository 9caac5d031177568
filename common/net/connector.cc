#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/net/socket_stream.h"
#include "common/net/stream.h"
#include "common/net/unknown_host.h"

namespace mrd::net {
namespace asio = boost::asio;

namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::string_view kNoSuchHost = ": no such host";

Status Unresolved(const Endpoint& wanted, const boost::system::error_code& error) {
  const std::string what = "connect to " + wanted.ToString();
  if (error == asio::error::host_not_found_try_again) {
    return Unavailable(what + ": the name service does not answer: " + error.message());
  }
  return Unavailable(what + std::string(kNoSuchHost));
}

// One Connect() under way. Shared with its timer.
struct Attempt : std::enable_shared_from_this<Attempt> {
  explicit Attempt(const asio::any_io_executor& executor) : resolver(executor), socket(executor), timer(executor) {}

  void Limit(std::chrono::milliseconds timeout) {
    timer.expires_after(timeout);
    timer.async_wait([attempt = shared_from_this()](const boost::system::error_code& error) {
      if (error || attempt->done) return;
      attempt->expired = true;
      attempt->resolver.cancel();
      boost::system::error_code ignored;
      attempt->socket.close(ignored);
    });
  }
  void Finish() {
    done = true;
    timer.cancel();
  }

  asio::ip::tcp::resolver resolver;
  Socket socket;
  asio::steady_timer timer;
  bool expired = false;
  bool done = false;
};

// A port of the ephemeral range that nobody listens at may be connected to itself.
bool IsSelfConnected(const Endpoint& local, const Endpoint& peer) {
  return local.port == peer.port && local.ip == peer.ip;
}

class TcpConnector final : public Connector {
 public:
  awaitable<Result<std::unique_ptr<Stream>>> Connect(std::string host,
                                                     std::uint16_t port,
                                                     std::chrono::milliseconds timeout) override {
    const Endpoint wanted{std::move(host), port};
    asio::any_io_executor executor = co_await asio::this_coro::executor;
    auto attempt = std::make_shared<Attempt>(executor);
    attempt->Limit(timeout);
    Result<std::unique_ptr<Stream>> stream = co_await ConnectWithin(attempt, wanted);
    attempt->Finish();
    if (!stream.ok() && attempt->expired) {
      co_return Status(Code::kDeadlineExceeded,
                       "connect to " + wanted.ToString() + ": no answer within " + std::to_string(timeout.count()) + " ms");
    }
    co_return stream;
  }

 private:
  awaitable<Result<std::unique_ptr<Stream>>> ConnectWithin(std::shared_ptr<Attempt> attempt, Endpoint wanted) {
    std::vector<asio::ip::tcp::endpoint> addresses;
    boost::system::error_code not_numeric;
    const asio::ip::address numeric = asio::ip::make_address(wanted.ip, not_numeric);
    if (!not_numeric) {
      addresses.emplace_back(numeric, wanted.port);
    } else {
      const auto [error, found] =
          co_await attempt->resolver.async_resolve(wanted.ip, std::to_string(wanted.port), kAwait);
      if (error) co_return Unresolved(wanted, error);
      for (const auto& entry : found) addresses.push_back(entry.endpoint());
    }
    Status failure = Unavailable("connect to " + wanted.ToString() + ": the host has no address");
    for (const asio::ip::tcp::endpoint& address : addresses) {
      if (attempt->expired) break;
      boost::system::error_code error;
      attempt->socket.close(error);
      attempt->socket.open(address.protocol(), error);
      if (error) {
        failure = SocketError("connect to", wanted, error.value());
        continue;
      }
      const asio::generic::stream_protocol::endpoint target(address);
      const auto [refused] = co_await attempt->socket.async_connect(target, kAwait);
      if (refused || attempt->expired) {
        failure = SocketError("connect to", wanted, refused.value());
        continue;
      }
      Endpoint local = LocalEndpoint(attempt->socket.native_handle());
      Endpoint peer{address.address().to_string(), address.port()};
      if (IsSelfConnected(local, peer)) {
        failure = SocketError("connect to", wanted, ECONNREFUSED);
        continue;
      }
      co_return MakeSocketStream(std::move(attempt->socket), std::move(local), std::move(peer));
    }
    co_return failure;
  }
};

}  // namespace

bool IsUnknownHost(const Status& status) {
  return status.code() == Code::kUnavailable && status.message().ends_with(kNoSuchHost);
}

Connector& Connector::Tcp() {
  static TcpConnector connector;
  return connector;
}

awaitable<Result<std::unique_ptr<Stream>>> ConnectUnix(std::string path) {
  const Endpoint wanted = UnixEndpoint(path);
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
    co_return InvalidArgument("connect to " + wanted.ip + ": the path of a Unix socket has 1 to " +
                              std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
  }
  Socket socket(executor);
  boost::system::error_code error;
  const asio::local::stream_protocol::endpoint address(path);
  socket.open(address.protocol(), error);
  if (error) co_return SocketError("connect to", wanted, error.value());
  const asio::generic::stream_protocol::endpoint target(address);
  // Succeeds or fails at once, but for a full backlog, which is an error too.
  const auto [refused] = co_await socket.async_connect(target, kAwait);
  if (refused) co_return SocketError("connect to", wanted, refused.value());
  Endpoint local = wanted;
  co_return MakeSocketStream(std::move(socket), std::move(local), wanted);
}

}  // namespace mrd::net
