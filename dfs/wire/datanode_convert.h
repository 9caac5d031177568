#pragma once

// Datanodes and their storages, between dfs/types.h and messages. ToProto fills every field; FromProto gives
// kInvalidArgument for values that no datanode has, such as a port beyond 65535.

#include "common/base/status.h"
#include "dfs/types.h"
#include "proto/hdfs/ClientNamenodeProtocol.pb.h"
#include "proto/hdfs/hdfs.pb.h"

namespace mrd::dfs::wire {

// Enumerations have the values of the wire. A parsed message holds known values only; others count as absent.
inline hadoop::hdfs::StorageTypeProto ToProto(StorageType type) {
  return static_cast<hadoop::hdfs::StorageTypeProto>(type);
}
inline StorageType FromProto(hadoop::hdfs::StorageTypeProto type) { return static_cast<StorageType>(type); }
inline hadoop::hdfs::ReplicaStateProto ToProto(ReplicaState state) {
  return static_cast<hadoop::hdfs::ReplicaStateProto>(state);
}
inline ReplicaState FromProto(hadoop::hdfs::ReplicaStateProto state) { return static_cast<ReplicaState>(state); }
inline hadoop::hdfs::DatanodeReportTypeProto ToProto(DatanodeReportType type) {
  return static_cast<hadoop::hdfs::DatanodeReportTypeProto>(type);
}
inline DatanodeReportType FromProto(hadoop::hdfs::DatanodeReportTypeProto type) {
  return static_cast<DatanodeReportType>(type);
}

void ToProto(const DatanodeId& id, hadoop::hdfs::DatanodeIDProto* proto);
Result<DatanodeId> FromProto(const hadoop::hdfs::DatanodeIDProto& proto);

void ToProto(const DatanodeInfo& info, hadoop::hdfs::DatanodeInfoProto* proto);
Result<DatanodeInfo> FromProto(const hadoop::hdfs::DatanodeInfoProto& proto);

void ToProto(const StorageReport& report, hadoop::hdfs::StorageReportProto* proto);
Result<StorageReport> FromProto(const hadoop::hdfs::StorageReportProto& proto);

void ToProto(const DatanodeStorageReport& report, hadoop::hdfs::DatanodeStorageReportProto* proto);
Result<DatanodeStorageReport> FromProto(const hadoop::hdfs::DatanodeStorageReportProto& proto);

}  // namespace mrd::dfs::wire
