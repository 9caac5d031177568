// Whole datanodes, in this process, against a namenode of the test's: registering, reporting, orders, recovery.

#include <catch2/catch.hpp>

#include <unistd.h>

#include <set>

#include "common/base/clock.h"
#include "common/rpc/client.h"
#include "datanode/server.h"
#include "dfs/errors.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"
#include "proto/hdfs/ClientDatanodeProtocol.pb.h"
#include "tests/unit/datanode/fake_namenode.h"
#include "tests/unit/datanode/transfer_fixture.h"

namespace mrd::datanode {
namespace {

using dfs::wire::Operation;

template <typename Condition>
bool Eventually(Condition condition) {
  for (int i = 0; i < 1500; ++i) {
    if (condition()) return true;
    ::usleep(10'000);
  }
  return false;
}

// A datanode that can be ended and started again on its directory.
class Node {
 public:
  explicit Node(std::uint16_t namenode_port) : namenode_port_(namenode_port) { Start(); }

  void Start() {
    DatanodeOptions options;
    VolumeOptions volume;
    volume.dir = dir_ / "data";
    options.store.volumes.push_back(volume);
    options.xfer_host = options.ipc_host = "127.0.0.1";
    options.xfer_port = options.ipc_port = 0;
    options.actor.namenode_host = "127.0.0.1";
    options.actor.namenode_port = namenode_port_;
    options.actor.user = "hdfs";
    options.actor.software_version = "test";
    options.actor.retry_first = std::chrono::milliseconds(20);
    options.actor.retry_most = std::chrono::milliseconds(100);
    options.actor.disk_check_interval = std::chrono::milliseconds(100);
    options.actor.report_part_replicas = 2;  // so that reports come in several parts
    options.scanner.bytes_per_second = 0;
    auto ends = ends_;
    Result<std::unique_ptr<Server>> server = Server::Start(Env::Posix(), Clock::System(), log_, std::move(options),
                                                           [ends](const Status& why) { ends->store(static_cast<int>(why.code())); });
    INFO(server.status().ToString());
    REQUIRE(server.ok());
    server_ = std::move(*server);
  }
  void End() {
    if (server_ != nullptr) CHECK(server_->Stop().ok());
    server_.reset();
  }
  ~Node() { End(); }

  Server& server() { return *server_; }
  const std::string& uuid() const { return server_->datanode_uuid(); }
  bool registered() const { return server_->waiting_for().empty(); }
  std::string data_dir() const { return dir_ / "data"; }
  Code end_wanted() const { return static_cast<Code>(ends_->load()); }

  hadoop::hdfs::DatanodeInfoProto Info() const {
    hadoop::hdfs::DatanodeInfoProto info;
    info.mutable_id()->set_ipaddr("127.0.0.1");
    info.mutable_id()->set_hostname("localhost");
    info.mutable_id()->set_datanodeuuid(uuid());
    info.mutable_id()->set_xferport(server_->xfer_port());
    info.mutable_id()->set_infoport(0);
    info.mutable_id()->set_ipcport(server_->ipc_port());
    return info;
  }

  // Writes a block as a client does; without `close` the client then goes.
  void WriteBlock(std::int64_t id, std::uint64_t length, bool close = true) {
    RawClient client(server_->xfer_port());
    client.SendOperation(Operation::kWriteBlock, WriteOperation(id));
    REQUIRE(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
    client.SendPacket({0, 0, StoreFixture::Content(id, 0, length)});
    REQUIRE(client.ReceiveAck().seqno == 0);
    if (!close) return;
    client.SendPacket({1, length, "", true});
    REQUIRE(client.ReceiveAck().seqno == 1);
  }

 private:
  const std::uint16_t namenode_port_;
  test::TemporaryDir dir_;
  Log log_{LogLevel::kOff};
  std::shared_ptr<std::atomic<int>> ends_ = std::make_shared<std::atomic<int>>(0);
  std::unique_ptr<Server> server_;
};

dfs::proto::CommandProto Command() {
  dfs::proto::CommandProto command;
  command.set_namenodeepoch(1);
  return command;
}

dfs::ExtendedBlock Block(std::int64_t id, std::uint64_t length = 0) { return StoreFixture::Block(id, 1001, length); }

TEST_CASE("datanode: registers, reports what it has, and again after each restart of either side", "[actor]") {
  net::Runtime runtime("test", 2);
  auto namenode = std::make_unique<FakeNamenode>(runtime);
  const std::uint16_t port = namenode->port();
  Node node(port);
  REQUIRE(Eventually([&] { return node.registered(); }));
  CHECK(namenode->registrations() == 2);  // once to learn whom it joins, once with its volumes
  const std::string uuid = node.uuid();
  for (std::int64_t id = 700; id < 705; ++id) {
    node.WriteBlock(id, 1000);
    CHECK(namenode->HasEvent("RECEIVED blk_" + std::to_string(id) + "_1001 1000"));  // before the last ack
  }
  node.End();
  node.Start();
  CHECK(node.uuid() == uuid);
  REQUIRE(Eventually([&] { return namenode->LastReport(uuid).size() == 5; }));
  CHECK(namenode->LastReport(uuid).front() == "blk_700_1001/1000/0");

  namenode->ForgetRegistrations();
  REQUIRE(Eventually([&] { return namenode->LastReport(uuid).size() == 5; }));

  namenode.reset();
  namenode = std::make_unique<FakeNamenode>(runtime, port);
  REQUIRE(Eventually([&] { return namenode->LastReport(uuid).size() == 5; }));
}

TEST_CASE("datanode: waits for a namenode that refuses it, and says why", "[actor]") {
  net::Runtime runtime("test", 2);
  auto namenode = std::make_unique<FakeNamenode>(runtime);
  const std::uint16_t port = namenode->port();
  Node node(port);
  REQUIRE(Eventually([&] { return node.registered(); }));
  namenode.reset();
  namenode = std::make_unique<FakeNamenode>(runtime, port);
  namenode->cluster_id = "CID-other";
  REQUIRE(Eventually([&] { return node.server().waiting_for().find("CID-1") != std::string::npos; }));
  namenode->cluster_id = "CID-1";
  CHECK(Eventually([&] { return node.registered(); }));
}

TEST_CASE("datanode: a writer's last ack does not wait for a namenode that does not answer", "[actor]") {
  net::Runtime runtime("test", 2);
  FakeNamenode namenode(runtime);
  Node node(namenode.port());
  REQUIRE(Eventually([&] { return node.registered(); }));
  namenode.FailEvents(true);
  node.WriteBlock(710, 500);
  CHECK_FALSE(namenode.HasEvent("RECEIVED blk_710_1001 500"));
  namenode.FailEvents(false);
  CHECK(Eventually([&] { return namenode.HasEvent("RECEIVED blk_710_1001 500"); }));
}

TEST_CASE("datanode: carries out orders to copy, to delete and to verify", "[actor]") {
  net::Runtime runtime("test", 2);
  FakeNamenode namenode(runtime);
  Node a(namenode.port()), b(namenode.port());
  REQUIRE(Eventually([&] { return a.registered() && b.registered(); }));
  a.WriteBlock(720, 2000);
  dfs::proto::CommandProto copy = Command();
  dfs::wire::ToProto(Block(720, 2000), copy.mutable_transfer()->mutable_block());
  *copy.mutable_transfer()->add_targets()->mutable_node() = b.Info();
  copy.mutable_transfer()->mutable_targets(0)->set_storageuuid("");
  namenode.Order(a.uuid(), copy);
  RawClient reader(b.server().xfer_port());
  REQUIRE(Eventually([&] {
    const std::string path = b.data_dir() + "/current/" + kPool + "/current/finalized/subdir0/subdir2/blk_720";
    return ReadWholeFile(Env::Posix(), path).ok();
  }));

  // Rot is found on order, and told.
  const std::string path = a.data_dir() + "/current/" + kPool + "/current/finalized/subdir0/subdir2/blk_720";
  REQUIRE((*Env::Posix().OpenForUpdate(path))->WriteAt(700, "!!!", 3).ok());
  dfs::proto::CommandProto verify = Command();
  dfs::wire::ToProto(Block(720, 2000), verify.mutable_verifyblock()->mutable_block());
  namenode.Order(a.uuid(), verify);
  REQUIRE(Eventually([&] { return !namenode.bad_blocks().empty(); }));
  CHECK(namenode.bad_blocks() == std::vector<std::string>{"blk_720_1001"});

  dfs::proto::CommandProto remove = Command();
  remove.mutable_invalidate()->set_poolid(kPool);
  dfs::wire::ToProto(Block(720, 2000).block, remove.mutable_invalidate()->add_blocks());
  namenode.Order(a.uuid(), remove);
  CHECK(Eventually([&] { return namenode.HasEvent("DELETED blk_720_1001 2000"); }));
  CHECK_FALSE(ReadWholeFile(Env::Posix(), path).ok());
}

TEST_CASE("datanode: says at once that a copy is done, so that the namenode can order another", "[actor]") {
  net::Runtime runtime("test", 2);
  FakeNamenode namenode(runtime);
  Node a(namenode.port()), b(namenode.port());
  REQUIRE(Eventually([&] { return a.registered() && b.registered(); }));
  a.WriteBlock(725, 2000);
  const std::string uuid = a.uuid();
  a.End();
  namenode.heartbeat_interval_ms = 3'600'000;
  const int before = namenode.heartbeats(uuid);
  dfs::proto::CommandProto copy = Command();
  dfs::wire::ToProto(Block(725, 2000), copy.mutable_transfer()->mutable_block());
  *copy.mutable_transfer()->add_targets()->mutable_node() = b.Info();
  copy.mutable_transfer()->mutable_targets(0)->set_storageuuid("");
  namenode.Order(uuid, copy);
  a.Start();
  CHECK(Eventually([&] { return namenode.heartbeats(uuid) == before + 2; }));
}

TEST_CASE("datanode: leads the recovery of a block whose writer died", "[actor]") {
  net::Runtime runtime("test", 2);
  FakeNamenode namenode(runtime);
  Node a(namenode.port()), b(namenode.port()), c(namenode.port());
  REQUIRE(Eventually([&] { return a.registered() && b.registered() && c.registered(); }));
  a.WriteBlock(730, 1500, false);
  b.WriteBlock(730, 1400, false);
  dfs::proto::CommandProto recover = Command();
  auto* const order = recover.mutable_recoverblock();
  dfs::wire::ToProto(Block(730), order->mutable_block());
  order->set_newgenerationstamp(1010);
  for (Node* const node : {&a, &b, &c}) *order->add_locations() = node->Info();
  namenode.Order(a.uuid(), recover);
  REQUIRE(Eventually([&] { return !namenode.commits().empty(); }));
  const auto commit = namenode.commits().front();
  CHECK(commit.newlength() == 1400);
  CHECK(commit.newgenerationstamp() == 1010);
  CHECK(commit.closefile());
  CHECK_FALSE(commit.deleteblock());
  CHECK(commit.targets_size() == 2);
  for (Node* const node : {&a, &b}) {
    RawClient client(node->server().xfer_port());
    auto op = ReadOperation(730, 0, 1400);
    op.mutable_header()->mutable_baseheader()->mutable_block()->set_generationstamp(1010);
    client.SendOperation(Operation::kReadBlock, op);
    REQUIRE(client.ReceiveResponse().status() == hadoop::hdfs::SUCCESS);
    CHECK(client.ReceivePacket().data == StoreFixture::Content(730, 0, 1400));
  }
  CHECK(namenode.HasEvent("RECEIVED blk_730_1010 1400"));
}

TEST_CASE("datanode: an order of a namenode that is no longer in charge is ignored", "[actor]") {
  net::Runtime runtime("test", 2);
  FakeNamenode namenode(runtime);
  Node node(namenode.port());
  REQUIRE(Eventually([&] { return node.registered(); }));
  node.WriteBlock(740, 100);
  node.WriteBlock(741, 100);
  const auto invalidate = [&](std::int64_t id, std::uint64_t epoch) {
    dfs::proto::CommandProto command;
    command.set_namenodeepoch(epoch);
    command.mutable_invalidate()->set_poolid(kPool);
    dfs::wire::ToProto(Block(id, 100).block, command.mutable_invalidate()->add_blocks());
    namenode.Order(node.uuid(), command);
  };
  invalidate(740, 5);
  REQUIRE(Eventually([&] { return namenode.HasEvent("DELETED blk_740_1001 100"); }));
  invalidate(741, 4);
  const int before = namenode.heartbeats();
  REQUIRE(Eventually([&] { return namenode.heartbeats() > before + 3; }));
  CHECK_FALSE(namenode.HasEvent("DELETED blk_741_1001 100"));
  dfs::proto::CommandProto stop;
  stop.set_namenodeepoch(5);
  stop.mutable_shutdown();
  namenode.Order(node.uuid(), stop);
  CHECK(Eventually([&] { return node.end_wanted() == Code::kCancelled; }));
}

TEST_CASE("datanode: answers clients on its RPC port", "[actor]") {
  net::Runtime runtime("test", 2);
  FakeNamenode namenode(runtime);
  Node node(namenode.port());
  REQUIRE(Eventually([&] { return node.registered(); }));
  node.WriteBlock(750, 1234, false);
  rpc::ClientOptions options;
  options.host = "127.0.0.1";
  options.port = node.server().ipc_port();
  options.user = "alice";
  options.protocol = "org.apache.hadoop.hdfs.protocol.ClientDatanodeProtocol";
  const auto strand = runtime.NewStrand();
  auto client = std::make_unique<rpc::Client>(net::Connector::Tcp(), strand, options);
  const auto call = [&](std::string method, const google::protobuf::MessageLite& request) {
    const std::string bytes = request.SerializeAsString();
    std::function<net::awaitable<Result<std::string>>()> body = [&]() { return client->Call(method, bytes); };
    return runtime.Run<Result<std::string>>(strand, body);
  };
  hadoop::hdfs::GetReplicaVisibleLengthRequestProto visible;
  dfs::wire::ToProto(Block(750), visible.mutable_block());
  const auto length = call("getReplicaVisibleLength", visible);
  REQUIRE(length.ok());
  hadoop::hdfs::GetReplicaVisibleLengthResponseProto answer;
  REQUIRE(answer.ParseFromString(*length));
  CHECK(answer.length() == 1234);
  dfs::wire::ToProto(Block(751), visible.mutable_block());
  CHECK(call("getReplicaVisibleLength", visible).status().tag() == dfs::java::kReplicaNotFound);

  CHECK(call("getDatanodeInfo", hadoop::hdfs::GetDatanodeInfoRequestProto()).ok());
  const auto volumes = call("getVolumeReport", hadoop::hdfs::GetVolumeReportRequestProto());
  REQUIRE(volumes.ok());
  hadoop::hdfs::GetVolumeReportResponseProto report;
  REQUIRE(report.ParseFromString(*volumes));
  REQUIRE(report.volumeinfo_size() == 1);
  CHECK(report.volumeinfo(0).numblocks() == 1);
  CHECK(call("getBalancerBandwidth", hadoop::hdfs::GetBalancerBandwidthRequestProto()).ok());
  hadoop::hdfs::ShutdownDatanodeRequestProto stop;
  stop.set_forupgrade(false);
  CHECK(call("shutdownDatanode", stop).status().tag() == dfs::java::kAccessControl);  // alice is nobody here
  CHECK(call("submitDiskBalancerPlan", stop).status().tag() == dfs::java::kUnsupportedOperation);
  CHECK_FALSE(call("sing", stop).ok());
  std::function<net::awaitable<bool>()> close = [&]() -> net::awaitable<bool> {
    client.reset();
    co_return true;
  };
  runtime.Run<bool>(strand, close);
}

TEST_CASE("datanode: asks to be ended when its only disk vanishes", "[actor]") {
  net::Runtime runtime("test", 2);
  FakeNamenode namenode(runtime);
  Node node(namenode.port());
  REQUIRE(Eventually([&] { return node.registered(); }));
  REQUIRE(Env::Posix().Rename(node.data_dir(), node.data_dir() + ".gone").ok());
  CHECK(Eventually([&] { return node.end_wanted() == Code::kIo; }));
}

}  // namespace
}  // namespace mrd::datanode
