#include "namenode/core/leases.h"

#include <algorithm>

#include "common/base/check.h"

namespace mrd::namenode {

void LeaseTable::Add(const std::string& holder, dfs::InodeId file, MonoMs now) {
  const auto [entry, added] = holder_of_.emplace(file, holder);
  MRD_CHECK(added || entry->second == holder);
  Lease& lease = leases_[holder];
  lease.renewed = now;
  lease.files.insert(file);
}

void LeaseTable::Remove(dfs::InodeId file) {
  const auto entry = holder_of_.find(file);
  if (entry == holder_of_.end()) return;
  const auto lease = leases_.find(entry->second);
  lease->second.files.erase(file);
  if (lease->second.files.empty()) leases_.erase(lease);
  holder_of_.erase(entry);
}

void LeaseTable::Reassign(dfs::InodeId file, const std::string& holder, MonoMs now) {
  Remove(file);
  Add(holder, file, now);
}

void LeaseTable::Renew(std::string_view holder, MonoMs now) {
  const auto lease = leases_.find(holder);
  if (lease != leases_.end()) lease->second.renewed = now;
}

const std::string& LeaseTable::Holder(dfs::InodeId file) const {
  static const std::string nobody;
  const auto entry = holder_of_.find(file);
  return entry == holder_of_.end() ? nobody : entry->second;
}

bool LeaseTable::SoftLimitPassed(const std::string& holder, MonoMs now) const {
  const auto lease = leases_.find(holder);
  return lease == leases_.end() || now - lease->second.renewed > limits_.soft_ms;
}

std::vector<dfs::InodeId> LeaseTable::Expired(MonoMs now, std::size_t max) const {
  std::vector<const Lease*> expired;
  for (const auto& [holder, lease] : leases_) {
    if (now - lease.renewed > limits_.hard_ms) expired.push_back(&lease);
  }
  std::stable_sort(expired.begin(), expired.end(),
                   [](const Lease* a, const Lease* b) { return a->renewed < b->renewed; });
  std::vector<dfs::InodeId> files;
  for (const Lease* lease : expired) {
    for (const dfs::InodeId file : lease->files) {
      if (files.size() == max) return files;
      files.push_back(file);
    }
  }
  return files;
}

}  // namespace mrd::namenode
