#include "datanode/actor/block_recovery.h"

#include <utility>

#include <boost/asio/this_coro.hpp>

#include "common/net/co_status.h"
#include "datanode/actor/recovery_plan.h"
#include "dfs/errors.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"
#include "proto/mr/datanode.pb.h"

namespace mrd::datanode {
namespace {

// Another datanode for one recovery. A node that does not answer must not hold the recovery up for long.
constexpr std::chrono::milliseconds kPeerConnectTimeout{5'000};
constexpr std::chrono::milliseconds kPeerCallTimeout{20'000};

class Peer {
 public:
  Peer(TransferContext& context,
       boost::asio::any_io_executor executor,
       const ActorOptions& options,
       const dfs::DatanodeId& id)
      : context_(context), id_(id), is_self_(id.uuid == context.store.datanode_uuid()) {
    if (is_self_) return;
    rpc::ClientOptions client;
    client.host = context.options.use_hostnames && !id.host.empty() ? id.host : id.ip;
    client.port = id.ipc_port;
    client.user = options.user;
    client.protocol = kInterDatanodeProtocol;
    client.connect_timeout = kPeerConnectTimeout;
    client.call_timeout = kPeerCallTimeout;
    caller_ = std::make_unique<ProtoCaller>(context.connector, std::move(executor), std::move(client), options.secret);
  }

  const dfs::DatanodeId& id() const { return id_; }

  net::awaitable<Result<std::optional<RecoverableReplica>>> Init(const RecoveryOrder& order) {
    if (is_self_) {
      co_return co_await context_.disks.any().Run(
          [&] { return context_.store.InitRecovery(order.block, order.new_stamp); });
    }
    dfs::proto::InitReplicaRecoveryRequestProto request;
    dfs::wire::ToProto(order.block, request.mutable_block());
    request.set_newgenerationstamp(static_cast<std::uint64_t>(order.new_stamp.value));
    dfs::proto::InitReplicaRecoveryResponseProto response;
    MRD_CO_RETURN_IF_ERROR(co_await caller_->Call("initReplicaRecovery", request, response, kPeerCallTimeout));
    if (!response.found()) co_return std::optional<RecoverableReplica>();
    RecoverableReplica replica;
    replica.block = dfs::Block{order.block.block.id,
                               dfs::GenerationStamp{static_cast<std::int64_t>(response.generationstamp())},
                               response.length()};
    replica.state = dfs::wire::FromProto(response.state());
    co_return std::optional<RecoverableReplica>(replica);
  }

  // The storage on which it is then.
  net::awaitable<Result<std::string>> Update(const RecoveryOrder& order, std::uint64_t length) {
    if (is_self_) {
      Result<FinalizedReplica> updated = co_await context_.disks.any().Run(
          [&] { return context_.store.UpdateRecovery(order.block, order.new_stamp, length); });
      if (!updated.ok()) co_return updated.status();
      co_await context_.events.Received(updated->block, updated->storage_id, std::string());
      co_return updated->storage_id;
    }
    dfs::proto::UpdateReplicaUnderRecoveryRequestProto request;
    dfs::wire::ToProto(order.block, request.mutable_block());
    request.set_newgenerationstamp(static_cast<std::uint64_t>(order.new_stamp.value));
    request.set_newlength(length);
    dfs::proto::UpdateReplicaUnderRecoveryResponseProto response;
    MRD_CO_RETURN_IF_ERROR(co_await caller_->Call("updateReplicaUnderRecovery", request, response, kPeerCallTimeout));
    co_return response.storageuuid();
  }

 private:
  TransferContext& context_;
  const dfs::DatanodeId id_;
  const bool is_self_;
  std::unique_ptr<ProtoCaller> caller_;
};

}  // namespace

net::awaitable<Status> RecoverBlock(TransferContext& context,
                                    ProtoCaller& namenode,
                                    const ActorOptions& options,
                                    RecoveryOrder order) {
  boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  const std::string name = "recover " + ToString(order.block.block) + " as " + std::to_string(order.new_stamp.value);
  std::vector<std::unique_ptr<Peer>> holders;  // of found[i]
  std::vector<RecoverableReplica> found;
  std::size_t answered = 0;
  std::string failures;
  for (const dfs::DatanodeInfo& location : order.locations) {
    auto peer = std::make_unique<Peer>(context, executor, options, location.id);
    Result<std::optional<RecoverableReplica>> replica = co_await peer->Init(order);
    if (!replica.ok()) {
      // Another recovery goes on; two must not decide at once.
      if (replica.status().tag() == dfs::java::kRecoveryInProgress) co_return replica.status().WithContext(name);
      failures += "; " + location.id.XferAddress() + ": " + replica.status().message();
      continue;
    }
    ++answered;
    if (!replica->has_value()) continue;
    found.push_back(**replica);
    holders.push_back(std::move(peer));
  }
  if (answered == 0) co_return Unavailable(name + ": no holder answered" + failures);
  if (!failures.empty()) context.log.Warn(name + ": not all holders answered" + failures);
  const std::size_t silent = order.locations.size() - answered;
  MRD_CO_ASSIGN_OR_RETURN(const RecoveryPlan plan,
                          PlanRecovery(order.block.block, found, order.truncate_length, silent));

  dfs::proto::CommitBlockSynchronizationRequestProto commit;
  dfs::wire::ToProto(order.block, commit.mutable_block());
  commit.set_newgenerationstamp(static_cast<std::uint64_t>(order.new_stamp.value));
  commit.set_newlength(plan.length);
  commit.set_closefile(true);
  commit.set_deleteblock(plan.delete_block);
  for (const std::size_t participant : plan.participants) {
    Peer& peer = *holders[participant];
    context.store.crash_points().Pass("recovery.before_update");
    Result<std::string> storage = co_await peer.Update(order, plan.length);
    if (!storage.ok()) {
      context.log.Warn(name + ": " + peer.id().XferAddress() + ": " + storage.status().message());
      continue;
    }
    auto* const target = commit.add_targets();
    target->set_datanodeuuid(peer.id().uuid);
    target->set_storageuuid(std::move(*storage));
  }
  if (!plan.delete_block && commit.targets_size() == 0) co_return Unavailable(name + ": no replica could be changed");
  dfs::proto::CommitBlockSynchronizationResponseProto response;
  context.store.crash_points().Pass("recovery.before_commit");
  Status committed = co_await namenode.Call("commitBlockSynchronization", commit, response, options.call_timeout);
  if (!committed.ok()) co_return std::move(committed).WithContext(name);
  context.store.crash_points().Pass("recovery.after_commit");
  context.log.Info("recovered block=" + ToString(order.block.block) + " stamp=" +
                   std::to_string(order.new_stamp.value) + " bytes=" + std::to_string(plan.length) +
                   " replicas=" + std::to_string(commit.targets_size()));
  co_return Status::Ok();
}

}  // namespace mrd::datanode
