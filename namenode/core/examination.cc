#include "namenode/core/examination.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "namenode/core/checking.h"

namespace mrd::namenode {
namespace {

constexpr std::size_t kBlocksNamedMax = 20;
constexpr std::size_t kSamplePerLevel = 200;

dfs::LostBlock Named(const CoreState& state, const CallContext& call, const TroubledBlock& block, std::string why) {
  dfs::LostBlock named;
  named.block = block.block;
  named.path = call.caller.superuser ? state.tree.PathOf(block.file) : "";
  named.wanted = block.replication;
  named.why = std::move(why);
  return named;
}

void LookAtSafeMode(const CoreState& state, const CallContext& call, dfs::Examination* found) {
  const SafeMode& safe_mode = state.blocks.safe_mode();
  found->safe_mode = safe_mode.on();
  found->safe_mode_manual = safe_mode.why() == SafeMode::Why::kManual;
  found->safe_mode_tip = safe_mode.Tip(call.mono_ms);
  if (!safe_mode.in_startup()) return;
  const Checking checking(state);
  found->awaited_blocks = safe_mode.awaited();
  for (const TroubledBlock& block : state.blocks.Unreported({}, kBlocksNamedMax, call.mono_ms)) {
    found->awaited.push_back(Named(state, call, block, checking.WhyLost(block)));
  }
}

void LookForPlaces(const CoreState& state, const CallContext& call, const dfs::ExamineRequest& request,
                   dfs::Examination* found) {
  PlacementRequest wish;
  wish.count = request.replication == 0 ? state.options.defaults.replication : request.replication;
  wish.count = std::min(wish.count, state.options.tree.replication_max);
  wish.block_size = request.block_size == 0 ? state.options.defaults.block_size : request.block_size;
  wish.client.ip = call.client_ip;
  const PlacementResult placed = state.blocks.WouldPlace(wish, call.mono_ms);
  found->wanted_targets = wish.count;
  found->found_targets = static_cast<std::uint32_t>(placed.targets.size());
  for (const Refusal& refusal : placed.refusals) {
    const std::string text = ToString(refusal);
    found->refused.push_back({refusal.address, text.substr(std::min(refusal.address.size() + 2, text.size()))});
  }
}

void LookAtNodes(const CoreState& state, const CallContext& call, dfs::Examination* found) {
  const DatanodeTable& nodes = state.blocks.nodes();
  for (const NodeIndex index : nodes.Listed(dfs::DatanodeReportType::kAll)) {
    const NodeRecord& record = nodes.node(index);
    dfs::NodeFacts& node = found->nodes.emplace_back();
    node.info = nodes.Info(index);
    node.alive = record.alive;
    node.stale = nodes.IsStale(index, call.mono_ms);
    node.silent_ms = std::max<std::int64_t>(call.mono_ms - record.last_heartbeat_ms, 0);
    node.software_version = record.software_version;
    node.failed_volumes = record.failed_volumes;
    node.reported = true;
    for (const StorageIndex storage_index : record.storages) {
      const StorageRecord& storage = nodes.storage(storage_index);
      node.reported = node.reported && (storage.reported || !storage.usable());
      dfs::StorageReport& told = node.storages.emplace_back(storage.space);
      told.storage_uuid = storage.uuid;
      told.type = storage.type;
      told.failed = storage.failed;
    }
  }
}

void LookAtBlocks(const CoreState& state, const CallContext& call, dfs::Examination* found) {
  found->stats = state.blocks.Stats();
  const Checking checking(state);
  std::map<std::pair<dfs::BlockHealth, std::string>, std::uint64_t> reasons;
  for (const RiskLevel level : {RiskLevel::kHighest, RiskLevel::kVeryLow, RiskLevel::kLow, RiskLevel::kBadlyDistributed}) {
    for (const TroubledBlock& block : state.blocks.Queue(level, {}, kSamplePerLevel, call.mono_ms)) {
      dfs::CheckedBlock checked = checking.Explained(block.block, call.mono_ms);
      ++reasons[{checked.health, std::move(checked.why)}];
    }
  }
  for (const auto& [reason, blocks] : reasons) {
    found->reasons.push_back({reason.first, reason.second, blocks});
  }
  std::stable_sort(found->reasons.begin(), found->reasons.end(),
                   [](const dfs::ReasonCount& a, const dfs::ReasonCount& b) { return a.blocks > b.blocks; });
  for (const TroubledBlock& block : state.blocks.Missing({}, kBlocksNamedMax, call.mono_ms)) {
    found->lost.push_back(Named(state, call, block, checking.WhyLost(block)));
  }
}

}  // namespace

dfs::Examination Examine(const CoreState& state, const CallContext& call, const dfs::ExamineRequest& request) {
  dfs::Examination found;
  found.cluster_id = state.info.cluster_id;
  found.clock_ms = call.now_ms;
  LookAtSafeMode(state, call, &found);
  LookForPlaces(state, call, request, &found);
  LookAtNodes(state, call, &found);
  LookAtBlocks(state, call, &found);
  return found;
}

}  // namespace mrd::namenode
