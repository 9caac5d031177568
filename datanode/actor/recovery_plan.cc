#include "datanode/actor/recovery_plan.h"

#include <algorithm>

namespace mrd::datanode {

using dfs::ReplicaState;

Result<RecoveryPlan> PlanRecovery(const dfs::Block& block,
                                  std::span<const RecoverableReplica> found,
                                  std::optional<std::uint64_t> truncate,
                                  std::size_t silent) {
  // A power failure takes bytes even of a finalized replica. The namenode knows how many there were at least.
  const bool known_kept = std::any_of(found.begin(), found.end(), [&](const RecoverableReplica& replica) {
    return replica.block.stamp >= block.stamp && replica.block.length >= block.length;
  });
  const std::uint64_t least = std::max<std::uint64_t>(1, known_kept ? block.length : 1);
  const auto counts = [&](const RecoverableReplica& replica) {
    return replica.block.stamp >= block.stamp && replica.block.length >= least;
  };
  RecoveryPlan plan;
  // States in the order in which they are believed have ascending values: FINALIZED, RBW, RWR.
  std::optional<ReplicaState> best;
  for (const RecoverableReplica& replica : found) {
    if (counts(replica) && (!best || replica.state < *best)) best = replica.state;
  }
  if (!best && silent > 0) {
    return Unavailable(ToString(block) + ": " + std::to_string(silent) +
                       " holders did not answer and the others have no data of it");
  }
  if (!best) {
    plan.delete_block = true;
    return plan;
  }
  std::optional<std::uint64_t> length;
  for (const RecoverableReplica& replica : found) {
    if (!counts(replica) || replica.state != *best) continue;
    if (*best == ReplicaState::kFinalized) {
      length = std::max(length.value_or(0), replica.block.length);
    } else {
      length = std::min(length.value_or(replica.block.length), replica.block.length);
    }
  }
  plan.length = truncate ? *truncate : *length;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const RecoverableReplica& replica = found[i];
    if (!counts(replica) || replica.block.length < plan.length) continue;
    const bool same_state = replica.state == *best;
    // One that was being written and has all of a finalized one's bytes is as good, and only then.
    const bool as_good = *best == ReplicaState::kFinalized && replica.state == ReplicaState::kRbw &&
                         replica.block.length == *length;
    if (same_state || as_good) plan.participants.push_back(i);
  }
  if (plan.participants.empty()) {
    return Corruption(ToString(block) + ": no replica has the " + std::to_string(plan.length) +
                      " bytes that the truncation wants");
  }
  return plan;
}

}  // namespace mrd::datanode
