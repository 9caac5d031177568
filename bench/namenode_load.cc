// A namenode under many clients: a closed loop of Hadoop RPC calls over many connections from one thread, each
// connection sending its next call when the last was answered. Requests are full protobuf messages with call ids of
// their own; answers are looked at as far as their status and, where there is a boolean, its value.
//
//   namenode_load HOST PORT OPERATION COUNT [CONNECTIONS [BASE [LIST]]]
//
// OPERATION: mkdirs | create | fileinfo | locations | rename | delete | blocks | report. `create` is create and complete,
// two calls.
// `rename` and `delete` work on what `create` and `rename` with the same COUNT and BASE left, `fileinfo` on the first
// 10,000 that `create` made, `locations` on BASE/data/0 … BASE/data/63, one-block files that the caller has put there.
// `blocks` makes files of one block with three replicas, which datanodes report that exist in their reports only
// (reporting_nodes.h): create, addBlock, three times blockReceivedAndDeleted, complete. It leaves the list of blocks at
// LIST; `report` lets these datanodes register and report all of them again, as after a restart; COUNT is then ignored.
// Prints one JSON line; exit status 1 when a call failed.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/namenode_connection.h"
#include "bench/reporting_nodes.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/rpc/frame.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"

namespace {

using namespace mrd;
using namespace mrd::bench;

constexpr std::uint64_t kDataFiles = 64;
constexpr std::uint64_t kFilesPerDirectory = 1000;
constexpr std::uint64_t kFilesAsked = 10'000;

// One item's turn through an operation, on one connection.
struct Turn {
  std::uint64_t item = 0;
  int step = 0;             // calls sent so far
  std::string_view client;  // for leases
  std::string_view answer;  // to the call before; empty at the first step
  HeldBlock block;          // of `blocks`, from its second answer on
};

// The next call of a turn; an empty method: the operation is done.
using Operation = std::function<Call(Turn& turn)>;

std::string FilePath(const std::string& base, std::uint64_t item) {
  return base + "/files/" + std::to_string(item / kFilesPerDirectory) + "/file" + std::to_string(item);
}

template <class Request>
Call Once(std::string_view method, const Request& request) {
  return {method, request.SerializeAsString()};
}

Call Mkdirs(const std::string& path) {
  hadoop::hdfs::MkdirsRequestProto request;
  request.set_src(path);
  request.mutable_masked()->set_perm(0755);
  request.set_createparent(true);
  return Once("mkdirs", request);
}

Call Create(const std::string& path, std::string_view client, std::uint32_t replication) {
  hadoop::hdfs::CreateRequestProto request;
  request.set_src(path);
  request.mutable_masked()->set_perm(0644);
  request.set_clientname(std::string(client));
  request.set_createflag(1);
  request.set_createparent(true);
  request.set_replication(replication);
  request.set_blocksize(std::uint64_t{128} << 20);
  return Once("create", request);
}

Call Complete(const std::string& path, std::string_view client, const HeldBlock* last, const std::string& pool) {
  hadoop::hdfs::CompleteRequestProto request;
  request.set_src(path);
  request.set_clientname(std::string(client));
  if (last != nullptr) {
    request.mutable_last()->set_poolid(pool);
    request.mutable_last()->set_blockid(last->id);
    request.mutable_last()->set_generationstamp(last->stamp);
    request.mutable_last()->set_numbytes(kBlockBytes);
  }
  return Once("complete", request);
}

Call AddBlock(const std::string& path, std::string_view client, const ReportingNodes& nodes) {
  hadoop::hdfs::AddBlockRequestProto request;
  request.set_src(path);
  request.set_clientname(std::string(client));
  for (const hadoop::hdfs::DatanodeInfoProto& other : nodes.others()) *request.add_excludenodes() = other;
  return Once("addBlock", request);
}

// Makes files of one block; keeps what blocks there are.
class BlockFiles {
 public:
  BlockFiles(const ReportingNodes& nodes, std::string base) : nodes_(nodes), base_(std::move(base)) {}

