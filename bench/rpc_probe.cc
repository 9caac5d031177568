// How many calls per second the RPC server answers: an echo service on one thread, and beside it, on one more thread, a
// client with many connections, each sending its next call when the last was answered. The client decodes nothing but
// lengths, so that it costs little more than its system calls.
//
//   rpc_probe [connections [seconds]]      64 and 5 unless told

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/rpc/frame.h"
#include "common/rpc/protobuf_wire.h"
#include "common/rpc/server.h"

namespace {

using namespace mrd;

class Echo final : public rpc::Service {
 public:
  std::vector<std::string> protocols() const override { return {"org.apache.hadoop.hdfs.protocol.ClientProtocol"}; }
  net::awaitable<Result<std::string>> Handle(const rpc::Call& call) override { co_return std::string(call.request); }
};

double ThreadCpuSeconds() {
  rusage usage = {};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string Hello() {
  std::string out, info, context;
  rpc::AppendPreamble(&out, rpc::kAuthNone);
  rpc::AppendBytesField(&info, 1, "probe");
  rpc::AppendBytesField(&context, 2, info);
  rpc::AppendControl(&out, rpc::kCallIdContext, "0123456789abcdef", context);
  return out;
}

std::string OneCall() {
  std::string out;
  rpc::RequestHeader header;
  header.call_id = 1;
  header.client_id = "0123456789abcdef";
  header.retry_count = 0;
  rpc::AppendCall(&out, header, {"getFileInfo", "org.apache.hadoop.hdfs.protocol.ClientProtocol", 1},
                  "\x0a\x14/some/path/of/a/file");
  return out;
}

int Connect(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::exit(1);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// Runs the closed loop; the number of calls answered.
std::uint64_t RunClients(std::uint16_t port, int connections, std::int64_t seconds) {
  const std::string hello = Hello();
  const std::string call = OneCall();
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < connections; ++i) {
    const int fd = Connect(port);
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    const std::string first = hello + call;
    if (::send(fd, first.data(), first.size(), 0) != static_cast<ssize_t>(first.size())) std::exit(1);
  }
  std::uint64_t answered = 0;
  const std::int64_t end = Clock::System().MonotonicNanos() + seconds * 1'000'000'000;
  std::vector<epoll_event> events(static_cast<std::size_t>(connections));
  char buffer[4096];
  while (Clock::System().MonotonicNanos() < end) {
    const int ready = ::epoll_wait(epoll, events.data(), connections, 1000);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
      // Answers are small and come whole; anything else would be counted wrong.
      if (got < 5 || rpc::DecodeLength(std::string_view(buffer, 4)) + 4 != got) {
        std::fprintf(stderr, "rpc_probe: not one whole answer\n");
        std::exit(1);
      }
      ++answered;
      if (::send(fd, call.data(), call.size(), 0) != static_cast<ssize_t>(call.size())) std::exit(1);
    }
  }
  return answered;
}

}  // namespace

int main(int argc, char** argv) {
  const int connections = argc > 1 ? std::atoi(argv[1]) : 64;
  const std::int64_t seconds = argc > 2 ? std::atoi(argv[2]) : 5;
  Log log(LogLevel::kWarn);
  net::Runtime runtime("rpc", 1);
  Echo echo;
  rpc::Server server(runtime, Logger(log, "probe"), rpc::ServerOptions());
  server.Add(echo);
  Result<std::unique_ptr<net::Listener>> listener = runtime.Listen("127.0.0.1", 0);
  if (!listener.ok()) {
    std::fprintf(stderr, "rpc_probe: %s\n", listener.status().message().c_str());
    return 1;
  }
  const std::uint16_t port = (*listener)->local().port;
  server.Start(std::move(*listener), runtime.executor());
  const auto server_cpu = [&] {
    return runtime.Run<double>(runtime.executor(), []() -> net::awaitable<double> { co_return ThreadCpuSeconds(); });
  };
  const double server_before = server_cpu();
  const double client_before = ThreadCpuSeconds();
  const std::int64_t began = Clock::System().MonotonicNanos();
  const std::uint64_t calls = RunClients(port, connections, seconds);
  const double elapsed = static_cast<double>(Clock::System().MonotonicNanos() - began) / 1e9;
  const double client_cpu = ThreadCpuSeconds() - client_before;
  const double served_cpu = server_cpu() - server_before;
  const auto per_call = [&](double cpu) { return cpu * 1e6 / static_cast<double>(calls); };
  std::printf("%d connections, %.1f s: %.0f calls/s; server %.2f us CPU per call, client %.2f us; server alone on a core: %.0f calls/s\n",
              connections, elapsed, static_cast<double>(calls) / elapsed, per_call(served_cpu), per_call(client_cpu),
              static_cast<double>(calls) / served_cpu);
  runtime.Run<void>(runtime.executor(), [&]() -> net::awaitable<void> { co_await server.Stop(); });
  return 0;
}
