// A namenode under many clients: a closed loop of Hadoop RPC calls over many connections from one thread, each
// connection sending its next call when the last was answered. Requests are full protobuf messages with call ids of
// their own; answers are looked at as far as their status and, where there is a boolean, its value.
//
//   namenode_load HOST PORT OPERATION COUNT [CONNECTIONS [BASE]]
//
// OPERATION: mkdirs | create | fileinfo | locations | rename | delete. `create` is create and complete, two calls.
// `rename` and `delete` work on what `create` and `rename` with the same COUNT and BASE left, `fileinfo` on the first
// 10,000 that `create` made, `locations` on BASE/data/0 … BASE/data/63, one-block files that the caller has put there.
// Prints one JSON line; exit status 1 when a call failed.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/rpc/frame.h"
#include "common/rpc/protobuf_wire.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"

namespace {

using namespace mrd;

constexpr std::string_view kProtocol = "org.apache.hadoop.hdfs.protocol.ClientProtocol";
constexpr std::uint64_t kDataFiles = 64;
constexpr std::uint64_t kFilesPerDirectory = 1000;
constexpr std::uint64_t kFilesAsked = 10'000;

[[noreturn]] void Fail(const std::string& text) {
  std::fprintf(stderr, "namenode_load: %s\n", text.c_str());
  std::exit(1);
}

// One step of an operation: a method and its request.
struct Step {
  std::string_view method;
  std::string request;
};

// What the operation number `item` sends as its `step`-th call; empty method: the operation is done.
using Operation = std::function<Step(std::uint64_t item, int step, std::string_view client)>;

std::string FilePath(const std::string& base, std::uint64_t item) {
  return base + "/files/" + std::to_string(item / kFilesPerDirectory) + "/file" + std::to_string(item);
}

template <class Request>
Step Once(std::string_view method, const Request& request) {
  return {method, request.SerializeAsString()};
}

Step Mkdirs(const std::string& path) {
  hadoop::hdfs::MkdirsRequestProto request;
  request.set_src(path);
  request.mutable_masked()->set_perm(0755);
  request.set_createparent(true);
  return Once("mkdirs", request);
}

Step Create(const std::string& path, std::string_view client, int step) {
  if (step == 0) {
    hadoop::hdfs::CreateRequestProto request;
    request.set_src(path);
    request.mutable_masked()->set_perm(0644);
    request.set_clientname(std::string(client));
    request.set_createflag(1);
    request.set_createparent(true);
    request.set_replication(1);
    request.set_blocksize(std::uint64_t{128} << 20);
    return Once("create", request);
  }
  if (step == 1) {
    hadoop::hdfs::CompleteRequestProto request;
    request.set_src(path);
    request.set_clientname(std::string(client));
    return Once("complete", request);
  }
  return {};
}

Step FileInfo(const std::string& path) {
  hadoop::hdfs::GetFileInfoRequestProto request;
  request.set_src(path);
  return Once("getFileInfo", request);
}

Step Locations(const std::string& path) {
  hadoop::hdfs::GetBlockLocationsRequestProto request;
  request.set_src(path);
  request.set_offset(0);
  request.set_length(std::uint64_t{1} << 30);
  return Once("getBlockLocations", request);
}

Step Rename(const std::string& path) {
  hadoop::hdfs::Rename2RequestProto request;
  request.set_src(path);
  request.set_dst(path + ".renamed");
  request.set_overwritedest(false);
  return Once("rename2", request);
}

Step Delete(const std::string& path) {
  hadoop::hdfs::DeleteRequestProto request;
  request.set_src(path);
  request.set_recursive(false);
  return Once("delete", request);
}

Operation Find(const std::string& name, const std::string& base) {
  const auto one = [](std::function<Step(std::uint64_t)> make) {
    return [make](std::uint64_t item, int step, std::string_view) { return step == 0 ? make(item) : Step{}; };
  };
  if (name == "mkdirs") {
    return one([base](std::uint64_t i) {
      return Mkdirs(base + "/dirs/" + std::to_string(i / kFilesPerDirectory) + "/dir" + std::to_string(i));
    });
  }
  if (name == "create") {
    return [base](std::uint64_t i, int step, std::string_view client) { return Create(FilePath(base, i), client, step); };
  }
  if (name == "fileinfo") return one([base](std::uint64_t i) { return FileInfo(FilePath(base, i % kFilesAsked)); });
  if (name == "locations") {
    return one([base](std::uint64_t i) { return Locations(base + "/data/" + std::to_string(i % kDataFiles)); });
  }
  if (name == "rename") return one([base](std::uint64_t i) { return Rename(FilePath(base, i)); });
  if (name == "delete") return one([base](std::uint64_t i) { return Delete(FilePath(base, i) + ".renamed"); });
  Fail("no operation is called " + name);
}

// Methods whose answer is one boolean that must be true.
bool AnswersBoolean(std::string_view method) { return method == "mkdirs" || method == "complete" || method == "delete"; }

class Connection {
 public:
  Connection(const sockaddr_in& address, std::string client_id) : client_id_(std::move(client_id)) {
    client_name_ = "namenode_load_";
    for (const char c : client_id_) client_name_ += static_cast<char>('a' + (static_cast<unsigned char>(c) & 15));
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      Fail(std::string("cannot connect: ") + std::strerror(errno));
    }
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::string user, context, hello;
    const char* name = std::getenv("HADOOP_USER_NAME");
    if (name == nullptr) name = std::getenv("USER");
    rpc::AppendBytesField(&user, 1, name == nullptr ? "root" : name);
    rpc::AppendBytesField(&context, 2, user);
    rpc::AppendBytesField(&context, 3, kProtocol);
    rpc::AppendPreamble(&hello, rpc::kAuthNone);
    rpc::AppendControl(&hello, rpc::kCallIdContext, client_id_, context);
    Send(hello);
  }

