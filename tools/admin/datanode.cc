#include "tools/admin/datanode.h"

#include "dfs/wire/datanode_convert.h"
#include "proto/hdfs/ClientDatanodeProtocol.pb.h"
#include "tools/admin/remote_call.h"

namespace mrd::admin {

namespace pb = hadoop::hdfs;

namespace {

constexpr const char* kProtocol = "org.apache.hadoop.hdfs.protocol.ClientDatanodeProtocol";

}  // namespace

Result<DatanodeFacts> Datanode::Facts() {
  MRD_ASSIGN_OR_RETURN(const auto response, Ask<pb::GetDatanodeInfoResponseProto>(remote_, kProtocol, "getDatanodeInfo",
                                                                                  pb::GetDatanodeInfoRequestProto()));
  const auto& local = response.localinfo();
  return DatanodeFacts{local.softwareversion(), local.configversion(), local.uptime()};
}

Result<std::vector<VolumeInfo>> Datanode::Volumes() {
  MRD_ASSIGN_OR_RETURN(const auto response, Ask<pb::GetVolumeReportResponseProto>(remote_, kProtocol, "getVolumeReport",
                                                                                  pb::GetVolumeReportRequestProto()));
  std::vector<VolumeInfo> volumes;
  for (const pb::DatanodeVolumeInfoProto& proto : response.volumeinfo()) {
    VolumeInfo volume;
    volume.path = proto.path();
    volume.type = dfs::wire::FromProto(proto.storagetype());
    volume.used = proto.usedspace();
    volume.free = proto.freespace();
    volume.reserved = proto.reservedspace();
    volume.reserved_for_replicas = proto.reservedspaceforreplicas();
    volume.blocks = proto.numblocks();
    volumes.push_back(std::move(volume));
  }
  return volumes;
}

Result<std::uint64_t> Datanode::BalancerBandwidth() {
  MRD_ASSIGN_OR_RETURN(const auto response,
                       Ask<pb::GetBalancerBandwidthResponseProto>(remote_, kProtocol, "getBalancerBandwidth",
                                                                  pb::GetBalancerBandwidthRequestProto()));
  return response.bandwidth();
}

Status Datanode::TriggerBlockReport(bool incremental) {
  pb::TriggerBlockReportRequestProto request;
  request.set_incremental(incremental);
  return Ask<pb::TriggerBlockReportResponseProto>(remote_, kProtocol, "triggerBlockReport", request).status();
}

Status Datanode::Shutdown(bool for_upgrade) {
  pb::ShutdownDatanodeRequestProto request;
  request.set_forupgrade(for_upgrade);
  return Ask<pb::ShutdownDatanodeResponseProto>(remote_, kProtocol, "shutdownDatanode", request).status();
}

Status Datanode::EvictWriters() {
  return Ask<pb::EvictWritersResponseProto>(remote_, kProtocol, "evictWriters", pb::EvictWritersRequestProto())
      .status();
}

Status Datanode::RefreshNamenodes() {
  return Ask<pb::RefreshNamenodesResponseProto>(remote_, kProtocol, "refreshNamenodes",
                                                pb::RefreshNamenodesRequestProto())
      .status();
}

Status Datanode::DeleteBlockPool(const std::string& pool, bool force) {
  pb::DeleteBlockPoolRequestProto request;
  request.set_blockpool(pool);
  request.set_force(force);
  return Ask<pb::DeleteBlockPoolResponseProto>(remote_, kProtocol, "deleteBlockPool", request).status();
}

}  // namespace mrd::admin
