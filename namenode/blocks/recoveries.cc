#include "namenode/blocks/recoveries.h"

#include <algorithm>
#include <tuple>

namespace mrd::namenode {

std::vector<NodeIndex> Recoveries::Holders(Slot slot) const {
  const OpenBlock& open = *t_.map.open(slot);
  const dfs::GenerationStamp stamp = t_.map.stamp(slot);
  std::vector<NodeIndex> holders;
  for (const OpenReplica& replica : open.replicas) {
    // One from before the block's stamp has bytes that do not count; alone it would make the block seem empty.
    if (replica.reported && replica.stamp < stamp) continue;
    const bool there = t_.nodes.node(replica.where.node).alive && t_.nodes.storage(replica.where.storage).usable();
    const bool listed = std::find(holders.begin(), holders.end(), replica.where.node) != holders.end();
    if (there && !listed) holders.push_back(replica.where.node);
  }
  auto key = [&](NodeIndex node) {
    const bool tried = std::find(open.tried.begin(), open.tried.end(), node) != open.tried.end();
    return std::tuple(tried, -t_.nodes.node(node).last_heartbeat_ms, node);
  };
  std::sort(holders.begin(), holders.end(), [&](NodeIndex a, NodeIndex b) { return key(a) < key(b); });
  return holders;
}

bool Recoveries::Begin(Slot slot, dfs::GenerationStamp stamp, std::optional<std::uint64_t> truncate_length) {
  OpenBlock& open = *t_.map.open(slot);
  open.recovery_stamp = stamp;
  open.truncate_length = truncate_length;
  open.primary = NodeIndex();
  open.recovery_since_ms = t_.now;
  t_.map.set_state(slot, BlockState::kUnderRecovery);
  running_.insert(slot);
  return Order(slot);
}

bool Recoveries::Order(Slot slot) {
  OpenBlock& open = *t_.map.open(slot);
  const std::vector<NodeIndex> holders = Holders(slot);
  if (holders.empty()) return false;
  open.primary = holders[0];
  // Everybody had a try: the next round begins.
  const bool all_tried = std::find(open.tried.begin(), open.tried.end(), holders[0]) != open.tried.end();
  if (all_tried) open.tried.clear();
  open.tried.push_back(open.primary);
  open.recovery_since_ms = t_.now;
  t_.OrdersOf(open.primary).recoveries.push_back({t_.map.id(slot), open.recovery_stamp});
  return true;
}

void Recoveries::End(Slot slot) {
  running_.erase(slot);
  if (OpenBlock* open = t_.map.open(slot)) {
    open->recovery_stamp = {};
    open->truncate_length.reset();
    open->primary = NodeIndex();
    open->tried.clear();
  }
}

std::vector<dfs::BlockId> Recoveries::Tick() {
  std::vector<dfs::BlockId> due;
  for (Slot slot : running_) {
    OpenBlock& open = *t_.map.open(slot);
    if (!open.primary.valid() && Order(slot)) continue;
    const bool dead = open.primary.valid() && !t_.nodes.node(open.primary).alive;
    const bool late = t_.now - open.recovery_since_ms >= t_.options.recovery_timeout_ms;
    // Without any holder a new stamp would not help; it is ordered when one comes.
    if (!open.primary.valid() || (!dead && !late)) continue;
    if (Holders(slot).empty()) {
      open.primary = NodeIndex();
      continue;
    }
    due.push_back(t_.map.id(slot));
    // Said once per timeout, whether the caller begins again or not.
    open.recovery_since_ms = t_.now;
  }
  std::sort(due.begin(), due.end());
  return due;
}

std::vector<Command> Recoveries::Take(NodeIndex node) {
  std::vector<Command> commands;
  auto& queue = t_.OrdersOf(node).recoveries;
  for (; !queue.empty(); queue.pop_front()) {
    const Slot slot = t_.map.Find(queue.front().block);
    const OpenBlock* open = slot == kNoSlot ? nullptr : t_.map.open(slot);
    if (open == nullptr || open->recovery_stamp != queue.front().stamp || open->primary != node) continue;
    RecoverBlockCommand command{t_.map.block(slot), open->recovery_stamp, {}, open->truncate_length};
    command.locations.push_back(t_.nodes.Info(node));
    for (NodeIndex holder : Holders(slot)) {
      if (holder != node) command.locations.push_back(t_.nodes.Info(holder));
    }
    commands.emplace_back(std::move(command));
  }
  return commands;
}

}  // namespace mrd::namenode
