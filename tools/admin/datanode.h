#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "dfs/types.h"
#include "tools/admin/remote.h"

namespace mrd::admin {

// A directory in which a datanode keeps replicas.
struct VolumeInfo {
  std::string path;
  dfs::StorageType type = dfs::StorageType::kDisk;
  std::uint64_t used = 0;
  std::uint64_t free = 0;
  std::uint64_t reserved = 0;
  std::uint64_t reserved_for_replicas = 0;
  std::uint64_t blocks = 0;
};

struct DatanodeFacts {
  std::string software_version;
  std::string config_version;
  std::uint64_t uptime_seconds = 0;
};

// What an administrator asks of a datanode's RPC port, over ClientDatanodeProtocol. Each function is one call.
class Datanode {
 public:
  Datanode(ServerAddress address, const dfs::client::Options& options) : remote_(std::move(address), options) {}

  const ServerAddress& address() const { return remote_.address(); }

  Result<DatanodeFacts> Facts();
  Result<std::vector<VolumeInfo>> Volumes();
  Result<std::uint64_t> BalancerBandwidth();  // bytes per second
  Status TriggerBlockReport(bool incremental);
  Status Shutdown(bool for_upgrade);
  Status EvictWriters();
  Status RefreshNamenodes();
  Status DeleteBlockPool(const std::string& pool, bool force);

 private:
  Remote remote_;
};

}  // namespace mrd::admin
