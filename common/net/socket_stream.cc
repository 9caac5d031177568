#include "common/net/socket_stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/base/clock.h"

namespace mrd::net {
namespace asio = boost::asio;

namespace {

constexpr std::string_view kEndOfStream = "closed by peer";

// Calls that complete without waiting, after which others on the thread get their turn.
constexpr int kBurstMax = 32;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

enum Direction { kReading = 0, kWriting = 1 };

// The socket, and the time limit of the calls that wait on it. Shared with the timer and with calls under way, so that
// a stream may be destroyed while they wait. On the stream's executor.
//
// The limit costs a reading of the clock per waiting call: the timer is set for the earliest limit once, and when it
// fires it looks whether a call has really waited that long.
class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(Socket s, Endpoint local, Endpoint peer)
      : socket(std::move(s)), local_address(std::move(local)), peer_address(std::move(peer)), timer_(socket.get_executor()) {}

  void SetTimeout(std::chrono::milliseconds timeout) {
    timeout_ns_ = std::chrono::nanoseconds(std::max(timeout, std::chrono::milliseconds::zero())).count();
  }

  void Close() {
    if (closed) return;
    closed = true;
    timer_.cancel();
    boost::system::error_code ignored;
    socket.close(ignored);
  }

  // Around each wait for the socket.
  void BeginWait(Direction direction) {
    expired_[direction] = false;
    interrupted_[direction] = false;
    waiting_[direction] = true;
    if (timeout_ns_ == 0) {
      limit_ns_[direction] = kNoLimit;
      return;
    }
    limit_ns_[direction] = Clock::System().MonotonicNanos() + timeout_ns_;
    if (limit_ns_[direction] < armed_for_ns_) Arm(limit_ns_[direction]);
  }
  void EndWait(Direction direction) { waiting_[direction] = false; }

  // Why a wait was aborted; OK: it should be begun again.
  Status WhyAborted(Direction direction, std::string_view what) const {
    if (closed) return Cancelled(std::string(what) + " " + peer_address.ToString() + ": the stream was closed");
    if (expired_[direction]) {
      return {Code::kDeadlineExceeded, std::string(what) + " " + peer_address.ToString() + ": no progress for " +
                                           std::to_string(timeout_ns_ / 1'000'000) + " ms"};
    }
    if (interrupted_[direction]) return Status::Ok();
    return Cancelled(std::string(what) + " " + peer_address.ToString());
  }

  Socket socket;
  const Endpoint local_address;
  const Endpoint peer_address;
  bool closed = false;

 private:
  static constexpr std::int64_t kNoLimit = INT64_MAX;

  void Arm(std::int64_t at_ns) {
    armed_for_ns_ = at_ns;
    const std::int64_t wait_ns = std::max<std::int64_t>(at_ns - Clock::System().MonotonicNanos(), 0);
    timer_.expires_after(std::chrono::nanoseconds(wait_ns));
    timer_.async_wait([core = shared_from_this()](const boost::system::error_code& error) {
      if (!error && !core->closed) core->Look();
    });
  }

  void Look() {
    armed_for_ns_ = kNoLimit;
    const std::int64_t now = Clock::System().MonotonicNanos();
    std::int64_t next = kNoLimit;
    bool any_expired = false;
    for (const Direction direction : {kReading, kWriting}) {
      if (!waiting_[direction]) continue;
      if (limit_ns_[direction] <= now) {
        expired_[direction] = any_expired = true;
      } else {
        next = std::min(next, limit_ns_[direction]);
      }
    }
    if (any_expired) {
      // A socket's calls are cancelled together; the one whose time is not up begins again.
      for (const Direction direction : {kReading, kWriting}) interrupted_[direction] = true;
      boost::system::error_code ignored;
      socket.cancel(ignored);
    }
    if (next != kNoLimit) Arm(next);
  }

