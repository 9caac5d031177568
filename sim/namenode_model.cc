#include "sim/namenode_model.h"

namespace mrd::sim {
namespace {

constexpr std::int64_t kWallBegin = 1'700'000'000'000;
constexpr Millis kTick = 1'000;

dfs::NamespaceInfo Info() { return {"CID-sim", kPool, 7, 1}; }

}  // namespace

namenode::CoreOptions SimulatedCoreOptions() {
  namenode::CoreOptions options;
  options.tree.superuser = kClientUser;
  options.tree.block_size_min = 1;
  options.tree.delete_at_once_max = 3;
  options.tree.access_time_precision_ms = 5'000;
  options.defaults.block_size = kBlockBytes;
  options.leases.soft_ms = 10'000;
  options.leases.hard_ms = 90'000;  // longer than a datanode is ever away
  namenode::BlockOptions& blocks = options.blocks;
  blocks.heartbeat_interval_ms = 1'000;
  blocks.recheck_interval_ms = 5'000;
  blocks.stale_interval_ms = 5'000;
  blocks.pending_timeout_ms = 15'000;
  blocks.excess_repeat_ms = 20'000;
  blocks.recovery_timeout_ms = 8'000;
  blocks.report_grace_ms = 8'000;
  blocks.confirm_unknown_after_ms = 8'000;
  blocks.report_timeout_ms = 30'000;
  blocks.sweep_per_tick = 64;
  blocks.safe_mode_extension_ms = 2'000;
  blocks.wall_offset_ms = kWallBegin;
  return options;
}

NamenodeModel::NamenodeModel(Network& network, Ledger& ledger, Plant plant)
    : network_(network),
      clock_(network.clock()),
      ledger_(ledger),
      plant_(plant),
      endpoint_(network.Add("nn")),
      journal_(clock_, plant) {}

std::int64_t NamenodeModel::Wall() const { return kWallBegin + clock_.now() + wall_offset_; }

namenode::CallContext NamenodeModel::Context(Endpoint caller) const {
  namenode::CallContext context;
  context.caller.user = kClientUser;
  context.caller.superuser = true;
  context.client_ip = "10.1.0." + std::to_string(caller);
  context.now_ms = Wall();
  context.mono_ms = Mono();
  return context;
}

Status NamenodeModel::Load(namenode::Core* core, const JournalModel::Found& found, bool checkpoint) {
  if (found.all.empty()) {
    core->Format(Wall());
    return core->FinishLoading(Wall(), Mono());
  }
  std::uint64_t applied = 0;
  if (checkpoint) {
    applied = found.applied.value;
    for (const auto& [key, value] : found.checkpoint) MRD_RETURN_IF_ERROR(core->Load(key, value));
  }
  for (const namenode::Edit& edit : found.all) {
    if (edit.id.value > applied) MRD_RETURN_IF_ERROR(core->Apply(edit));
  }
  return core->FinishLoading(Wall(), Mono());
}

void NamenodeModel::Start() {
  const Result<JournalModel::Found> found = journal_.Recover();
  if (!found.ok()) return ledger_.Broken("the namenode does not start: " + found.status().message());
  const std::uint64_t chance = clock_.random().Next();
  auto core = std::make_unique<namenode::Core>(SimulatedCoreOptions(), Info(), Random(chance));
  namenode::Core twin(SimulatedCoreOptions(), Info(), Random(chance));
  Status loaded = Load(core.get(), *found, true);
  if (loaded.ok()) loaded = Load(&twin, *found, false);
  if (loaded.ok()) loaded = core->state().tree.CheckInvariants();
  if (!loaded.ok()) return ledger_.Broken("the namenode does not start: " + loaded.message());
  if (core->state().tree.Dump() != twin.state().tree.Dump()) {
    return ledger_.Broken("checkpoint and journal together give another tree than the journal alone");
  }
  rpc::RetryCache::Limits limits;
  limits.keep_ms = 600'000;
  retries_ = std::make_unique<rpc::RetryCache>(limits);
  for (const namenode::Edit& edit : found->all) {
    retries_->Remember(edit.client_id, edit.call_id, clock_.now(), edit.reply);
  }
  core_ = std::move(core);
  network_.SetUp(endpoint_, true);
  clock_.Trace("nn", "starts with " + std::to_string(found->all.size()) + " edits");
  Origin origin;
  origin.operation = "start";
  Commit(origin, "");
  network_.tasks().Spawn(Ticks(network_.life(endpoint_)));
}

void NamenodeModel::Crash() {
  clock_.Trace("nn", "crashes");
  journal_.Crash();
  network_.SetUp(endpoint_, false);
  core_.reset();
  retries_.reset();
}

namenode::TxId NamenodeModel::Commit(const Origin& origin, std::string reply) {
  if (core_->state().sink.empty()) return {};
  namenode::Edit edit;
  edit.operation = origin.operation;
  edit.time_ms = Wall();
  if (origin.call_id >= 0) {
    edit.client_id = origin.client_id;
    edit.call_id = origin.call_id;
    edit.reply = std::move(reply);
  }
  edit.mutations = core_->state().sink.Take();
  return journal_.Append(std::move(edit));
}

Task<bool> NamenodeModel::Durable(namenode::TxId id) {
  if (id <= journal_.durable()) co_return true;
  Future<bool> durable(clock_);
  journal_.WhenDurable(id, [durable] { durable.Set(true); });
  co_return co_await durable;
}

Task<bool> NamenodeModel::AllDurable() { return Durable(journal_.last()); }

Task<void> NamenodeModel::Ticks(std::uint64_t life) {
  while (core_ != nullptr && network_.life(endpoint_) == life) {
    const bool was_on = core_->state().blocks.safe_mode().on();
    const bool more = core_->Tick(Wall(), Mono(), true);
    Origin origin;
    origin.operation = "tick";
    Commit(origin, "");
    if (was_on && !core_->state().blocks.safe_mode().on()) clock_.Trace("nn", "leaves safe mode");
    const Millis pause = more ? 20 : kTick;
    co_await Sleep(clock_, pause);
  }
}

void NamenodeModel::CheckRebuilt() {
  const Status sound = core_->state().tree.CheckInvariants();
  if (!sound.ok()) return ledger_.Broken("the tree is not sound: " + sound.message());
  const std::string live = core_->state().tree.Dump();
  const Result<std::vector<namenode::Edit>> edits = journal_.Durable();
  if (!edits.ok()) return ledger_.Broken("the journal cannot be read: " + edits.status().message());
  namenode::Core twin(SimulatedCoreOptions(), Info(), Random(1));
  for (const namenode::Edit& edit : *edits) {
    if (const Status applied = twin.Apply(edit); !applied.ok()) return ledger_.Broken("replay: " + applied.message());
  }
  if (const Status finished = twin.state().tree.Finish(); !finished.ok()) {
    return ledger_.Broken("replay: " + finished.message());
  }
  if (twin.state().tree.Dump() != live) ledger_.Broken("the tree replayed from the journal is another one");
}

}  // namespace mrd::sim
