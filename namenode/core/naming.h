#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "namenode/core/state.h"

namespace mrd::namenode {

// Changes of names and attributes: what the tree does, refused in safe mode, with its consequences for blocks and leases.
// Refers to the state; one thread.
class Naming {
 public:
  explicit Naming(CoreState& state) : state_(state) {}

  Result<bool> Mkdirs(const CallContext& call, const std::string& path, std::uint16_t permission, bool create_parent);
  Result<bool> Delete(const CallContext& call, const std::string& path, bool recursive);
  Result<bool> Rename(const CallContext& call, const std::string& from, const std::string& to);
  Status Rename2(const CallContext& call, const std::string& from, const std::string& to, bool overwrite);
  Status Concat(const CallContext& call, const std::string& target, const std::vector<std::string>& sources);
  Result<bool> SetReplication(const CallContext& call, const std::string& path, std::uint32_t replication);
  Status SetPermission(const CallContext& call, const std::string& path, std::uint16_t permission);
  Status SetOwner(const CallContext& call, const std::string& path, const std::string& owner, const std::string& group);
  Status SetTimes(const CallContext& call, const std::string& path, std::int64_t modified_ms, std::int64_t accessed_ms);
  Status SetQuota(const CallContext& call, const std::string& path, std::int64_t names, std::int64_t space);

  // Takes a portion of deleted subtrees away. True when more waits.
  bool CollectDetached(std::size_t max);

 private:
  CoreState& state_;
};

}  // namespace mrd::namenode
