#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "common/base/status.h"
#include "datanode/store/block_store.h"

namespace mrd::datanode {

// What the primary of a block recovery decides (hdfs-protocol §3.8).
struct RecoveryPlan {
  bool delete_block = false;              // nobody has any data
  std::uint64_t length = 0;               // to which all participants are cut
  std::vector<std::size_t> participants;  // indices into `found`
};

// `block` is the block as the namenode knows it; `found` the replicas that answered; `truncate` the length that a
// truncation wants. Replicas from before the block's stamp and empty ones do not count, nor those shorter than the
// block is known to be while another is not. Where a finalized replica exists its length counts, since it was
// acknowledged as whole; of several the longest: a shorter one lost bytes with its machine, or was cut by an earlier
// try whose result nobody heard, and takes part no more unless a truncation wants even less. Else the shortest of those
// that were being written; else of those that waited since a restart. `silent` holders did not answer: what they have
// is not known, so without any data among the others nothing is decided (kUnavailable), and the namenode asks again
// later, without those that it holds for dead by then. kCorruption when none is long enough for the truncation.
Result<RecoveryPlan> PlanRecovery(const dfs::Block& block,
                                  std::span<const RecoverableReplica> found,
                                  std::optional<std::uint64_t> truncate,
                                  std::size_t silent = 0);

}  // namespace mrd::datanode
