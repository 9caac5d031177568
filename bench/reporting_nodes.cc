#include "bench/reporting_nodes.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "common/base/clock.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"
#include "proto/mr/datanode.pb.h"

namespace mrd::bench {
namespace {

using namespace dfs::proto;  // NOLINT: the messages of this file

constexpr std::int64_t kHeartbeatNanos = 3'000'000'000;
constexpr std::uint64_t kCapacity = std::uint64_t{1} << 50;
// As the datanode has it.
constexpr std::size_t kReplicasPerPart = 100'000;
constexpr std::uint32_t kLayoutVersion = 1;

std::string NodeUuid(std::size_t node) { return "bench-node-" + std::to_string(node); }
std::string StorageUuid(std::size_t node) { return "DS-bench-" + std::to_string(node); }

template <class Request>
Call ByNode(std::string_view method, const Request& request) {
  return {method, request.SerializeAsString(), kDatanodeProtocol};
}

}  // namespace

ReportingNodes::ReportingNodes(NamenodeConnection& connection) : connection_(connection) {
  hadoop::hdfs::GetDatanodeReportRequestProto all;
  all.set_type(hadoop::hdfs::ALL);
  hadoop::hdfs::GetDatanodeReportResponseProto known;
  if (!known.ParseFromString(std::string(connection.Ask({"getDatanodeReport", all.SerializeAsString()})))) {
    Fail("getDatanodeReport: the answer is not readable");
  }
  for (const hadoop::hdfs::DatanodeInfoProto& node : known.di()) {
    if (node.id().datanodeuuid().rfind("bench-node-", 0) != 0) others_.push_back(node);
  }
  for (std::size_t node = 0; node < kReplicas; ++node) {
    RegisterRequestProto request;
    hadoop::hdfs::DatanodeIDProto* const id = request.mutable_id();
    id->set_ipaddr("127.0.0." + std::to_string(node + 2));
    id->set_hostname("bench-host-" + std::to_string(node));
    id->set_datanodeuuid(NodeUuid(node));
    id->set_xferport(1);
    id->set_infoport(1);
    id->set_ipcport(1);
    request.set_clusterid("");
    request.set_poolid("");
    request.set_namespaceid(0);
    request.set_softwareversion("bench");
    request.set_layoutversion(kLayoutVersion);
    request.add_storages()->set_storageuuid(StorageUuid(node));
    RegisterResponseProto response;
    if (!response.ParseFromString(std::string(connection.Ask(ByNode("register", request))))) {
      Fail("register: the answer is not readable");
    }
    epochs_[node] = response.registrationepoch();
  }
  Heartbeat();
}

void ReportingNodes::Live() {
  if (Clock::System().MonotonicNanos() - heard_ns_ >= kHeartbeatNanos) Heartbeat();
}

void ReportingNodes::Heartbeat() {
  heard_ns_ = Clock::System().MonotonicNanos();
  for (std::size_t node = 0; node < kReplicas; ++node) {
    HeartbeatRequestProto request;
    request.set_datanodeuuid(NodeUuid(node));
    request.set_registrationepoch(epochs_[node]);
    hadoop::hdfs::StorageReportProto* const storage = request.add_storages();
    storage->set_storageuuid(StorageUuid(node));
    storage->mutable_storage()->set_storageuuid(StorageUuid(node));
    storage->set_capacity(kCapacity);
    storage->set_remaining(kCapacity);
    request.set_xceivercount(0);
    request.set_xmitsinprogress(0);
    request.set_failedvolumes(0);
    (void)connection_.Ask(ByNode("heartbeat", request));  // orders are not obeyed: there is nothing to copy or delete
  }
}

Call ReportingNodes::Received(std::size_t node, const HeldBlock& block) const {
  BlockReceivedAndDeletedRequestProto request;
  request.set_datanodeuuid(NodeUuid(node));
  request.set_registrationepoch(epochs_[node]);
  BlockEventProto* const event = request.add_events();
  event->set_storageuuid(StorageUuid(node));
  event->mutable_block()->set_blockid(block.id);
  event->mutable_block()->set_genstamp(block.stamp);
  event->mutable_block()->set_numbytes(kBlockBytes);
  event->set_kind(BlockEventProto::RECEIVED);
  return ByNode("blockReceivedAndDeleted", request);
}

void ReportingNodes::Report(const std::vector<HeldBlock>& blocks) {
  const std::size_t parts = std::max<std::size_t>(1, (blocks.size() + kReplicasPerPart - 1) / kReplicasPerPart);
  for (std::size_t node = 0; node < kReplicas; ++node) {
    for (std::size_t part = 0; part < parts; ++part) {
      Live();
      BlockReportRequestProto request;
      request.set_datanodeuuid(NodeUuid(node));
      request.set_registrationepoch(epochs_[node]);
      request.set_reportid(1);
      request.set_storageuuid(StorageUuid(node));
      request.set_partindex(static_cast<std::uint32_t>(part));
      request.set_partcount(static_cast<std::uint32_t>(parts));
      for (std::size_t i = part * kReplicasPerPart; i < std::min(blocks.size(), (part + 1) * kReplicasPerPart); ++i) {
        request.add_replicas(blocks[i].id);
        request.add_replicas(kBlockBytes);
        request.add_replicas(blocks[i].stamp);
        request.add_replicas(hadoop::hdfs::FINALIZED);
      }
      (void)connection_.Ask(ByNode("blockReport", request));
    }
  }
}

void SaveBlocks(const std::string& path, const std::vector<HeldBlock>& blocks) {
  std::FILE* const file = std::fopen(path.c_str(), "wb");
  const bool written = file != nullptr && std::fwrite(blocks.data(), sizeof(HeldBlock), blocks.size(), file) == blocks.size();
  if (file == nullptr || std::fclose(file) != 0 || !written) Fail("cannot write " + path);
}

std::vector<HeldBlock> LoadBlocks(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) Fail("cannot read " + path);
  std::vector<HeldBlock> blocks;
  HeldBlock block;
  while (std::fread(&block, sizeof block, 1, file) == 1) blocks.push_back(block);
  (void)std::fclose(file);
  return blocks;
}

}  // namespace mrd::bench
