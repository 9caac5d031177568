#pragma once

// The identity of a file system, between dfs/types.h and messages.

#include <cstdint>
#include <string_view>

#include "common/base/status.h"
#include "dfs/types.h"
#include "proto/hdfs/NamenodeProtocol.pb.h"
#include "proto/mr/datanode.pb.h"

namespace mrd::dfs::wire {

// As our datanodes are told it.
void ToProto(const NamespaceInfo& info, proto::NamespaceProto* proto);
Result<NamespaceInfo> FromProto(const proto::NamespaceProto& proto);

// As versionRequest answers it. `layout_version` is negative, as Hadoop's are.
struct SoftwareVersion {
  std::string_view name;
  std::int32_t layout_version = 0;
};
void ToProto(const NamespaceInfo& info, const SoftwareVersion& software, hadoop::hdfs::NamespaceInfoProto* proto);

}  // namespace mrd::dfs::wire
