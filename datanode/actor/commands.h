#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>

#include "common/net/event.h"
#include "common/net/runtime.h"
#include "datanode/actor/actor_context.h"
#include "datanode/actor/namenode_link.h"
#include "datanode/transfer/transfer_context.h"
#include "proto/mr/datanode.pb.h"

namespace mrd::datanode {

// Carries out the namenode's orders, each in the background: copies up to a number at once, everything else as it comes.
// Orders of a namenode that is no longer in charge are ignored. What fails is logged; the namenode orders it again.
// On the actor's executor.
class Commands {
 public:
  // `on_copied` is called after each copy to other datanodes, on the actor's executor: the namenode may have another.
  Commands(TransferContext& context, ProtoCaller& namenode, const ActorOptions& options, std::function<void()> on_copied);

  // Takes an order. `register_again` is called when it says so.
  void Take(const dfs::proto::CommandProto& command, boost::asio::any_io_executor executor,
            const std::function<void()>& register_again);
  // Refuses further orders and waits for those under way.
  net::awaitable<void> Stop();

 private:
  using Work = std::function<net::awaitable<void>()>;
  void Spawn(boost::asio::any_io_executor executor, Work work);
  void SpawnCopies(boost::asio::any_io_executor executor);
  net::awaitable<void> Copy(dfs::proto::TransferCommandProto order);
  net::awaitable<void> Invalidate(dfs::proto::InvalidateCommandProto order);
  net::awaitable<void> Recover(dfs::proto::RecoverBlockCommandProto order);
  net::awaitable<void> Verify(dfs::proto::VerifyBlockCommandProto order);

  TransferContext& context_;
  ProtoCaller& namenode_;
  const ActorOptions& options_;
  const std::function<void()> on_copied_;
  net::Gate gate_;
  std::uint64_t namenode_epoch_ = 0;
  std::deque<dfs::proto::TransferCommandProto> copies_waiting_;
  std::size_t copying_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace mrd::datanode
