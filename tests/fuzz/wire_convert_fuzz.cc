// Messages of arbitrary bytes into plain values. The first byte picks the message; whatever is accepted is encoded
// again as a whole message, and once more gives the same bytes.
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/delimited.h"
#include "dfs/wire/namespace_convert.h"
#include "dfs/wire/status_convert.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace mrd::dfs;
using namespace mrd::dfs::wire;

template <typename Message>
bool Parsed(std::string_view bytes, Message& message) {
  const mrd::Status status = ParseMessage(bytes, "fuzz", message);
  MRD_CHECK(status.ok() || status.code() == mrd::Code::kInvalidArgument);
  return status.ok();
}

template <typename Message>
void FuzzOne(std::string_view bytes) {
  Message message;
  if (!Parsed(bytes, message)) return;
  const auto value = FromProto(message);
  if (!value.ok()) {
    MRD_CHECK(value.status().code() == mrd::Code::kInvalidArgument);
    return;
  }
  Message first;
  ToProto(*value, &first);
  MRD_CHECK(first.IsInitialized());
  Message parsed;
  MRD_CHECK(Parsed(first.SerializeAsString(), parsed));
  const auto again = FromProto(parsed);
  MRD_CHECK(again.ok());
  Message second;
  ToProto(*again, &second);
  MRD_CHECK(second.SerializeAsString() == first.SerializeAsString());
}

void FuzzReplicas(std::string_view bytes) {
  mrd::dfs::proto::BlockReportRequestProto report;
  if (!Parsed(bytes, report)) return;
  const auto replicas = ReplicasFromProto(report.replicas());
  if (!replicas.ok()) return;
  google::protobuf::RepeatedField<std::uint64_t> packed;
  for (const ReportedReplica& replica : *replicas) AppendReplica(replica, &packed);
  MRD_CHECK(packed.size() == report.replicas_size());
  for (int i = 0; i < packed.size(); ++i) MRD_CHECK(packed.Get(i) == report.replicas(i));
}

LocatedBlock SomeBlock() {
  LocatedBlock block{.block = {.pool = "BP", .block = {.id = {5}, .stamp = {6}, .length = 7}},
                     .offset = 9,
                     .corrupt = false,
                     .locations = {}};
  for (int i = 0; i < 2; ++i) {
    ReplicaLocation location;
    location.node.id = {
        .ip = "10.0.0.1", .host = "h", .uuid = "u", .xfer_port = 9866, .info_port = 9864, .ipc_port = 9867};
    location.storage_uuid = "DS";
    block.locations.push_back(location);
  }
  return block;
}

template <typename Message, typename Value>
std::string Seed(char kind, const Value& value) {
  Message message;
  ToProto(value, &message);
  return std::string(1, kind) + message.SerializeAsString();
}

}  // namespace

std::vector<std::string> FuzzSeeds() {
  LocatedBlocks blocks{.file_length = 20,
                       .blocks = {SomeBlock()},
                       .under_construction = true,
                       .last_block = SomeBlock(),
                       .last_block_complete = false};
  FileStatus file;
  file.path = "name";
  file.locations = blocks;
  DirectoryListing listing{.entries = {file}, .remaining = 1};
  DatanodeStorageReport report{.info = SomeBlock().locations[0].node, .storages = {{.storage_uuid = "DS"}}};
  mrd::dfs::proto::BlockReportRequestProto block_report;
  block_report.set_datanodeuuid("u");
  block_report.set_registrationepoch(1);
  block_report.set_reportid(1);
  block_report.set_storageuuid("DS");
  block_report.set_partindex(0);
  block_report.set_partcount(1);
  AppendReplica({.block = {.id = {5}, .stamp = {6}, .length = 7}}, block_report.mutable_replicas());
  return {Seed<hadoop::hdfs::LocatedBlocksProto>(0, blocks),
          Seed<hadoop::hdfs::HdfsFileStatusProto>(1, file),
          Seed<hadoop::hdfs::DirectoryListingProto>(2, listing),
          Seed<hadoop::hdfs::DatanodeStorageReportProto>(3, report),
          Seed<hadoop::hdfs::FsServerDefaultsProto>(4, ServerDefaults{}),
          Seed<mrd::dfs::proto::NamespaceProto>(5, NamespaceInfo{.cluster_id = "CID", .pool_id = "BP"}),
          std::string(1, 6) + block_report.SerializeAsString()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 7) {
    case 0:
      FuzzOne<hadoop::hdfs::LocatedBlocksProto>(bytes);
      break;
    case 1:
      FuzzOne<hadoop::hdfs::HdfsFileStatusProto>(bytes);
      break;
    case 2:
      FuzzOne<hadoop::hdfs::DirectoryListingProto>(bytes);
      break;
    case 3:
      FuzzOne<hadoop::hdfs::DatanodeStorageReportProto>(bytes);
      break;
    case 4:
      FuzzOne<hadoop::hdfs::FsServerDefaultsProto>(bytes);
      break;
    case 5:
      FuzzOne<mrd::dfs::proto::NamespaceProto>(bytes);
      break;
    default:
      FuzzReplicas(bytes);
  }
  return 0;
}
