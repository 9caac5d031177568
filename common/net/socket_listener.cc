#include "common/net/socket_listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/base/unique_fd.h"
#include "common/net/runtime.h"
#include "common/net/socket_stream.h"

namespace mrd::net {
namespace asio = boost::asio;

namespace {

// Connections that the kernel holds while all threads are busy; it takes the smaller of this and net.core.somaxconn.
constexpr int kBacklog = 1024;
// Pause when descriptors or memory ran out: connections wait in the backlog meanwhile.
constexpr std::chrono::milliseconds kShortagePause{50};

bool IsShortage(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

class SocketListener final : public Listener {
 public:
  SocketListener(asio::any_io_executor executor, NewStrand new_strand, UniqueFd fd, std::string unix_path)
      : new_strand_(std::move(new_strand)),
        unix_path_(std::move(unix_path)),
        local_(LocalEndpoint(fd.get())),
        fd_(fd.get()),
        descriptor_(std::move(executor), fd.Release()) {}

  ~SocketListener() override {
    if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
  }

  awaitable<Result<std::unique_ptr<Stream>>> Accept(asio::any_io_executor executor) override {
    for (;;) {
      if (closed_) co_return Cancelled("listener " + local_.ToString() + " was closed");
      UniqueFd accepted(::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (accepted.valid()) {
        // A peer that left while it waited has no address any more.
        const Endpoint peer = unix_path_.empty() ? PeerEndpoint(accepted.get()) : local_;
        if (peer.ip.empty()) continue;
        co_return Wrap(std::move(accepted), peer, executor ? executor : new_strand_());
      }
      const int error = errno;
      if (closed_ || error == EINTR || error == ECONNABORTED) continue;
      if (IsShortage(error)) {
        (void)co_await SleepFor(kShortagePause);
        continue;
      }
      if (error != EAGAIN && error != EWOULDBLOCK) {
        co_return FromErrno(error, "accept connections at " + local_.ToString());
      }
      const auto [failure] = co_await descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                                                             asio::as_tuple(asio::use_awaitable));
      if (failure) co_return Cancelled("accept connections at " + local_.ToString());
    }
  }

  void Close() override {
    closed_ = true;
    // Wakes Accept() whichever thread this is; closing the descriptor would race with it.
    ::shutdown(fd_, SHUT_RDWR);
  }

  const Endpoint& local() const override { return local_; }

 private:
  Result<std::unique_ptr<Stream>> Wrap(UniqueFd accepted, const Endpoint& peer, const asio::any_io_executor& executor) {
    Endpoint local = LocalEndpoint(accepted.get());
    sockaddr_storage address = {};
    socklen_t size = sizeof address;
    ::getsockname(accepted.get(), reinterpret_cast<sockaddr*>(&address), &size);
    Socket socket(executor);
    boost::system::error_code error;
    socket.assign(asio::generic::stream_protocol(address.ss_family, 0), accepted.get(), error);
    if (error) return SocketError("take connection of", peer, error.value());
    (void)accepted.Release();
    return MakeSocketStream(std::move(socket), std::move(local), peer);
  }

  const NewStrand new_strand_;
  const std::string unix_path_;
  const Endpoint local_;
  const int fd_;  // descriptor_'s
  std::atomic<bool> closed_ = false;
  asio::posix::stream_descriptor descriptor_;
};

Status BindError(const std::string& where, int error) {
  if (error == EADDRINUSE) {
    return AlreadyExists("listen at " + where + ": the address is in use; stop what listens there or choose another port");
  }
  return FromErrno(error, "listen at " + where);
}

// Binds and listens; the socket is non-blocking.
Result<UniqueFd> OpenListening(const sockaddr* address, socklen_t size, const std::string& where) {
  UniqueFd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return FromErrno(errno, "make a socket for " + where);
  const int on = 1;
  // A restarted daemon takes its port although connections of the last one linger.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), address, size) != 0) return BindError(where, errno);
  if (::listen(fd.get(), kBacklog) != 0) return BindError(where, errno);
  return fd;
}

}  // namespace

Result<std::unique_ptr<Listener>> ListenTcp(asio::any_io_executor executor,
                                            NewStrand new_strand,
                                            const std::string& host,
                                            std::uint16_t port) {
  const std::string where = Endpoint{host, port}.ToString();
  asio::ip::tcp::resolver resolver(executor);
  boost::system::error_code error;
  const auto found = resolver.resolve(host, std::to_string(port), asio::ip::tcp::resolver::passive, error);
  if (error || found.empty()) return NotFound("listen at " + where + ": no such host: " + error.message());
  const asio::ip::tcp::endpoint endpoint = found.begin()->endpoint();
  MRD_ASSIGN_OR_RETURN(UniqueFd fd, OpenListening(endpoint.data(), static_cast<socklen_t>(endpoint.size()), where));
  return std::unique_ptr<Listener>(
      std::make_unique<SocketListener>(std::move(executor), std::move(new_strand), std::move(fd), ""));
}

Result<std::unique_ptr<Listener>> ListenUnix(asio::any_io_executor executor,
                                             NewStrand new_strand,
                                             const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return InvalidArgument("listen at " + path + ": the path of a Unix socket has 1 to " +
                           std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  // Only a socket is replaced: a path given by mistake must not cost somebody a file.
  struct stat existing = {};
  if (::lstat(path.c_str(), &existing) == 0) {
    if (!S_ISSOCK(existing.st_mode)) return AlreadyExists("listen at " + path + ": there is something that is no socket");
    if (::unlink(path.c_str()) != 0) return FromErrno(errno, "remove the old socket " + path);
  }
  MRD_ASSIGN_OR_RETURN(UniqueFd fd, OpenListening(reinterpret_cast<const sockaddr*>(&address), sizeof address, path));
  return std::unique_ptr<Listener>(
      std::make_unique<SocketListener>(std::move(executor), std::move(new_strand), std::move(fd), path));
}

}  // namespace mrd::net
