// DatanodeModel: pipelines and block recovery.

#include <utility>

#include "datanode/actor/recovery_plan.h"
#include "dfs/errors.h"
#include "sim/datanode_model.h"

namespace mrd::sim {
namespace {

constexpr Millis kMirrorTimeout = 2'000;
constexpr Millis kPeerTimeout = 3'000;

PipelineReply Bad(std::size_t place, std::string why) {
  PipelineReply reply;
  reply.ok = false;
  reply.bad = place;
  reply.why = std::move(why);
  return reply;
}

}  // namespace

Task<Result<PipelineReply>> DatanodeModel::SetUp(PipelineSetUp request) {
  const bool alive = co_await Disk();
  if (!alive) co_return Cancelled("gone");
  const DiskModel::SetUp& setup = request.setup;
  const Result<bool> taken = disk_.TakeOver(setup);
  if (!taken.ok()) co_return Bad(request.place, taken.status().message());
  const ReplicaModel& replica = *disk_.Find(setup.block.id);
  const dfs::Block block{setup.block.id, replica.stamp, replica.data.size()};
  Tell(*taken ? namenode::BlockEvent::Kind::kReceived : namenode::BlockEvent::Kind::kReceiving, block);
  if (request.rest.empty()) co_return PipelineReply();
  PipelineSetUp forward = request;
  forward.place = request.place + 1;
  forward.rest.erase(forward.rest.begin());
  DatanodeModel* const next = all_.ByEndpoint(request.rest.front());
  Route route;
  route.from = endpoint_;
  route.to = next->endpoint();
  route.timeout = kMirrorTimeout * static_cast<Millis>(request.rest.size());
  route.stream = true;
  Handler<PipelineReply> handler = [next, forward] { return next->SetUp(forward); };
  Result<PipelineReply> reply = co_await Call<PipelineReply>(network_, route, handler);
  if (!reply.ok()) co_return Bad(request.place + 1, reply.status().message());
  co_return reply;
}

Task<Result<PipelineReply>> DatanodeModel::Take(PipelinePacket packet) {
  const std::uint64_t life = network_.life(endpoint_);
  const bool alive = co_await Disk();
  if (!alive) co_return Cancelled("gone");
  const Status written = disk_.Write(packet.block, packet.writer, packet.offset, packet.bytes);
  if (!written.ok()) co_return Bad(packet.place, written.message());
  ReplicaModel& replica = *disk_.Find(packet.block);
  if (packet.sync) replica.synced = replica.data.size();
  if (!packet.rest.empty()) {
    PipelinePacket forward = packet;
    forward.place = packet.place + 1;
    forward.rest.erase(forward.rest.begin());
    DatanodeModel* const next = all_.ByEndpoint(packet.rest.front());
    Route route;
    route.from = endpoint_;
    route.to = next->endpoint();
    route.timeout = kMirrorTimeout * static_cast<Millis>(packet.rest.size());
    route.stream = true;
    Handler<PipelineReply> handler = [next, forward] { return next->Take(forward); };
    Result<PipelineReply> reply = co_await Call<PipelineReply>(network_, route, handler);
    if (!Alive(life)) co_return Cancelled("gone");
    if (!reply.ok()) co_return Bad(packet.place + 1, reply.status().message());
    if (!reply->ok) co_return reply;
  }
  // Others may have taken it over while the members behind this one were at work.
  ReplicaModel* const mine = disk_.Find(packet.block);
  if (mine == nullptr || mine->writer != packet.writer) co_return Bad(packet.place, "another writer has it");
  mine->acknowledged = packet.offset + packet.bytes.size();
  if (plant_ == Plant::kAckBeforeStore && clock_.Chance(0.2)) {
    mine->data.resize(packet.offset);
    mine->acknowledged = packet.offset;
  }
  if (packet.last) {
    const Status finalized = disk_.Finalize(packet.block, packet.writer);
    if (!finalized.ok()) co_return Bad(packet.place, finalized.message());
    Tell(namenode::BlockEvent::Kind::kReceived, dfs::Block{packet.block, mine->stamp, mine->data.size()});
  }
  co_return PipelineReply();
}

// ---- Block recovery
// -----------------------------------------------------------------------------------------------------

Task<Result<std::optional<datanode::RecoverableReplica>>> DatanodeModel::InitRecovery(dfs::Block block,
                                                                                      dfs::GenerationStamp stamp) {
  const bool alive = co_await Disk();
  if (!alive) co_return Cancelled("gone");
  Result<std::optional<datanode::RecoverableReplica>> found = disk_.InitRecovery(block, stamp);
  co_return found;
}

Task<Result<dfs::Block>> DatanodeModel::UpdateRecovery(dfs::Block block,
                                                       dfs::GenerationStamp stamp,
                                                       std::uint64_t length) {
  const bool alive = co_await Disk();
  if (!alive) co_return Cancelled("gone");
  const ReplicaModel* const replica = disk_.Find(block.id);
  if (replica != nullptr && replica->recovery == stamp && length <= replica->data.size()) {
    all_.CheckLast(ledger_, *this, block.id, length, "recovery");
  }
  Result<dfs::Block> updated = disk_.UpdateRecovery(block, stamp, length);
  if (updated.ok()) Tell(namenode::BlockEvent::Kind::kReceived, *updated);
  co_return updated;
}

// As datanode/actor/block_recovery does it, with its own decision.
Task<void> DatanodeModel::Recover(namenode::RecoverBlockCommand order) {
  const std::uint64_t life = network_.life(endpoint_);
  const std::string name = "recovery of " + dfs::ToString(order.block) + " as " + std::to_string(order.new_stamp.value);
  using Found = std::optional<datanode::RecoverableReplica>;
  std::vector<DatanodeModel*> holders;
  std::vector<datanode::RecoverableReplica> found;
  std::size_t answered = 0;
  for (const dfs::DatanodeInfo& location : order.locations) {
    DatanodeModel* const peer = all_.ByUuid(location.id.uuid);
    Route route;
    route.from = endpoint_;
    route.to = peer->endpoint();
    route.timeout = kPeerTimeout;
    const dfs::Block block = order.block;
    const dfs::GenerationStamp stamp = order.new_stamp;
    Handler<Found> handler = [peer, block, stamp] { return peer->InitRecovery(block, stamp); };
    Result<Found> replica = co_await Call<Found>(network_, route, handler);
    if (!Alive(life)) co_return;
    if (!replica.ok()) {
      clock_.Trace(uuid_, name + ": " + peer->uuid() + ": " + replica.status().message());
      if (replica.status().tag() == dfs::java::kRecoveryInProgress) co_return;
      continue;
    }
    ++answered;
    if (!replica->has_value()) continue;
    found.push_back(**replica);
    holders.push_back(peer);
  }
  if (answered == 0) co_return;
  const std::size_t silent = order.locations.size() - answered;
  const Result<datanode::RecoveryPlan> plan = datanode::PlanRecovery(order.block, found, order.truncate_length, silent);
  if (!plan.ok()) {
    clock_.Trace(uuid_, name + ": " + plan.status().message());
    co_return;
  }
  clock_.Trace(uuid_, name + (plan->delete_block ? " deletes it" : " to " + std::to_string(plan->length) + " bytes"));
  namenode::LeaseRecovery::Synchronization result;
  result.block = order.block;
  result.new_stamp = order.new_stamp;
  result.new_length = plan->length;
  result.delete_block = plan->delete_block;
  std::vector<std::string> nodes;
  std::vector<std::string> storages;
  for (const std::size_t participant : plan->participants) {
    DatanodeModel* const peer = holders[participant];
    Route route;
    route.from = endpoint_;
    route.to = peer->endpoint();
    route.timeout = kPeerTimeout;
    const dfs::Block block = order.block;
    const dfs::GenerationStamp stamp = order.new_stamp;
    const std::uint64_t length = plan->length;
    Handler<dfs::Block> handler = [peer, block, stamp, length] { return peer->UpdateRecovery(block, stamp, length); };
    Result<dfs::Block> updated = co_await Call<dfs::Block>(network_, route, handler);
    if (!Alive(life)) co_return;
    if (!updated.ok()) continue;
    nodes.push_back(peer->uuid_);
    storages.push_back(peer->storage_);
  }
  if (!plan->delete_block && nodes.empty()) co_return;
  NamenodeModel::Operation<Nothing> operation = [result, nodes, storages](NamenodeModel& namenode,
            const namenode::CallContext& call) -> Result<Nothing> {
    namenode::LeaseRecovery::Synchronization said = result;
    MRD_ASSIGN_OR_RETURN(said.holders, namenode.core().state().blocks.FindTargets(nodes, storages));
    MRD_RETURN_IF_ERROR(namenode.core().recovery().Finish(said, call.now_ms));
    return Nothing();
  };
  Handler<Nothing> handler =
      [this, operation] { return namenode_.ServeDatanode<Nothing>(endpoint_, "commit recovery", operation); };
  Result<Nothing> committed = co_await Call<Nothing>(network_, ToNamenode(), handler);
  if (Alive(life)) clock_.Trace(uuid_, name + " told: " + committed.status().ToString());
}

}  // namespace mrd::sim