  const std::vector<HeldBlock>& blocks() const { return blocks_; }

  Call Next(Turn& turn) {
    constexpr int kFirstReport = 2;
    constexpr int kLast = kFirstReport + static_cast<int>(kReplicas);
    const std::string path = FilePath(base_, turn.item);
    if (turn.step == 0) return Create(path, turn.client, kReplicas);
    if (turn.step == 1) return AddBlock(path, turn.client, nodes_);
    if (turn.step == kFirstReport) TakeBlock(turn);
    if (turn.step < kLast) return nodes_.Received(static_cast<std::size_t>(turn.step - kFirstReport), turn.block);
    if (turn.step == kLast) return Complete(path, turn.client, &turn.block, pool_);
    return {};
  }

 private:
  void TakeBlock(Turn& turn) {
    hadoop::hdfs::AddBlockResponseProto response;
    if (!response.ParseFromString(std::string(turn.answer))) Fail("addBlock: the answer is not readable");
    if (response.block().locs_size() != static_cast<int>(kReplicas)) Fail("addBlock: not as many datanodes as replicas");
    turn.block = {response.block().b().blockid(), response.block().b().generationstamp()};
    pool_ = response.block().b().poolid();
    blocks_.push_back(turn.block);
  }

  const ReportingNodes& nodes_;
  const std::string base_;
  std::string pool_;
  std::vector<HeldBlock> blocks_;
};

Call FileInfo(const std::string& path) {
  hadoop::hdfs::GetFileInfoRequestProto request;
  request.set_src(path);
  return Once("getFileInfo", request);
}

Call Locations(const std::string& path) {
  hadoop::hdfs::GetBlockLocationsRequestProto request;
  request.set_src(path);
  request.set_offset(0);
  request.set_length(std::uint64_t{1} << 30);
  return Once("getBlockLocations", request);
}

Call Rename(const std::string& path) {
  hadoop::hdfs::Rename2RequestProto request;
  request.set_src(path);
  request.set_dst(path + ".renamed");
  request.set_overwritedest(false);
  return Once("rename2", request);
}

Call Delete(const std::string& path) {
  hadoop::hdfs::DeleteRequestProto request;
  request.set_src(path);
  request.set_recursive(false);
  return Once("delete", request);
}

Operation Find(const std::string& name, const std::string& base) {
  const auto one = [](std::function<Call(std::uint64_t)> make) {
    return [make](Turn& turn) { return turn.step == 0 ? make(turn.item) : Call{}; };
  };
  if (name == "mkdirs") {
    return one([base](std::uint64_t i) {
      return Mkdirs(base + "/dirs/" + std::to_string(i / kFilesPerDirectory) + "/dir" + std::to_string(i));
    });
  }
  if (name == "create") {
    return [base](Turn& turn) {
      if (turn.step > 1) return Call{};
      const std::string path = FilePath(base, turn.item);
      return turn.step == 0 ? Create(path, turn.client, 1) : Complete(path, turn.client, nullptr, "");
    };
  }
  if (name == "fileinfo") return one([base](std::uint64_t i) { return FileInfo(FilePath(base, i % kFilesAsked)); });
  if (name == "locations") {
    return one([base](std::uint64_t i) { return Locations(base + "/data/" + std::to_string(i % kDataFiles)); });
  }
  if (name == "rename") return one([base](std::uint64_t i) { return Rename(FilePath(base, i)); });
  if (name == "delete") return one([base](std::uint64_t i) { return Delete(FilePath(base, i) + ".renamed"); });
  Fail("no operation is called " + name);
}

// A connection and the turn that it carries out.
class Client {
 public:
  Client(const sockaddr_in& address, std::string id) : connection_(address, std::move(id)) {}

  int fd() const { return connection_.fd(); }

  // Begins the operation on `item`.
  void Begin(const Operation& operation, std::uint64_t item) {
    turn_ = Turn{item, 0, connection_.client_name(), {}, {}};
    connection_.Send(operation(turn_));
  }

