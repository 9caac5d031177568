#include "sim/invariants.h"

#include <algorithm>
#include <set>

namespace mrd::sim {
namespace {

using namenode::Blocks;

// Every block that lacks replicas has a reason.
std::string FaultOfReasons(Cluster& cluster) {
  NamenodeModel& namenode = cluster.namenode();
  Blocks& blocks = namenode.core().state().blocks;
  std::string fault;
  namenode.core().state().tree.ForEachFile([&](namenode::FileRef file) {
    for (const dfs::Block& block : file.blocks()) {
      const namenode::RedundancyStatus status = blocks.Explain(block.id, namenode.Mono());
      const bool lacks = status.obstacle == namenode::RedundancyObstacle::kNone && !blocks.safe_mode().in_startup() &&
                         status.counts.live + status.counts.maintenance < status.wanted;
      if (lacks) fault = dfs::ToString(block) + " of " + file.Path() + " lacks replicas without a reason";
    }
  });
  return fault;
}

std::string UnsettledBlock(Cluster& cluster, namenode::FileRef file, const dfs::Block& block) {
  NamenodeModel& namenode = cluster.namenode();
  Blocks& blocks = namenode.core().state().blocks;
  const auto wanted = std::min<std::size_t>(file.replication(), cluster.datanodes().nodes().size());
  const namenode::ReplicaCounts counts = blocks.Count(block.id, namenode.Mono());
  const std::string name = dfs::ToString(block) + " of " + file.Path();
  if (!blocks.IsComplete(block.id)) return name + " is not complete";
  if (counts.live != wanted || counts.excess > 0 || counts.corrupt > 0) {
    return name + " has " + std::to_string(counts.live) + " replicas of " + std::to_string(wanted) + ", " +
           std::to_string(counts.excess) + " superfluous, " + std::to_string(counts.corrupt) + " corrupt: " +
           std::string(namenode::ObstacleText(blocks.Explain(block.id, namenode.Mono()).obstacle));
  }
  std::size_t good = 0;
  for (const auto& node : cluster.datanodes().nodes()) {
    const ReplicaModel* const replica = node->disk().Find(block.id);
    if (replica == nullptr) continue;
    if (replica->rotten) return name + " is rotten on " + node->uuid();
    if (replica->state == dfs::ReplicaState::kFinalized && replica->stamp == block.stamp &&
        replica->data.size() == block.length) {
      ++good;
    }
  }
  if (good != wanted) return name + " is on " + std::to_string(good) + " disks instead of " + std::to_string(wanted);
  return "";
}

bool IsLost(Cluster& cluster, const dfs::Block& block) {
  const Ledger& ledger = cluster.ledger();
  const std::vector<DatanodeModel*> holding = cluster.datanodes().Holding(block.id, ledger.Bytes(block.id));
  return ledger.IsFragile(block.id) && std::none_of(holding.begin(), holding.end(), [&](const DatanodeModel* node) {
           return node->disk().Find(block.id)->stamp >= block.stamp;
         });
}

std::string FaultOfFile(Cluster& cluster, const std::string& path, const FileModel& model) {
  namenode::Core& core = cluster.namenode().core();
  const Look look = ClientModel::LookAt(core, path);
  if (!look.exists) return path + " was acknowledged and is not there";
  if (look.id != model.id) return path + " is another file than was acknowledged";
  if (look.open) return path + " is open";
  if (look.replication != model.replication) return path + " has replication " + std::to_string(look.replication);
  const std::uint64_t length = look.length();
  const bool possible = length >= model.acknowledged.size() && length <= model.sent.size();
  if (!possible || (!model.open && length != model.acknowledged.size())) {
    cluster.ledger().BrokenFile(model.id, length,
                                path + " has " + std::to_string(length) + " bytes; " +
                                    std::to_string(model.acknowledged.size()) + " were acknowledged and " +
                                    std::to_string(model.sent.size()) + " sent");
    return "";
  }
  const namenode::CallContext call = cluster.namenode().Context(0);
  const Result<dfs::LocatedBlocks> located = core.reading().GetBlockLocations(call, path, 0, INT64_MAX);
  if (!located.ok()) return path + ": " + located.status().message();
  for (const dfs::LocatedBlock& block : located->blocks) {
    if (block.locations.empty()) return path + ": no location of " + dfs::ToString(block.block.block);
    for (const dfs::ReplicaLocation& location : block.locations) {
      DatanodeModel* const node = cluster.datanodes().ByUuid(location.node.id.uuid);
      const Result<std::string> bytes = node->disk().Read(block.block.block);
      if (!bytes.ok()) return path + ": " + node->uuid() + ": " + bytes.status().message();
      if (*bytes != model.sent.substr(block.offset, block.block.block.length)) {
        return path + ": " + node->uuid() + " has other bytes of " + dfs::ToString(block.block.block);
      }
    }
  }
  return "";
}

}  // namespace

std::string FaultNow(Cluster& cluster) {
  if (!cluster.namenode().up()) return "";
  return FaultOfReasons(cluster);
}

std::string WhyUnsettled(Cluster& cluster) {
  for (const auto& client : cluster.clients()) {
    if (!client->stopped()) return client->root().substr(1) + " is at work";
  }
  const JournalModel& journal = cluster.namenode().journal();
  if (journal.durable() < journal.last()) return "edits are not durable yet";
  namenode::CoreState& state = cluster.namenode().core().state();
  const namenode::SafeMode& safe_mode = state.blocks.safe_mode();
  if (safe_mode.on()) return "safe mode is on: " + safe_mode.Tip(cluster.namenode().Mono());
  if (!state.leases.files().empty()) return "a lease is kept by " + state.leases.files().begin()->second;
  if (!state.truncations.empty()) return "a truncation is not done";
  if (state.tree.HasDetached()) return "deleted files are not yet taken away";
  if (state.blocks.pending_copies() > 0) return "copies are on their way";
  if (state.blocks.pending_deletions() > 0) return "deletions are on their way";
  std::string why;
  std::set<dfs::BlockId> known;
  state.tree.ForEachFile([&](namenode::FileRef file) {
    for (const dfs::Block& block : file.blocks()) {
      known.insert(block.id);
      if (why.empty()) why = UnsettledBlock(cluster, file, block);
    }
  });
  for (const auto& node : cluster.datanodes().nodes()) {
    for (const auto& [id, replica] : node->disk().replicas()) {
      if (!why.empty() || known.contains(id)) continue;
      why = node->uuid() + " has a replica of the unknown block " + std::to_string(id.value);
    }
  }
  return why;
}

bool HasLostBlock(Cluster& cluster) {
  bool lost = false;
  cluster.namenode().core().state().tree.ForEachFile([&](namenode::FileRef file) {
    for (const dfs::Block& block : file.blocks()) lost = lost || IsLost(cluster, block);
  });
  return lost;
}

std::string FaultAtRest(Cluster& cluster) {
  cluster.namenode().CheckRebuilt();
  if (cluster.ledger().broken()) return cluster.ledger().what();
  namenode::Core& core = cluster.namenode().core();
  std::size_t expected = 0;
  for (const auto& client : cluster.clients()) {
    for (const auto& [path, model] : client->files()) {
      const std::string fault = FaultOfFile(cluster, path, model);
      if (!fault.empty()) return fault;
      ++expected;
    }
    for (const std::string& path : client->directories()) {
      if (!ClientModel::LookAt(core, path).directory) return path + " was acknowledged and is not there";
    }
  }
  if (core.state().tree.file_count() != expected) {
    return std::to_string(core.state().tree.file_count()) + " files are there instead of " + std::to_string(expected);
  }
  return "";
}

}  // namespace mrd::sim
