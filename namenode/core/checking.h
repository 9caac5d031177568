#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "dfs/check.h"
#include "namenode/core/state.h"

namespace mrd::namenode {

// What fsck asks: how files and their blocks fare, and why. Changes nothing. Refers to the state; one thread.
//
// A page is bounded work: about `kPageWork` inodes, blocks and refused nodes, whatever the tree holds. So that a walk over
// millions of files lets other calls pass between two pages.
class Checking {
 public:
  static constexpr std::size_t kPageWork = 5'000;
  static constexpr std::size_t kLostBlocksPerPage = 500;

  explicit Checking(const CoreState& state, std::size_t page_work = kPageWork) : state_(state), page_work_(page_work) {}

  // AccessControlException for a directory that the caller may not list; FileNotFoundException for a missing path.
  Result<dfs::CheckPage> Page(const CallContext& call, const dfs::CheckRequest& request) const;
  // For superusers.
  Result<dfs::BlockCheck> Find(const CallContext& call, dfs::BlockId id) const;
  // Blocks that nobody can read, in files at or below `path`, by id behind `after`; for superusers. `next` is where to go
  // on, 0 at the end.
  struct LostPage {
    std::vector<dfs::LostBlock> blocks;
    bool more = false;
    dfs::BlockId next;
  };
  Result<LostPage> Lost(const CallContext& call, const std::string& path, dfs::BlockId after) const;

  // One block with the reason of its state; its place in the file and its replicas are left out.
  dfs::CheckedBlock Explained(const dfs::Block& block, MonoMs now) const;
  // Why nobody can read a block.
  std::string WhyLost(const TroubledBlock& block) const;

 private:
  class Walk;
  dfs::CheckedBlock Look(const dfs::Block& block, MonoMs now) const;  // without the reason
  dfs::BlockHealth HealthOf(dfs::BlockId id, MonoMs now) const;
  std::string Why(dfs::BlockId id, dfs::BlockHealth health, MonoMs now) const;
  std::vector<dfs::CheckedReplica> ReplicasOf(dfs::BlockId id, MonoMs now) const;
  std::string CorruptText(dfs::BlockId id) const;

  const CoreState& state_;
  const std::size_t page_work_;
};

}  // namespace mrd::namenode
