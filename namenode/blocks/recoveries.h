#pragma once

#include <optional>
#include <set>
#include <vector>

#include "namenode/blocks/tables.h"

namespace mrd::namenode {

// Block recoveries under way: which datanode leads each, since when, and who had a try. The agreement itself is the
// datanodes' affair.
class Recoveries {
 public:
  explicit Recoveries(BlockTables& tables) : t_(tables) {}

  // See Blocks::BeginRecovery. REQUIRES: the block is open.
  bool Begin(Slot slot, dfs::GenerationStamp stamp, std::optional<std::uint64_t> truncate_length);
  // It is over, or its block is gone.
  void End(Slot slot);
  // Orders those that wait for a holder; returns the blocks whose primary died or did not answer in time.
  std::vector<dfs::BlockId> Tick();
  // What to send to the node: its orders that still stand.
  std::vector<Command> Take(NodeIndex node);

 private:
  bool Order(Slot slot);
  // Live holders: the latest heard of first, those that had a try last.
  std::vector<NodeIndex> Holders(Slot slot) const;

  BlockTables& t_;
  std::set<Slot> running_;
};

}  // namespace mrd::namenode
