// What 64 connections of one machine can exchange at most: an epoll loop that answers every 150 bytes with 150 bytes, and
// beside it, on another thread, a closed loop of clients like namenode_load's. No message is looked at. The bound for
// any server of one thread that is asked by one thread.
//
//   echo [SECONDS]

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace {

constexpr int kConnections = 64;
constexpr std::size_t kMessage = 150;

double CpuSeconds() {
  rusage usage = {};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Answers each message until `stop`; how many there were.
long Loop(const std::array<int, kConnections>& sockets, const std::atomic<bool>& stop) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  for (const int fd : sockets) {
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
  std::array<epoll_event, kConnections> events;
  std::array<char, 4096> buffer = {};
  long answered = 0;
  while (!stop.load(std::memory_order_relaxed)) {
    const int ready = ::epoll_wait(epoll, events.data(), kConnections, 100);
    for (int i = 0; i < ready; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (::recv(fd, buffer.data(), buffer.size(), 0) != static_cast<ssize_t>(kMessage)) std::abort();
      if (::send(fd, buffer.data(), kMessage, 0) != static_cast<ssize_t>(kMessage)) std::abort();
      ++answered;
    }
  }
  ::close(epoll);
  return answered;
}

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 3;
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const auto generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, generic, size) != 0 || ::getsockname(listener, generic, &size) != 0 || ::listen(listener, kConnections) != 0) {
    std::perror("echo");
    return 1;
  }
  std::array<int, kConnections> clients = {}, servers = {};
  const int on = 1;
  for (std::size_t i = 0; i < kConnections; ++i) {
    clients[i] = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(clients[i], generic, size) != 0) return 1;
    servers[i] = ::accept(listener, nullptr, nullptr);
    ::setsockopt(clients[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(servers[i], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  std::atomic<bool> stop = false, stop_server = false;
  double server_cpu = 0, client_cpu = 0;
  std::thread server([&] {
    Loop(servers, stop_server);
    server_cpu = CpuSeconds();
  });
  const std::array<char, kMessage> message = {};
  for (const int fd : clients) {
    if (::send(fd, message.data(), kMessage, 0) != static_cast<ssize_t>(kMessage)) return 1;
  }
  long answered = 0;
  std::thread client([&] {
    answered = Loop(clients, stop);
    client_cpu = CpuSeconds();
  });
  std::this_thread::sleep_for(std::chrono::seconds(seconds));
  stop = true;
  client.join();
  stop_server = true;
  server.join();
  const auto count = static_cast<double>(answered);
  std::printf("{\"per_second\": %.0f, \"server_cpu_us\": %.2f, \"client_cpu_us\": %.2f}\n", count / seconds,
              server_cpu * 1e6 / count, client_cpu * 1e6 / count);
  return 0;
}
