#include "datanode/actor/commands.h"

#include <utility>

#include "datanode/actor/block_recovery.h"
#include "datanode/actor/replica_check.h"
#include "datanode/transfer/replica_copy.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"

namespace mrd::datanode {

using dfs::proto::CommandProto;

Commands::Commands(TransferContext& context,
                   ProtoCaller& namenode,
                   const ActorOptions& options,
                   std::function<void()> on_copied)
    : context_(context), namenode_(namenode), options_(options), on_copied_(std::move(on_copied)) {}

void Commands::Take(const CommandProto& command,
                    boost::asio::any_io_executor executor,
                    const std::function<void()>& register_again) {
  if (command.namenodeepoch() < namenode_epoch_) {
    context_.log.Warn("an order of namenode epoch " + std::to_string(command.namenodeepoch()) +
                      " was ignored; epoch " + std::to_string(namenode_epoch_) + " is in charge");
    return;
  }
  namenode_epoch_ = command.namenodeepoch();
  if (under_way_ + copies_waiting_.size() >= options_.orders_waiting_max) return;
  switch (command.order_case()) {
    case CommandProto::kTransfer:
      copies_waiting_.push_back(command.transfer());
      SpawnCopies(std::move(executor));
      return;
    case CommandProto::kInvalidate:
      Spawn(std::move(executor), [this, order = command.invalidate()] { return Invalidate(order); });
      return;
    case CommandProto::kRecoverBlock:
      Spawn(std::move(executor), [this, order = command.recoverblock()] { return Recover(order); });
      return;
    case CommandProto::kVerifyBlock:
      Spawn(std::move(executor), [this, order = command.verifyblock()] { return Verify(order); });
      return;
    case CommandProto::kSetBandwidth: {
      const std::uint64_t wanted = command.setbandwidth().bytespersecond();
      context_.balancing.Set(wanted == 0 ? context_.options.balance_bytes_per_second : wanted);
      return;
    }
    case CommandProto::kRegisterAgain: register_again(); return;
    case CommandProto::kShutdown:
      if (options_.on_end) options_.on_end(Cancelled("the namenode ordered this datanode to stop"));
      return;
    case CommandProto::ORDER_NOT_SET: break;
  }
  context_.log.Warn("the namenode gave an order that this version does not know");
}

void Commands::Spawn(boost::asio::any_io_executor executor, Work work) {
  if (!gate_.Enter()) return;
  ++under_way_;
  Work body = [this, work = std::move(work)]() -> net::awaitable<void> {
    co_await work();
    --under_way_;
    gate_.Leave();
  };
  context_.runtime.Spawn(std::move(executor), std::move(body));
}

// One more worker for one more order, up to the bound; each goes on while orders wait.
void Commands::SpawnCopies(boost::asio::any_io_executor executor) {
  if (copying_ >= options_.copies_max) return;
  ++copying_;
  Spawn(std::move(executor), [this]() -> net::awaitable<void> {
    while (!copies_waiting_.empty()) {
      dfs::proto::TransferCommandProto order = std::move(copies_waiting_.front());
      copies_waiting_.pop_front();
      co_await Copy(std::move(order));
      on_copied_();
    }
    --copying_;
  });
}

net::awaitable<void> Commands::Stop() {
  copies_waiting_.clear();
  co_await gate_.Close();
}

net::awaitable<void> Commands::Copy(dfs::proto::TransferCommandProto order) {
  CopyOrder copy;
  Result<dfs::ExtendedBlock> block = dfs::wire::FromProto(order.block());
  Status status = block.status();
  if (block.ok()) copy.block = std::move(*block);
  for (const dfs::proto::TransferTargetProto& target : order.targets()) {
    Result<dfs::DatanodeInfo> node = dfs::wire::FromProto(target.node());
    if (!node.ok()) {
      status = node.status();
      continue;
    }
    dfs::ReplicaLocation location;
    location.node = std::move(*node);
    location.storage_uuid = target.storageuuid();
    location.storage_type = dfs::wire::FromProto(target.storagetype());
    copy.targets.push_back(std::move(location));
  }
  if (status.ok()) status = co_await CopyReplica(context_, std::move(copy));
  if (!status.ok()) context_.log.Warn(status.message());
}

net::awaitable<void> Commands::Invalidate(dfs::proto::InvalidateCommandProto order) {
  for (const hadoop::hdfs::BlockProto& proto : order.blocks()) {
    const Result<dfs::Block> block = dfs::wire::FromProto(proto);
    if (!block.ok()) {
      context_.log.Warn("order to delete: " + block.status().message());
      continue;
    }
    const dfs::ExtendedBlock extended{order.poolid(), *block};
    Result<std::string> storage =
        co_await context_.disks.any().Run([&] { return context_.store.Invalidate(extended); });
    if (storage.ok()) {
      context_.log.Info("deleted block=" + ToString(*block));
      context_.store.crash_points().Pass("delete.before_report");
      context_.events.Deleted(*block, *storage);
    } else if (storage.status().code() != Code::kNotFound) {
      context_.log.Warn("delete " + ToString(*block) + ": " + storage.status().message());
    }
  }
}

net::awaitable<void> Commands::Recover(dfs::proto::RecoverBlockCommandProto order) {
  RecoveryOrder recovery;
  Result<dfs::ExtendedBlock> block = dfs::wire::FromProto(order.block());
  Status status = block.status();
  if (block.ok()) recovery.block = std::move(*block);
  recovery.new_stamp = dfs::GenerationStamp{static_cast<std::int64_t>(order.newgenerationstamp())};
  for (const hadoop::hdfs::DatanodeInfoProto& proto : order.locations()) {
    Result<dfs::DatanodeInfo> node = dfs::wire::FromProto(proto);
    if (node.ok()) {
      recovery.locations.push_back(std::move(*node));
    } else {
      status = node.status();
    }
  }
  if (order.has_truncatelength()) recovery.truncate_length = order.truncatelength();
  if (status.ok()) status = co_await RecoverBlock(context_, namenode_, options_, std::move(recovery));
  if (!status.ok()) context_.log.Warn(status.message());
}

net::awaitable<void> Commands::Verify(dfs::proto::VerifyBlockCommandProto order) {
  Result<dfs::ExtendedBlock> block = dfs::wire::FromProto(order.block());
  Status status = block.status();
  if (block.ok()) status = co_await CheckReplica(context_, *block, 0);
  if (!status.ok()) {
    context_.log.Warn(status.message());
  } else {
    context_.log.Info("verified block=" + ToString(block->block));
  }
}

}  // namespace mrd::datanode
