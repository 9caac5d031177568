#include "tests/unit/namenode/core/model_cluster.h"

#include <catch2/catch.hpp>

namespace mrd::namenode::test {
namespace {

constexpr std::int64_t kWallOffset = 1'700'000'000'000;

CoreOptions Options() {
  CoreOptions options;
  options.tree.superuser = "hdfs";
  options.blocks.safe_mode_extension_ms = 0;
  options.blocks.wall_offset_ms = kWallOffset;
  options.defaults.replication = 2;
  return options;
}

dfs::NamespaceInfo Info() { return {"CID-test", "BP-test", 7, 1}; }

std::string Uuid(std::size_t node) { return "uuid-" + std::to_string(node); }
std::string Storage(std::size_t node) { return "DS-" + std::to_string(node); }

}  // namespace

ModelCluster::ModelCluster(int datanodes) : core_(std::make_unique<Core>(Options(), Info(), Random(1))) {
  core_->Format(kWallOffset + now_);
  REQUIRE(core_->FinishLoading(kWallOffset + now_, now_).ok());
  Keep();
  nodes_.resize(static_cast<std::size_t>(datanodes));
  RegisterAll();
}

CallContext ModelCluster::As(const std::string& user) const {
  CallContext call;
  call.caller.user = user;
  call.caller.superuser = user == "hdfs";
  call.client_ip = "10.9.9.9";
  call.now_ms = kWallOffset + now_;
  call.mono_ms = now_;
  return call;
}

void ModelCluster::Keep() {
  for (Mutation& mutation : core_->state().sink.Take()) durable_.push_back(std::move(mutation));
}

void ModelCluster::Advance(MonoMs ms) {
  const MonoMs end = now_ + ms;
  while (now_ < end) {
    now_ = std::min(end, now_ + 1'000);
    core_->Tick(kWallOffset + now_, now_, true);
    Keep();
  }
}

void ModelCluster::RegisterAll() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) Register(i);
}

void ModelCluster::Register(std::size_t node) {
  Registration registration;
  registration.id.ip = "10.0.0." + std::to_string(node + 1);
  registration.id.host = "host" + std::to_string(node + 1);
  registration.id.uuid = Uuid(node);
  registration.id.xfer_port = 9866;
  registration.storages.push_back({Storage(node), dfs::StorageType::kDisk, false});
  Result<Registered> registered = core_->state().blocks.Register(registration, now_);
  REQUIRE(registered.ok());
  nodes_[node] = *registered;
  (void)Heartbeat(node);
  FullReport(node, {});
}

HeartbeatReply ModelCluster::Heartbeat(std::size_t node) {
  HeartbeatReport report;
  dfs::StorageReport storage;
  storage.storage_uuid = Storage(node);
  storage.capacity = 1ull << 40;
  storage.remaining = 1ull << 39;
  report.storages.push_back(storage);
  return core_->state().blocks.Heartbeat(Uuid(node), nodes_[node].epoch, report, now_);
}

std::vector<Command> ModelCluster::Orders() {
  std::vector<Command> orders;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (Command& command : Heartbeat(i).commands) orders.push_back(std::move(command));
  }
  return orders;
}

void ModelCluster::FullReport(std::size_t node, const std::vector<dfs::Block>& finalized) {
  BlockReportPart part;
  part.storage_uuid = Storage(node);
  part.report_id = ++report_id_;
  for (const dfs::Block& block : finalized) part.replicas.push_back({block, dfs::ReplicaState::kFinalized});
  Result<ReportOutcome> outcome = core_->state().blocks.ReportPart(Uuid(node), nodes_[node].epoch, part, now_);
  REQUIRE(outcome.ok());
  core_->TakeIn(*outcome);
}

void ModelCluster::Report(std::size_t node, const dfs::Block& block, BlockEvent::Kind kind) {
  BlockEvent event;
  event.storage_uuid = Storage(node);
  event.block = block;
  event.kind = kind;
  Result<ReportOutcome> outcome = core_->state().blocks.ReportEvents(Uuid(node), nodes_[node].epoch, {&event, 1}, now_);
  REQUIRE(outcome.ok());
  core_->TakeIn(*outcome);
}

std::size_t ModelCluster::NodeOf(const dfs::ReplicaLocation& location) const {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (location.node.id.uuid == Uuid(i)) return i;
  }
  FAIL("no such node: " << location.node.id.uuid);
  return 0;
}

dfs::InodeId ModelCluster::Create(const std::string& path, const std::string& client, std::uint32_t replication,
                                  std::uint32_t flags) {
  CreateRequest request;
  request.path = path;
  request.client_name = client;
  request.replication = replication;
  request.block_size = kTestBlockSize;
  request.flags = flags;
  Result<dfs::FileStatus> status = core_->writing().Create(As(), request);
  Keep();
  REQUIRE(status.ok());
  return status->id;
}

Result<dfs::LocatedBlock> ModelCluster::AddBlock(const std::string& path, const std::string& client,
                                                 std::optional<dfs::Block> previous) {
  AddBlockRequest request;
  request.path = path;
  request.client_name = client;
  if (previous) request.previous = dfs::ExtendedBlock{"BP-test", *previous};
  Result<dfs::LocatedBlock> block = core_->writing().AddBlock(As(), request);
  Keep();
  return block;
}

void ModelCluster::Finalize(const dfs::LocatedBlock& block, std::uint64_t length) {
  dfs::Block done = block.block.block;
  done.length = length;
  for (const dfs::ReplicaLocation& location : block.locations) {
    Report(NodeOf(location), done, BlockEvent::Kind::kReceived);
  }
}

std::vector<dfs::Block> ModelCluster::WriteFile(const std::string& path, const std::vector<std::uint64_t>& lengths,
                                                std::uint32_t replication) {
  Create(path, "writer", replication);
  std::optional<dfs::Block> previous;
  std::vector<dfs::Block> blocks;
  for (const std::uint64_t length : lengths) {
    Result<dfs::LocatedBlock> block = AddBlock(path, "writer", previous);
    REQUIRE(block.ok());
    Finalize(*block, length);
    previous = block->block.block;
    previous->length = length;
    blocks.push_back(*previous);
  }
  std::optional<dfs::ExtendedBlock> last;
  if (previous) last = dfs::ExtendedBlock{"BP-test", *previous};
  Result<bool> done = core_->writing().Complete(As(), path, "writer", last, {});
  Keep();
  REQUIRE(done.ok());
  REQUIRE(*done);
  return blocks;
}

void ModelCluster::Restart() { RestartWith(nodes_.size()); }

void ModelCluster::RestartWith(std::size_t back) {
  Keep();
  auto next = std::make_unique<Core>(Options(), Info(), Random(2));
  Edit edit;
  edit.operation = "replay";
  edit.mutations = durable_;
  REQUIRE(next->Apply(edit).ok());
  const std::string before = core_->state().tree.Dump();
  core_ = std::move(next);
  REQUIRE(core_->FinishLoading(kWallOffset + now_, now_).ok());
  // What a restart resumes may add mutations of its own; apart from those the trees are the same.
  if (core_->state().sink.empty()) CHECK(core_->state().tree.Dump() == before);
  Keep();
  for (std::size_t i = 0; i < back; ++i) Register(i);
}

}  // namespace mrd::namenode::test
