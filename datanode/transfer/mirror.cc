#include "datanode/transfer/mirror.h"

#include <utility>

#include "common/net/co_status.h"
#include "dfs/wire/block_convert.h"
#include "dfs/wire/datanode_convert.h"
#include "dfs/wire/operation.h"
#include "dfs/wire/transfer_status.h"

namespace mrd::datanode {

using hadoop::hdfs::BlockOpResponseProto;
using hadoop::hdfs::OpWriteBlockProto;

namespace {

// Without its first element; shorter lists than the targets', as old clients send them, lose nothing.
template <typename Field>
void DropFirst(Field* list) {
  if (list->size() > 0) list->erase(list->begin());
}

}  // namespace

OpWriteBlockProto ForwardedWrite(const OpWriteBlockProto& op) {
  OpWriteBlockProto next = op;
  if (op.targetstoragetypes_size() > 0) {
    next.set_storagetype(op.targetstoragetypes(0));
  } else {
    next.clear_storagetype();
  }
  if (op.targetstorageids_size() > 0) {
    next.set_storageid(op.targetstorageids(0));
  } else {
    next.clear_storageid();
  }
  if (op.targetpinnings_size() > 0) next.set_pinning(op.targetpinnings(0));
  DropFirst(next.mutable_targets());
  DropFirst(next.mutable_targetstoragetypes());
  DropFirst(next.mutable_targetstorageids());
  DropFirst(next.mutable_targetpinnings());
  return next;
}

void OwnToken(const TransferContext& context, const dfs::ExtendedBlock& block, dfs::wire::TokenMode mode,
              hadoop::common::TokenProto* token) {
  dfs::wire::SetEmptyToken(token);
  if (!context.options.tokens) return;
  dfs::wire::TokenSubject subject;
  subject.user = "datanode";
  subject.pool = block.pool;
  subject.block = block.block.id;
  context.options.tokens->Issue(subject, {mode}, context.clock.WallMillis(), token);
}

net::awaitable<Result<std::shared_ptr<Link>>> ConnectTo(TransferContext& context,
                                                        dfs::DatanodeId node,
                                                        int nodes_behind) {
  const std::string& host = context.options.use_hostnames && !node.host.empty() ? node.host : node.ip;
  Result<std::unique_ptr<net::Stream>> stream =
      co_await context.connector.Connect(host, node.xfer_port, context.options.connect_timeout * (1 + nodes_behind));
  if (!stream.ok()) co_return stream.status();
  (*stream)->SetIdleTimeout(context.options.answer_timeout * (1 + nodes_behind));
  co_return std::make_shared<Link>(std::move(*stream));
}

net::awaitable<MirrorSetup> OpenMirror(TransferContext& context, OpWriteBlockProto op, bool answers) {
  MirrorSetup setup;
  Result<dfs::DatanodeInfo> node = dfs::wire::FromProto(op.targets(0));
  if (!node.ok()) {
    setup.status = node.status();
    co_return setup;
  }
  // Until the next node names another.
  setup.first_bad_link = node->id.XferAddress();
  Result<std::shared_ptr<Link>> link = co_await ConnectTo(context, node->id, op.targets_size() - 1);
  if (!link.ok()) {
    setup.status = link.status();
    co_return setup;
  }
  std::string bytes;
  dfs::wire::AppendOperation(dfs::wire::Operation::kWriteBlock, ForwardedWrite(op), bytes);
  setup.status = co_await (*link)->stream->Write(bytes);
  if (setup.status.ok() && answers) {
    BlockOpResponseProto response;
    setup.status = co_await (*link)->input.ReadDelimited("answer to WRITE_BLOCK", response);
    if (setup.status.ok() && response.status() != hadoop::hdfs::SUCCESS) {
      if (!response.firstbadlink().empty()) setup.first_bad_link = response.firstbadlink();
      setup.status = Unavailable(
          setup.first_bad_link + " answered " +
          std::string(dfs::wire::TransferStatusName(dfs::wire::FromProto(response.status()))) +
          (response.message().empty() ? "" : ": " + response.message()));
    }
  }
  if (!setup.status.ok()) co_return setup;
  setup.first_bad_link.clear();
  setup.link = std::move(*link);
  co_return setup;
}

}  // namespace mrd::datanode
