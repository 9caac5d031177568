#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "common/base/status.h"
#include "common/net/co_status.h"

namespace mrd::net {

template <typename T>
using awaitable = boost::asio::awaitable<T>;

// A numeric address and a port, as a peer is named in logs and permissions: "127.0.0.1:8020".
struct Endpoint {
  std::string ip;
  std::uint16_t port = 0;
  std::string ToString() const { return ip + ":" + std::to_string(port); }
};

// A reliable byte stream to one peer: TCP, a Unix socket, or the simulator's. One reader and one writer at a time, which
// may be two coroutines on the stream's executor. Destroying it closes. Every error names the peer. After Close() from any
// coroutine of the executor, pending calls return kCancelled.
class Stream {
 public:
  virtual ~Stream() = default;

  // At least one byte, at most `size`. The end of the stream is kUnavailable and IsEndOfStream(): "...: closed by peer".
  virtual awaitable<Result<std::size_t>> ReadSome(char* out, std::size_t size) = 0;
  // All of it or an error. The bytes must stay until it returns.
  virtual awaitable<Status> Write(std::string_view bytes) = 0;
  // Both in one call, in order: a header and a payload without copying them together.
  virtual awaitable<Status> Write2(std::string_view first, std::string_view second) = 0;
  virtual void Close() = 0;
  // Tells the peer that nothing more will be written; reading goes on. The default does nothing.
  virtual void CloseWrite() {}
  // Fails calls that make no progress for this long with kDeadlineExceeded; zero: never. Holds for calls begun later.
  virtual void SetIdleTimeout(std::chrono::milliseconds timeout) = 0;

  virtual const Endpoint& local() const = 0;
  virtual const Endpoint& peer() const = 0;
  // The socket of a real stream, -1 of others: for descriptor passing only.
  virtual int descriptor() const { return -1; }
};

// Whether a Status of a Stream means that the peer ended it in order.
bool IsEndOfStream(const Status& status);

// Exactly `size` bytes. kUnavailable when the stream ends before.
awaitable<Status> ReadExactly(Stream& stream, char* out, std::size_t size);

// Opens streams to peers. Numeric addresses and host names; the first that answers. Thread-safe.
class Connector {
 public:
  virtual ~Connector() = default;
  // kDeadlineExceeded or kUnavailable (refused, unreachable, no such host), naming host and port; never kNotFound, which
  // would read as if a file behind that host were missing. The stream's executor is the caller's.
  virtual awaitable<Result<std::unique_ptr<Stream>>> Connect(std::string host, std::uint16_t port,
                                                             std::chrono::milliseconds timeout) = 0;
  // The real one: TCP with TCP_NODELAY and keep-alive.
  static Connector& Tcp();
};

// A stream to the Unix socket at `path`. kNotFound when there is none, kUnavailable when nobody listens.
awaitable<Result<std::unique_ptr<Stream>>> ConnectUnix(std::string path);

// Accepts streams. Owned by its server; one Accept() at a time.
class Listener {
 public:
  virtual ~Listener() = default;
  // kCancelled after Close(). Descriptors running out is waited over, not reported. The stream lives on `executor`, or on
  // a strand of its own when that is empty.
  virtual awaitable<Result<std::unique_ptr<Stream>>> Accept(boost::asio::any_io_executor executor) = 0;
  awaitable<Result<std::unique_ptr<Stream>>> Accept() { return Accept(boost::asio::any_io_executor()); }
  virtual void Close() = 0;  // from any thread
  virtual const Endpoint& local() const = 0;  // with the real port when 0 was asked for
};

}  // namespace mrd::net