  int fd() const { return fd_; }

  // Begins the operation on `item`.
  void Begin(const Operation& operation, std::uint64_t item) {
    item_ = item;
    step_ = 0;
    Send(Frame(operation(item_, step_, client_name_)));
  }

  // Takes what has arrived. True when the operation is done; else its next call has been sent, or more must arrive.
  bool Take(const Operation& operation) {
    char buffer[65536];
    const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
    if (got <= 0) Fail("the namenode closed a connection");
    in_.append(buffer, static_cast<std::size_t>(got));
    if (in_.size() < rpc::kLengthSize) return false;
    const auto length = static_cast<std::size_t>(rpc::DecodeLength(in_));
    if (in_.size() < rpc::kLengthSize + length) return false;
    Check(std::string_view(in_).substr(rpc::kLengthSize, length));
    in_.erase(0, rpc::kLengthSize + length);
    Step next = operation(item_, ++step_, client_name_);
    if (next.method.empty()) return true;
    Send(Frame(std::move(next)));
    return false;
  }

 private:
  std::string Frame(Step step) {
    method_ = step.method;
    rpc::RequestHeader header;
    header.rpc_kind = rpc::kRpcKindProtobuf;
    header.rpc_op = rpc::kRpcOpFinal;
    header.call_id = call_id_++;
    header.client_id = client_id_;
    header.retry_count = 0;
    std::string out;
    rpc::AppendCall(&out, header, {method_, kProtocol, 1}, step.request);
    return out;
  }

  void Check(std::string_view frame) const {
    rpc::ResponseHeader header;
    if (!rpc::TakeResponseHeader(&frame, &header)) Fail("an answer is no RPC answer");
    if (header.status != rpc::ResponseStatus::kSuccess) {
      Fail(std::string(method_) + ": " + std::string(header.exception_class) + ": " + std::string(header.message));
    }
    std::string_view message;
    if (!rpc::TakeDelimited(&frame, &message)) Fail("an answer has no message");
    if (AnswersBoolean(method_) && message != std::string_view("\x08\x01", 2)) Fail(std::string(method_) + " answered false");
    if (method_ == "getFileInfo" && message.empty()) Fail("getFileInfo: there is no such file");
  }

  void Send(std::string_view bytes) {
    if (::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) Fail("cannot send");
  }

  int fd_ = -1;
  std::string client_id_;
  std::string client_name_;
  std::int32_t call_id_ = 0;
  std::uint64_t item_ = 0;
  int step_ = 0;
  std::string_view method_;
  std::string in_;
};

double CpuSeconds() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) Fail("namenode_load HOST PORT OPERATION COUNT [CONNECTIONS [BASE]]");
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
  if (::inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) Fail(std::string(argv[1]) + " is no IPv4 address");
  const std::uint64_t count = std::strtoull(argv[4], nullptr, 10);
  const int connections = argc > 5 ? std::atoi(argv[5]) : 64;
  const Operation operation = Find(argv[3], argc > 6 ? argv[6] : "/bench");

  Random random(SystemSeed());
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Connection> clients;
  clients.reserve(static_cast<std::size_t>(connections));
  for (int i = 0; i < connections; ++i) {
    std::string id(rpc::kClientIdSize, '\0');
    for (char& c : id) c = static_cast<char>(random.Next());
    clients.emplace_back(address, id);
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(i);
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, clients.back().fd(), &event);
  }
  const double cpu_before = CpuSeconds();
  const std::int64_t began = Clock::System().MonotonicNanos();
  std::uint64_t next = 0, done = 0;
  for (Connection& client : clients) {
    if (next < count) client.Begin(operation, next++);
  }
  std::vector<epoll_event> events(static_cast<std::size_t>(connections));
  while (done < count) {
    const int ready = ::epoll_wait(epoll, events.data(), connections, 60'000);
    if (ready <= 0) Fail("the namenode has been silent for a minute");
    for (int i = 0; i < ready; ++i) {
      Connection& client = clients[events[static_cast<std::size_t>(i)].data.u32];
      if (!client.Take(operation)) continue;
      ++done;
      if (next < count) client.Begin(operation, next++);
    }
  }
  const double elapsed = static_cast<double>(Clock::System().MonotonicNanos() - began) / 1e9;
  std::printf("{\"operation\": \"%s\", \"count\": %llu, \"connections\": %d, \"seconds\": %.3f, \"per_second\": %.0f, \"client_cpu_us\": %.2f}\n",
              argv[3], static_cast<unsigned long long>(count), connections, elapsed, static_cast<double>(count) / elapsed,
              (CpuSeconds() - cpu_before) * 1e6 / static_cast<double>(count));
  return 0;
}
