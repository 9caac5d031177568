#include <algorithm>
#include <optional>
#include <utility>

#include "namenode/blocks/blocks.h"
#include "namenode/blocks/state.h"

namespace mrd::namenode {
namespace {

constexpr std::size_t kPostponedPerTick = 10'000;
constexpr std::size_t kOtherOrdersMax = 64;

}  // namespace

void Blocks::State::Died(NodeIndex node) {
  ForgetOrders(node);
  // One in maintenance is down on purpose and comes back with its replicas.
  if (t.nodes.node(node).admin == dfs::AdminState::kInMaintenance) return;
  t.invalidations.DropWaiting(node);
  sweeps.DropNode(node);
}

void Blocks::State::Changed(NodeIndex node) {
  if (!t.nodes.node(node).alive) {
    Died(node);
  } else {
    sweeps.LookAgain(node);
  }
}

void Blocks::State::UpdateSafeMode() {
  if (!loaded) return;
  t.safe_mode.Update(t.SafeCounts(), t.now);
  if (t.populated || t.safe_mode.in_startup()) return;
  t.populated = true;
  sweeps.LookAtAll();
}

void Blocks::State::UpdateRacks() {
  const bool many = t.nodes.rack_count() > 1;
  if (many != many_racks && t.populated) sweeps.LookAtAll();
  many_racks = many;
}

// --- Datanodes -----------------------------------------------------------------------------------------------------

Result<Registered> Blocks::Register(const Registration& registration, MonoMs now) {
  State& s = *state_;
  s.t.now = now;
  MRD_ASSIGN_OR_RETURN(Registered registered, s.t.nodes.Register(registration, now));
  s.ForgetOrders(registered.node);
  s.t.OrdersOf(registered.node).asked_report_ms = now;  // it sends one by itself
  for (StorageIndex storage : registered.dropped) {
    const NodeIndex owner = s.t.nodes.storage(storage).node;
    if (owner != registered.node) s.ForgetOrders(owner);
    s.sweeps.Drop(storage);
  }
  // Replicas that were not yet forgotten after its death count again.
  if (registered.was_known) s.sweeps.LookAgain(registered.node);
  s.UpdateRacks();
  s.UpdateSafeMode();
  return registered;
}

HeartbeatReply Blocks::Heartbeat(std::string_view uuid,
                                 std::uint64_t epoch,
                                 const HeartbeatReport& report,
                                 MonoMs now) {
  State& s = *state_;
  s.t.now = now;
  HeartbeatReply reply;
  const Result<NodeIndex> checked = s.t.nodes.Check(uuid, epoch);
  if (!checked.ok()) {
    reply.must_register = true;
    return reply;
  }
  const NodeIndex node = *checked;
  const std::uint32_t transfers_before = s.t.nodes.node(node).transfers;
  for (StorageIndex storage : s.t.nodes.Heartbeat(node, report, now)) s.sweeps.Drop(storage);

  NodeOrders& orders = s.t.OrdersOf(node);
  const std::vector<StorageIndex>& storages = s.t.nodes.node(node).storages;
  const bool owes = std::any_of(storages.begin(), storages.end(), [&](StorageIndex storage) {
    return s.t.nodes.storage(storage).usable() && !s.t.nodes.storage(storage).reported;
  });
  const bool owes_long = owes && now - orders.asked_report_ms >= s.t.options.confirm_unknown_after_ms;
  const bool confirm = orders.want_report_at_ms >= 0 && now >= orders.want_report_at_ms;
  if (orders.want_report || owes_long || confirm) {
    reply.request_full_report = true;
    orders.want_report = false;
    orders.want_report_at_ms = -1;
    orders.asked_report_ms = now;
  }

  for (; !orders.others.empty(); orders.others.pop_front()) reply.commands.push_back(std::move(orders.others.front()));
  for (Command& command : s.recoveries.Take(node)) reply.commands.push_back(std::move(command));
  for (std::size_t n = 0; n < s.t.options.verify_per_heartbeat && !orders.verify.empty(); ++n) {
    reply.commands.push_back(VerifyBlockCommand{orders.verify.front()});
    orders.verify.pop_front();
  }
  if (s.t.safe_mode.on()) return reply;
  // Its streams shall not lie idle until the next round.
  if (report.transfers < transfers_before) s.redundancy.ComputeWork(s.t.options.work_per_live_node);
  for (Command& command : s.redundancy.TakeTransfers(node, report.transfers)) {
    reply.commands.push_back(std::move(command));
  }
  InvalidateCommand invalidate;
  for (std::size_t looks = 2 * s.t.options.invalidate_per_heartbeat; looks > 0; --looks) {
    if (invalidate.blocks.size() >= s.t.options.invalidate_per_heartbeat) break;
    const std::optional<dfs::Block> replica = s.t.invalidations.TakeNext(node);
    if (!replica) break;
    if (!s.redundancy.MayDelete(node, *replica)) continue;
    s.t.invalidations.MarkSent(node, *replica, now);
    invalidate.blocks.push_back(*replica);
  }
  if (!invalidate.blocks.empty()) reply.commands.push_back(std::move(invalidate));
  return reply;
}

Result<ReportOutcome> Blocks::ReportPart(std::string_view uuid,
                                         std::uint64_t epoch,
                                         const BlockReportPart& part,
                                         MonoMs now) {
  state_->t.now = now;
  MRD_ASSIGN_OR_RETURN(const NodeIndex node, state_->t.nodes.Check(uuid, epoch));
  ReportOutcome outcome;
  MRD_RETURN_IF_ERROR(state_->intake.TakePart(node, part, &outcome.satisfied));
  state_->UpdateSafeMode();
  return outcome;
}

Result<ReportOutcome> Blocks::ReportEvents(std::string_view uuid,
                                           std::uint64_t epoch,
                                           std::span<const BlockEvent> events,
                                           MonoMs now) {
  state_->t.now = now;
  MRD_ASSIGN_OR_RETURN(const NodeIndex node, state_->t.nodes.Check(uuid, epoch));
  ReportOutcome outcome;
  // One that cannot be used must not keep the others from being heard.
  Status first;
  for (const BlockEvent& event : events) {
    Status status = state_->intake.TakeEvent(node, event, &outcome.satisfied);
    if (first.ok() && !status.ok()) first = std::move(status);
  }
  state_->UpdateSafeMode();
  if (!first.ok() && outcome.satisfied.empty()) return first;
  return outcome;
}

void Blocks::ReportCorrupt(NodeIndex node, std::string_view storage_uuid, const dfs::Block& block) {
  BlockTables& t = state_->t;
  const Slot slot = t.map.Find(block.id);
  const auto storage = t.nodes.FindStorage(node, storage_uuid);
  if (slot == kNoSlot || !storage || !t.nodes.storage(*storage).usable()) return;
  // While it is written, the pipeline deals with its own errors; what it read may have been written over since.
  if (!t.map.complete(slot) || block.stamp != t.map.stamp(slot)) return;
  // Whether it has been reported as there does not matter: its node knows. A full report sets it right otherwise.
  state_->intake.MarkCorrupt(slot, *storage, CorruptReason::kBadChecksum, block.stamp, t.map.length(slot));
}

void Blocks::SuspectCorrupt(NodeIndex node, const dfs::Block& block) {
  BlockTables& t = state_->t;
  if (t.map.Find(block.id) == kNoSlot || !t.nodes.node(node).alive) return;
  t.OrdersOf(node).AddVerify(block, t.options.verify_queue_max);
}

std::vector<NodeIndex> Blocks::SetHosts(HostLists lists, MonoMs now) {
  state_->t.now = now;
  std::vector<NodeIndex> changed = state_->t.nodes.SetHosts(std::move(lists), now);
  for (NodeIndex node : changed) state_->Changed(node);
  state_->UpdateRacks();
  return changed;
}

void Blocks::SetRack(NodeIndex node, std::string rack) {
  state_->t.nodes.SetRack(node, std::move(rack));
  state_->sweeps.LookAgain(node);
  state_->UpdateRacks();
}

void Blocks::Enqueue(NodeIndex node, Command command) {
  auto& others = state_->t.OrdersOf(node).others;
  if (others.size() >= kOtherOrdersMax) others.pop_front();
  others.push_back(std::move(command));
}

void Blocks::RequestReport(NodeIndex node) { state_->t.OrdersOf(node).want_report = true; }

bool Blocks::HasOrders(NodeIndex node) const {
  const BlockTables& t = state_->t;
  if (node.value >= t.orders.size()) return false;
  const NodeOrders& orders = t.orders[node.value];
  if (!orders.others.empty() || !orders.recoveries.empty() || !orders.verify.empty() || orders.want_report) return true;
  return !t.safe_mode.on() && (!orders.transfers.empty() || t.invalidations.SizeOf(node) > 0);
}

// --- Time ----------------------------------------------------------------------------------------------------------

TickOutcome Blocks::Tick(MonoMs now) {
  State& s = *state_;
  s.t.now = now;
  TickOutcome outcome;
  outcome.died = s.t.nodes.Expire(now);
  for (NodeIndex node : outcome.died) s.Died(node);
  for (NodeIndex node : s.t.nodes.ExpireMaintenance(now)) s.Changed(node);
  s.UpdateRacks();
  s.redundancy.Timeouts();
  s.intake.Timeout();
  s.UpdateSafeMode();
  outcome.more = s.sweeps.Step(s.t.options.sweep_per_tick);
  s.redundancy.RetryPostponed(kPostponedPerTick);
  outcome.left = s.sweeps.StepLeaving(s.t.options.sweep_per_tick);
  outcome.recoveries_due = s.recoveries.Tick();
  outcome.left_safe_mode = s.was_safe && !s.t.safe_mode.on();
  s.was_safe = s.t.safe_mode.on();
  return outcome;
}

std::size_t Blocks::ComputeWork(MonoMs now, std::size_t copies_max) {
  state_->t.now = now;
  return state_->redundancy.ComputeWork(copies_max);
}

}  // namespace mrd::namenode