  // Takes what has arrived. True when the operation is done; else its next call has been sent, or more must arrive.
  bool Take(const Operation& operation) {
    if (!connection_.Take(&turn_.answer)) return false;
    ++turn_.step;
    Call next = operation(turn_);
    if (next.method.empty()) return true;
    connection_.Send(std::move(next));
    return false;
  }

 private:
  NamenodeConnection connection_;
  Turn turn_;
};

double CpuSeconds() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void PrintResult(const std::string& name, std::uint64_t count, int connections, std::int64_t began, double cpu_before) {
  const double elapsed = static_cast<double>(Clock::System().MonotonicNanos() - began) / 1e9;
  std::printf(
      "{\"operation\": \"%s\", \"count\": %llu, \"connections\": %d, \"seconds\": %.3f, \"per_second\": %.0f, "
      "\"client_cpu_us\": %.2f}\n",
      name.c_str(), static_cast<unsigned long long>(count), connections, elapsed, static_cast<double>(count) / elapsed,
      (CpuSeconds() - cpu_before) * 1e6 / static_cast<double>(count));
}

std::string ClientId(Random& random) {
  std::string id(rpc::kClientIdSize, '\0');
  for (char& c : id) c = static_cast<char>(random.Next());
  return id;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) Fail("namenode_load HOST PORT OPERATION COUNT [CONNECTIONS [BASE [LIST]]]");
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
  if (::inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) Fail(std::string(argv[1]) + " is no IPv4 address");
  const std::string name = argv[3];
  const std::uint64_t count = std::strtoull(argv[4], nullptr, 10);
  const int connections = argc > 5 ? std::atoi(argv[5]) : 64;
  const std::string base = argc > 6 ? argv[6] : "/bench";
  const std::string list = argc > 7 ? argv[7] : "";

  Random random(SystemSeed());
  std::unique_ptr<NamenodeConnection> of_nodes;
  std::unique_ptr<ReportingNodes> nodes;
  std::unique_ptr<BlockFiles> block_files;
  if (name == "blocks" || name == "report") {
    if (list.empty()) Fail(name + " needs LIST");
    of_nodes = std::make_unique<NamenodeConnection>(address, ClientId(random));
    nodes = std::make_unique<ReportingNodes>(*of_nodes);
  }
  if (name == "report") {
    const std::vector<HeldBlock> blocks = LoadBlocks(list);
    const double cpu_before = CpuSeconds();
    const std::int64_t began = Clock::System().MonotonicNanos();
    nodes->Report(blocks);
    PrintResult(name, blocks.size(), 1, began, cpu_before);
    return 0;
  }
  if (name == "blocks") block_files = std::make_unique<BlockFiles>(*nodes, base);
  const Operation operation =
      block_files ? Operation([&](Turn& turn) { return block_files->Next(turn); }) : Find(name, base);

  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Client> clients;
  clients.reserve(static_cast<std::size_t>(connections));
  for (int i = 0; i < connections; ++i) {
    clients.emplace_back(address, ClientId(random));
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(i);
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, clients.back().fd(), &event);
  }
  const double cpu_before = CpuSeconds();
  const std::int64_t began = Clock::System().MonotonicNanos();
  std::uint64_t next = 0, done = 0;
  for (Client& client : clients) {
    if (next < count) client.Begin(operation, next++);
  }
  std::vector<epoll_event> events(static_cast<std::size_t>(connections));
  while (done < count) {
    const int ready = ::epoll_wait(epoll, events.data(), connections, 60'000);
    if (ready <= 0) Fail("the namenode has been silent for a minute");
    if (nodes) nodes->Live();
    for (int i = 0; i < ready; ++i) {
      Client& client = clients[events[static_cast<std::size_t>(i)].data.u32];
      if (!client.Take(operation)) continue;
      ++done;
      if (next < count) client.Begin(operation, next++);
    }
  }
  PrintResult(name, count, connections, began, cpu_before);
  if (block_files) SaveBlocks(list, block_files->blocks());
  return 0;
}
