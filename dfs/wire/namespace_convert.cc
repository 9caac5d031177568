#include "dfs/wire/namespace_convert.h"

#include <string>

namespace mrd::dfs::wire {

void ToProto(const NamespaceInfo& info, proto::NamespaceProto* proto) {
  proto->set_clusterid(info.cluster_id);
  proto->set_poolid(info.pool_id);
  proto->set_namespaceid(info.namespace_id);
  proto->set_createdms(info.created_ms);
}

Result<NamespaceInfo> FromProto(const proto::NamespaceProto& proto) {
  // Both become names of directories and of every block; empty ones stand for "none yet" elsewhere.
  if (proto.clusterid().empty() || proto.poolid().empty()) {
    return InvalidArgument("namespace with cluster id '" + proto.clusterid() +
                           "' and pool id '" + proto.poolid() + "'");
  }
  return NamespaceInfo{.cluster_id = proto.clusterid(),
                       .pool_id = proto.poolid(),
                       .namespace_id = proto.namespaceid(),
                       .created_ms = proto.createdms()};
}

void ToProto(const NamespaceInfo& info, const SoftwareVersion& software, hadoop::hdfs::NamespaceInfoProto* proto) {
  proto->set_buildversion(std::string(software.name));
  proto->set_unused(0);
  proto->set_blockpoolid(info.pool_id);
  hadoop::hdfs::StorageInfoProto* storage = proto->mutable_storageinfo();
  storage->set_layoutversion(static_cast<std::uint32_t>(software.layout_version));
  storage->set_namespaceid(info.namespace_id);
  storage->set_clusterid(info.cluster_id);
  storage->set_ctime(static_cast<std::uint64_t>(info.created_ms));
  proto->set_softwareversion(std::string(software.name));
  proto->set_state(hadoop::hdfs::NamespaceInfoProto::ACTIVE);
}

}  // namespace mrd::dfs::wire