  asio::steady_timer timer_;
  std::int64_t timeout_ns_ = 0;
  std::int64_t armed_for_ns_ = kNoLimit;
  std::array<std::int64_t, 2> limit_ns_ = {kNoLimit, kNoLimit};
  std::array<bool, 2> waiting_ = {};
  std::array<bool, 2> expired_ = {};
  std::array<bool, 2> interrupted_ = {};
};

class SocketStream final : public Stream {
 public:
  explicit SocketStream(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  ~SocketStream() override { core_->Close(); }

  awaitable<Result<std::size_t>> ReadSome(char* out, std::size_t size) override {
    return Read(core_, out, size);
  }
  awaitable<Status> Write(std::string_view bytes) override { return WriteAll(core_, bytes, {}); }
  awaitable<Status> Write2(std::string_view first, std::string_view second) override {
    return WriteAll(core_, first, second);
  }

  void Close() override { core_->Close(); }
  void CloseWrite() override {
    boost::system::error_code ignored;
    if (!core_->closed) core_->socket.shutdown(asio::socket_base::shutdown_send, ignored);
  }
  void SetIdleTimeout(std::chrono::milliseconds timeout) override { core_->SetTimeout(timeout); }
  const Endpoint& local() const override { return core_->local_address; }
  const Endpoint& peer() const override { return core_->peer_address; }
  int descriptor() const override { return core_->closed ? -1 : core_->socket.native_handle(); }

 private:
  awaitable<Result<std::size_t>> Read(std::shared_ptr<Core> core, char* out, std::size_t size);
  awaitable<Status> WriteAll(std::shared_ptr<Core> core, std::string_view first, std::string_view second);

  const std::shared_ptr<Core> core_;
  bool more_expected_ = false;  // the last read filled its buffer
  int reads_in_a_row_ = 0;
  int writes_in_a_row_ = 0;
};

// While data streams in, the system call is tried first: no trip through the event loop. Elsewhere Asio is asked at once,
// which tries it too before it waits.
awaitable<Result<std::size_t>> SocketStream::Read(std::shared_ptr<Core> core, char* out, std::size_t size) {
  if (core->closed) co_return core->WhyAborted(kReading, "read from");
  if (more_expected_ && reads_in_a_row_ < kBurstMax) {
    const ssize_t got = ::recv(core->socket.native_handle(), out, size, MSG_DONTWAIT);
    if (got > 0) {
      ++reads_in_a_row_;
      more_expected_ = static_cast<std::size_t>(got) == size;
      co_return static_cast<std::size_t>(got);
    }
  }
  for (;;) {
    core->BeginWait(kReading);
    const auto [error, got] = co_await core->socket.async_read_some(asio::buffer(out, size), kAwait);
    core->EndWait(kReading);
    if (!error) {
      // Calls on a stream that was destroyed meanwhile see a closed core and no members.
      if (!core->closed) {
        reads_in_a_row_ = 0;
        more_expected_ = got == size;
      }
      co_return got;
    }
    if (error == asio::error::eof) {
      co_return Unavailable(core->peer_address.ToString() + ": " + std::string(kEndOfStream));
    }
    if (error != asio::error::operation_aborted && error != asio::error::bad_descriptor) {
      co_return SocketError("read from", core->peer_address, error.value());
    }
    if (Status why = core->WhyAborted(kReading, "read from"); !why.ok()) co_return why;
  }
}

awaitable<Status> SocketStream::WriteAll(std::shared_ptr<Core> core, std::string_view first, std::string_view second) {
  // A system call that succeeds at once never suspends; without this a fast peer would keep the thread to itself.
  if (++writes_in_a_row_ > kBurstMax) {
    writes_in_a_row_ = 0;
    co_await asio::post(core->socket.get_executor(), asio::use_awaitable);
  }
  while (!first.empty() || !second.empty()) {
    if (core->closed) co_return core->WhyAborted(kWriting, "write to");
    std::array<iovec, 2> parts = {iovec{const_cast<char*>(first.data()), first.size()},
                                  iovec{const_cast<char*>(second.data()), second.size()}};
    msghdr message = {};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t put = ::sendmsg(core->socket.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put >= 0) {
      const std::size_t of_first = std::min(static_cast<std::size_t>(put), first.size());
      first.remove_prefix(of_first);
      second.remove_prefix(static_cast<std::size_t>(put) - of_first);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) co_return SocketError("write to", core->peer_address, errno);

    core->BeginWait(kWriting);
    const auto [error] = co_await core->socket.async_wait(asio::socket_base::wait_write, kAwait);
    core->EndWait(kWriting);
    if (!error) {
      if (!core->closed) writes_in_a_row_ = 0;
      continue;
    }
    if (error != asio::error::operation_aborted && error != asio::error::bad_descriptor) {
      co_return SocketError("write to", core->peer_address, error.value());
    }
    if (Status why = core->WhyAborted(kWriting, "write to"); !why.ok()) co_return why;
  }
  co_return Status::Ok();
}

Endpoint FromAddress(const sockaddr_storage& address, socklen_t size) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(v4.sin_port)};
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    // One spelling per peer: a v4 peer of a v6 socket is named as v4.
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
    } else {
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
    return {text.data(), ntohs(v6.sin6_port)};
  }
  if (address.ss_family == AF_UNIX && size > offsetof(sockaddr_un, sun_path)) {
    const auto& local = reinterpret_cast<const sockaddr_un&>(address);
    const std::size_t length = ::strnlen(local.sun_path, size - offsetof(sockaddr_un, sun_path));
    return UnixEndpoint(std::string(local.sun_path, length));
  }
  return {};
}

}  // namespace

Status SocketError(std::string_view what, const Endpoint& peer, int error) {
  Code code = Code::kIo;
  switch (error) {
    case ECONNREFUSED: case ECONNRESET: case ECONNABORTED: case EPIPE: case ETIMEDOUT: case ENOTCONN: case ENETDOWN:
    case ENETUNREACH: case EHOSTUNREACH: case EHOSTDOWN: case ENETRESET:
      code = Code::kUnavailable; break;
    case ENOENT: code = Code::kNotFound; break;  // no such Unix socket
    case EACCES: case EPERM: code = Code::kPermissionDenied; break;
    case EMFILE: case ENFILE: case ENOBUFS: case ENOMEM: code = Code::kResourceExhausted; break;
    default: break;
  }
  return {code, std::string(what) + " " + peer.ToString() + ": " + std::strerror(error)};
}

Endpoint UnixEndpoint(const std::string& path) { return {"unix:" + path, 0}; }

Endpoint LocalEndpoint(int descriptor) {
  sockaddr_storage address = {};
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return FromAddress(address, size);
}

Endpoint PeerEndpoint(int descriptor) {
  sockaddr_storage address = {};
  socklen_t size = sizeof address;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return FromAddress(address, size);
}

std::unique_ptr<Stream> MakeSocketStream(Socket socket, Endpoint local, Endpoint peer) {
  const int on = 1;
  // Fails for Unix sockets, which need neither.
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)::setsockopt(socket.native_handle(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  return std::make_unique<SocketStream>(std::make_shared<Core>(std::move(socket), std::move(local), std::move(peer)));
}

bool IsEndOfStream(const Status& status) {
  return status.code() == Code::kUnavailable && status.message().ends_with(kEndOfStream);
}

awaitable<Status> ReadExactly(Stream& stream, char* out, std::size_t size) {
  while (size > 0) {
    Result<std::size_t> got = co_await stream.ReadSome(out, size);
    if (!got.ok()) co_return got.status();
    out += *got;
    size -= *got;
  }
  co_return Status::Ok();
}

}  // namespace mrd::net
