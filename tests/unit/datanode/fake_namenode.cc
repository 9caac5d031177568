#include "tests/unit/datanode/fake_namenode.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "dfs/errors.h"
#include "dfs/types.h"
#include "dfs/wire/block_convert.h"
#include "tests/unit/datanode/store_fixture.h"

namespace mrd::datanode {

using namespace dfs::proto;  // NOLINT: the messages of this file

FakeNamenode::FakeNamenode(net::Runtime& runtime, std::uint16_t port)
    : runtime_(runtime), log_(std::make_unique<Log>(LogLevel::kOff)) {
  server_ = std::make_unique<rpc::Server>(runtime, Logger(*log_, "fake"), rpc::ServerOptions());
  server_->Add(*this);
  Result<std::unique_ptr<net::Listener>> listener = runtime.Listen("127.0.0.1", port);
  REQUIRE(listener.ok());
  port_ = (*listener)->local().port;
  server_->Start(std::move(*listener));
}

FakeNamenode::~FakeNamenode() {
  std::function<net::awaitable<bool>()> stop = [this]() -> net::awaitable<bool> {
    co_await server_->Stop();
    co_return true;
  };
  runtime_.Run<bool>(runtime_.NewStrand(), std::move(stop));
}

void FakeNamenode::Order(const std::string& datanode_uuid, CommandProto command) {
  const std::lock_guard lock(mutex_);
  orders_[datanode_uuid].push_back(std::move(command));
}

void FakeNamenode::ForgetRegistrations() {
  const std::lock_guard lock(mutex_);
  epochs_.clear();
  reports_.clear();
}

void FakeNamenode::FailEvents(bool fail) {
  const std::lock_guard lock(mutex_);
  fail_events_ = fail;
}

int FakeNamenode::registrations() const {
  const std::lock_guard lock(mutex_);
  return registrations_;
}

int FakeNamenode::heartbeats() const {
  const std::lock_guard lock(mutex_);
  int all = 0;
  for (const auto& [uuid, count] : heartbeats_) all += count;
  return all;
}

int FakeNamenode::heartbeats(const std::string& datanode_uuid) const {
  const std::lock_guard lock(mutex_);
  const auto found = heartbeats_.find(datanode_uuid);
  return found == heartbeats_.end() ? 0 : found->second;
}

std::vector<std::string> FakeNamenode::LastReport(const std::string& datanode_uuid) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  const auto node = reports_.find(datanode_uuid);
  if (node == reports_.end()) return {"none"};
  for (const auto& [storage, replicas] : node->second) all.insert(all.end(), replicas.begin(), replicas.end());
  std::sort(all.begin(), all.end());
  return all;
}

bool FakeNamenode::HasEvent(const std::string& event) const {
  const std::lock_guard lock(mutex_);
  return std::find(events_.begin(), events_.end(), event) != events_.end();
}

std::vector<CommitBlockSynchronizationRequestProto> FakeNamenode::commits() const {
  const std::lock_guard lock(mutex_);
  return commits_;
}

std::vector<std::string> FakeNamenode::bad_blocks() const {
  const std::lock_guard lock(mutex_);
  return bad_blocks_;
}

net::awaitable<Result<std::string>> FakeNamenode::Handle(const rpc::Call& call) { co_return Answer(call); }

Result<std::string> FakeNamenode::Answer(const rpc::Call& call) {
  const std::lock_guard lock(mutex_);
  if (call.method == "register") return Register(call.request);
  if (call.method == "heartbeat") return Heartbeat(call.request);
  if (call.method == "blockReport") return BlockReport(call.request);
  if (call.method == "blockReceivedAndDeleted") return Events(call.request);
  if (call.method == "commitBlockSynchronization") {
    CommitBlockSynchronizationRequestProto request;
    if (!request.ParseFromArray(call.request.data(), static_cast<int>(call.request.size()))) return rpc::BadRequest(call);
    commits_.push_back(std::move(request));
    return std::string();
  }
  if (call.method == "reportBadBlocks") {
    ReportBadBlocksRequestProto request;
    if (!request.ParseFromArray(call.request.data(), static_cast<int>(call.request.size()))) return rpc::BadRequest(call);
    for (const BadBlockProto& bad : request.blocks()) bad_blocks_.push_back(ToString(dfs::wire::FromProto(bad.block())->block));
    return std::string();
  }
  if (call.method == "errorReport") return std::string();
  return rpc::NoSuchMethod(call);
}

Result<std::string> FakeNamenode::Register(std::string_view bytes) {
  RegisterRequestProto request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return InvalidArgument("register");
  if (!request.clusterid().empty() && request.clusterid() != cluster_id)
    return dfs::Exception(dfs::java::kDisallowedDatanode, "you belong to " + request.clusterid());
  ++registrations_;
  epochs_[request.id().datanodeuuid()] = next_epoch_;
  RegisterResponseProto response;
  *response.mutable_id() = request.id();
  const dfs::NamespaceInfo space = StoreFixture::Space();
  response.mutable_namespace_()->set_clusterid(cluster_id);
  response.mutable_namespace_()->set_poolid(space.pool_id);
  response.mutable_namespace_()->set_namespaceid(space.namespace_id);
  response.mutable_namespace_()->set_createdms(0);
  response.set_heartbeatintervalms(heartbeat_interval_ms);
  response.set_blockreportintervalms(3'600'000);
  response.set_registrationepoch(next_epoch_++);
  return response.SerializeAsString();
}

Result<std::string> FakeNamenode::Heartbeat(std::string_view bytes) {
  HeartbeatRequestProto request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return InvalidArgument("heartbeat");
  ++heartbeats_[request.datanodeuuid()];
  HeartbeatResponseProto response;
  response.set_namenodeepoch(1);
  const auto known = epochs_.find(request.datanodeuuid());
  if (known == epochs_.end() || known->second != request.registrationepoch()) {
    response.set_mustregister(true);
    return response.SerializeAsString();
  }
  auto& orders = orders_[request.datanodeuuid()];
  for (; !orders.empty(); orders.pop_front()) *response.add_commands() = orders.front();
  return response.SerializeAsString();
}

Result<std::string> FakeNamenode::BlockReport(std::string_view bytes) {
  BlockReportRequestProto request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return InvalidArgument("blockReport");
  MRD_ASSIGN_OR_RETURN(const auto replicas, dfs::wire::ReplicasFromProto(request.replicas()));
  auto& report = reports_[request.datanodeuuid()][request.storageuuid()];
  if (request.partindex() == 0) report.clear();
  for (const dfs::ReportedReplica& replica : replicas) {
    report.push_back(ToString(replica.block) + "/" + std::to_string(replica.block.length) + "/" +
                     std::to_string(static_cast<int>(replica.state)));
  }
  return BlockReportResponseProto().SerializeAsString();
}

Result<std::string> FakeNamenode::Events(std::string_view bytes) {
  BlockReceivedAndDeletedRequestProto request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return InvalidArgument("events");
  if (fail_events_) return Unavailable("not now");
  for (const BlockEventProto& event : request.events()) {
    MRD_ASSIGN_OR_RETURN(const dfs::Block block, dfs::wire::FromProto(event.block()));
    const char* const kind = event.kind() == BlockEventProto::RECEIVED  ? "RECEIVED "
                             : event.kind() == BlockEventProto::DELETED ? "DELETED "
                                                                        : "RECEIVING ";
    events_.push_back(kind + ToString(block) + " " + std::to_string(block.length));
  }
  return BlockReceivedAndDeletedResponseProto().SerializeAsString();
}

}  // namespace mrd::datanode
