#include "dfs/wire/datanode_convert.h"

#include <cstdint>
#include <string>
#include <utility>

namespace mrd::dfs::wire {
namespace {

namespace hdfs = hadoop::hdfs;

// The casts of the header rely on these.
static_assert(static_cast<int>(StorageType::kDisk) == hdfs::DISK);
static_assert(static_cast<int>(StorageType::kNvdimm) == hdfs::NVDIMM);
static_assert(static_cast<int>(ReplicaState::kFinalized) == hdfs::FINALIZED);
static_assert(static_cast<int>(ReplicaState::kTemporary) == hdfs::TEMPORARY);
static_assert(static_cast<int>(AdminState::kNormal) == hdfs::DatanodeInfoProto::NORMAL);
static_assert(static_cast<int>(AdminState::kInMaintenance) == hdfs::DatanodeInfoProto::IN_MAINTENANCE);
static_assert(static_cast<int>(DatanodeReportType::kAll) == hdfs::ALL);
static_assert(static_cast<int>(DatanodeReportType::kInMaintenance) == hdfs::IN_MAINTENANCE);

// What is neither ours nor free. Old datanodes do not tell it.
std::uint64_t NonDfsUsed(std::uint64_t capacity, std::uint64_t dfs_used, std::uint64_t remaining) {
  if (dfs_used > capacity || remaining > capacity - dfs_used) return 0;
  return capacity - dfs_used - remaining;
}

Result<std::uint16_t> Port(std::uint32_t value, const hdfs::DatanodeIDProto& proto, const char* which) {
  if (value > UINT16_MAX) {
    return InvalidArgument("datanode " + proto.ipaddr() + " with " + which + " port " + std::to_string(value));
  }
  return static_cast<std::uint16_t>(value);
}

}  // namespace

void ToProto(const DatanodeId& id, hdfs::DatanodeIDProto* proto) {
  proto->set_ipaddr(id.ip);
  proto->set_hostname(id.host);
  proto->set_datanodeuuid(id.uuid);
  proto->set_xferport(id.xfer_port);
  proto->set_infoport(id.info_port);
  proto->set_ipcport(id.ipc_port);
}

Result<DatanodeId> FromProto(const hdfs::DatanodeIDProto& proto) {
  DatanodeId id;
  id.ip = proto.ipaddr();
  id.host = proto.hostname();
  id.uuid = proto.datanodeuuid();
  MRD_ASSIGN_OR_RETURN(id.xfer_port, Port(proto.xferport(), proto, "transfer"));
  MRD_ASSIGN_OR_RETURN(id.info_port, Port(proto.infoport(), proto, "information"));
  MRD_ASSIGN_OR_RETURN(id.ipc_port, Port(proto.ipcport(), proto, "RPC"));
  return id;
}

void ToProto(const DatanodeInfo& info, hdfs::DatanodeInfoProto* proto) {
  ToProto(info.id, proto->mutable_id());
  proto->set_capacity(info.capacity);
  proto->set_dfsused(info.dfs_used);
  proto->set_remaining(info.remaining);
  proto->set_blockpoolused(info.block_pool_used);
  proto->set_lastupdate(static_cast<std::uint64_t>(info.last_update_ms));
  proto->set_xceivercount(info.xceiver_count);
  proto->set_location(info.location);
  proto->set_nondfsused(info.non_dfs_used);
  proto->set_adminstate(static_cast<hdfs::DatanodeInfoProto::AdminState>(info.admin_state));
  proto->set_lastblockreporttime(static_cast<std::uint64_t>(info.last_block_report_ms));
  proto->set_numblocks(info.blocks);
}

Result<DatanodeInfo> FromProto(const hdfs::DatanodeInfoProto& proto) {
  DatanodeInfo info;
  MRD_ASSIGN_OR_RETURN(info.id, FromProto(proto.id()));
  info.capacity = proto.capacity();
  info.dfs_used = proto.dfsused();
  info.remaining = proto.remaining();
  info.non_dfs_used =
      proto.has_nondfsused() ? proto.nondfsused() : NonDfsUsed(info.capacity, info.dfs_used, info.remaining);
  info.block_pool_used = proto.blockpoolused();
  info.last_update_ms = static_cast<std::int64_t>(proto.lastupdate());
  info.last_block_report_ms = static_cast<std::int64_t>(proto.lastblockreporttime());
  info.xceiver_count = proto.xceivercount();
  info.blocks = proto.numblocks();
  if (proto.has_location()) info.location = proto.location();
  info.admin_state = static_cast<AdminState>(proto.adminstate());
  return info;
}

void ToProto(const StorageReport& report, hdfs::StorageReportProto* proto) {
  proto->set_storageuuid(report.storage_uuid);
  proto->set_failed(report.failed);
  proto->set_capacity(report.capacity);
  proto->set_dfsused(report.dfs_used);
  proto->set_remaining(report.remaining);
  proto->set_blockpoolused(report.block_pool_used);
  proto->set_nondfsused(report.non_dfs_used);
  hdfs::DatanodeStorageProto* storage = proto->mutable_storage();
  storage->set_storageuuid(report.storage_uuid);
  storage->set_state(hdfs::DatanodeStorageProto::NORMAL);
  storage->set_storagetype(ToProto(report.type));
}

Result<StorageReport> FromProto(const hdfs::StorageReportProto& proto) {
  StorageReport report;
  // The newer field counts, where there is one; both name the same storage.
  report.storage_uuid = proto.has_storage() ? proto.storage().storageuuid() : proto.storageuuid();
  if (proto.has_storage()) report.type = FromProto(proto.storage().storagetype());
  report.failed = proto.failed();
  report.capacity = proto.capacity();
  report.dfs_used = proto.dfsused();
  report.remaining = proto.remaining();
  report.non_dfs_used =
      proto.has_nondfsused() ? proto.nondfsused() : NonDfsUsed(report.capacity, report.dfs_used, report.remaining);
  report.block_pool_used = proto.blockpoolused();
  return report;
}

void ToProto(const DatanodeStorageReport& report, hdfs::DatanodeStorageReportProto* proto) {
  ToProto(report.info, proto->mutable_datanodeinfo());
  for (const StorageReport& storage : report.storages) ToProto(storage, proto->add_storagereports());
}

Result<DatanodeStorageReport> FromProto(const hdfs::DatanodeStorageReportProto& proto) {
  DatanodeStorageReport report;
  MRD_ASSIGN_OR_RETURN(report.info, FromProto(proto.datanodeinfo()));
  report.storages.reserve(static_cast<std::size_t>(proto.storagereports_size()));
  for (const hdfs::StorageReportProto& storage : proto.storagereports()) {
    MRD_ASSIGN_OR_RETURN(StorageReport converted, FromProto(storage));
    report.storages.push_back(std::move(converted));
  }
  return report;
}

}  // namespace mrd::dfs::wire
