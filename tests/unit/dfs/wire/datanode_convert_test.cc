#include "dfs/wire/datanode_convert.h"

#include <catch2/catch.hpp>

#include "dfs/wire/namespace_convert.h"

namespace mrd::dfs::wire {
namespace {

DatanodeInfo SomeNode() {
  DatanodeInfo info;
  info.id = {.ip = "10.0.0.4", .host = "node4", .uuid = "u-4", .xfer_port = 9866, .info_port = 9864, .ipc_port = 65535};
  info.capacity = 1'000;
  info.dfs_used = 100;
  info.non_dfs_used = 50;
  info.remaining = 850;
  info.block_pool_used = 99;
  info.last_update_ms = 1'700'000'000'123;
  info.last_block_report_ms = 1'700'000'000'000;
  info.xceiver_count = 3;
  info.blocks = 17;
  info.location = "/rack/7";
  info.admin_state = AdminState::kInMaintenance;
  return info;
}

TEST_CASE("datanode: all that is known of one survives the way over the wire", "[wire]") {
  const DatanodeInfo info = SomeNode();
  hadoop::hdfs::DatanodeInfoProto sent;
  ToProto(info, &sent);
  hadoop::hdfs::DatanodeInfoProto got;
  REQUIRE(got.ParseFromString(sent.SerializeAsString()));
  const auto back = FromProto(got);
  REQUIRE(back.ok());
  CHECK(back->id == info.id);
  CHECK(back->id.XferAddress() == "10.0.0.4:9866");
  CHECK(back->capacity == info.capacity);
  CHECK(back->dfs_used == info.dfs_used);
  CHECK(back->non_dfs_used == info.non_dfs_used);
  CHECK(back->remaining == info.remaining);
  CHECK(back->block_pool_used == info.block_pool_used);
  CHECK(back->last_update_ms == info.last_update_ms);
  CHECK(back->last_block_report_ms == info.last_block_report_ms);
  CHECK(back->xceiver_count == info.xceiver_count);
  CHECK(back->blocks == info.blocks);
  CHECK(back->location == info.location);
  CHECK(back->admin_state == info.admin_state);
}

TEST_CASE("datanode: what old peers leave out is filled in", "[wire]") {
  hadoop::hdfs::DatanodeInfoProto proto;
  ToProto(SomeNode().id, proto.mutable_id());
  proto.set_capacity(1'000);
  proto.set_dfsused(100);
  proto.set_remaining(200);
  const auto info = FromProto(proto);
  REQUIRE(info.ok());
  CHECK(info->non_dfs_used == 700);
  CHECK(info->location == kDefaultRack);
  CHECK(info->admin_state == AdminState::kNormal);
  proto.set_remaining(UINT64_MAX);  // more than there is
  CHECK(FromProto(proto)->non_dfs_used == 0);
}

TEST_CASE("datanode: a port beyond 65535 is refused by name", "[wire]") {
  hadoop::hdfs::DatanodeIDProto proto;
  ToProto(SomeNode().id, &proto);
  proto.set_xferport(65'536);
  const auto id = FromProto(proto);
  CHECK(id.status().code() == Code::kInvalidArgument);
  CHECK(id.status().message() == "datanode 10.0.0.4 with transfer port 65536");
}

TEST_CASE("datanode: storages survive the way over the wire, the newer field counts", "[wire]") {
  DatanodeStorageReport report{.info = SomeNode(), .storages = {}};
  report.storages.push_back({.storage_uuid = "DS-1",
                             .type = StorageType::kNvdimm,
                             .failed = true,
                             .capacity = 10,
                             .dfs_used = 1,
                             .non_dfs_used = 2,
                             .remaining = 7,
                             .block_pool_used = 1});
  hadoop::hdfs::DatanodeStorageReportProto proto;
  ToProto(report, &proto);
  CHECK(proto.storagereports(0).storageuuid() == "DS-1");  // the older field is required
  proto.mutable_storagereports(0)->set_storageuuid("");
  const auto back = FromProto(proto);
  REQUIRE(back.ok());
  REQUIRE(back->storages.size() == 1);
  CHECK(back->storages[0].storage_uuid == "DS-1");
  CHECK(back->storages[0].type == StorageType::kNvdimm);
  CHECK(back->storages[0].failed);
  CHECK(back->storages[0].capacity == 10);
  CHECK(back->storages[0].dfs_used == 1);
  CHECK(back->storages[0].non_dfs_used == 2);
  CHECK(back->storages[0].remaining == 7);
  CHECK(back->storages[0].block_pool_used == 1);
  hadoop::hdfs::StorageReportProto old;
  old.set_storageuuid("DS-2");
  CHECK(FromProto(old)->storage_uuid == "DS-2");
  CHECK(FromProto(old)->type == StorageType::kDisk);
}

TEST_CASE("namespace: survives the way over the wire, and is told to versionRequest", "[wire]") {
  const NamespaceInfo info{
      .cluster_id = "CID-1", .pool_id = "BP-1-10.0.0.1-5", .namespace_id = 4'000'000'000, .created_ms = 5};
  proto::NamespaceProto ours;
  ToProto(info, &ours);
  const auto back = FromProto(ours);
  REQUIRE(back.ok());
  CHECK(back->cluster_id == info.cluster_id);
  CHECK(back->pool_id == info.pool_id);
  CHECK(back->namespace_id == info.namespace_id);
  CHECK(back->created_ms == info.created_ms);
  ours.set_poolid("");
  CHECK(FromProto(ours).status().code() == Code::kInvalidArgument);

  hadoop::hdfs::NamespaceInfoProto hadoop;
  ToProto(info, {.name = "3.4.1", .layout_version = -66}, &hadoop);
  REQUIRE(hadoop.IsInitialized());
  CHECK(hadoop.storageinfo().layoutversion() == 4'294'967'230u);
  CHECK(hadoop.softwareversion() == "3.4.1");
  CHECK(hadoop.blockpoolid() == info.pool_id);
}

}  // namespace
}  // namespace mrd::dfs::wire
