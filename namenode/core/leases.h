#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dfs/types.h"
#include "namenode/blocks/types.h"

namespace mrd::namenode {

struct LeaseLimits {
  MonoMs soft_ms = 60'000;    // then another client may take a file over
  MonoMs hard_ms = 1'200'000;  // then the namenode closes it by itself
};

// Who writes what: one lease per client name over all files that it has open, renewed as a whole. Soft state beside the
// names of the writers, which the tree keeps; after a restart every lease begins anew. A file has one holder at most.
class LeaseTable {
 public:
  explicit LeaseTable(LeaseLimits limits) : limits_(limits) {}

  // Adds a file to the holder's lease and renews it. REQUIRES: no other holder has the file.
  void Add(const std::string& holder, dfs::InodeId file, MonoMs now);
  // Fine when nobody has it.
  void Remove(dfs::InodeId file);
  // The file goes to another holder, whose lease is renewed.
  void Reassign(dfs::InodeId file, const std::string& holder, MonoMs now);
  // Unknown holders are ignored: a late renewal is no error.
  void Renew(std::string_view holder, MonoMs now);

  // "" when nobody writes it.
  const std::string& Holder(dfs::InodeId file) const;
  // True also for a holder without a lease.
  bool SoftLimitPassed(const std::string& holder, MonoMs now) const;
  // Files of leases past the hard limit, the oldest lease first, at most `max`.
  std::vector<dfs::InodeId> Expired(MonoMs now, std::size_t max) const;
  // Every open file, ordered by id.
  const std::map<dfs::InodeId, std::string>& files() const { return holder_of_; }
  std::size_t holders() const { return leases_.size(); }

 private:
  struct Lease {
    MonoMs renewed = 0;
    std::set<dfs::InodeId> files;
  };

  const LeaseLimits limits_;
  std::map<std::string, Lease, std::less<>> leases_;
  std::map<dfs::InodeId, std::string> holder_of_;
};

}  // namespace mrd::namenode
