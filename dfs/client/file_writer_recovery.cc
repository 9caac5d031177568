// How FileWriter goes on after a datanode failed.

#include <algorithm>
#include <set>
#include <utility>

#include "common/net/co_status.h"
#include "common/net/runtime.h"
#include "dfs/client/file_writer.h"

namespace mrd::dfs::client {
namespace {

// How many nodes are tried as a replacement before the policy decides without one.
constexpr int kReplacementsTriedMax = 3;

constexpr Stage kAppend = Stage::OpWriteBlockProto_BlockConstructionStage_PIPELINE_SETUP_APPEND;
constexpr Stage kAppendRecovery = Stage::OpWriteBlockProto_BlockConstructionStage_PIPELINE_SETUP_APPEND_RECOVERY;
constexpr Stage kStreamingRecovery =
    Stage::OpWriteBlockProto_BlockConstructionStage_PIPELINE_SETUP_STREAMING_RECOVERY;
constexpr Stage kCloseRecovery = Stage::OpWriteBlockProto_BlockConstructionStage_PIPELINE_CLOSE_RECOVERY;

}  // namespace

// The pipeline failed: sets it up again and sends what was not acknowledged once more.
awaitable<Status> FileWriter::Recover() {
  const PipelineFailure failure = *block_->failure;
  co_await DropPipeline();
  const bool closing = !unacknowledged_.empty() && unacknowledged_.front()->last_in_block;
  queue_.PutBack(std::exchange(unacknowledged_, {}));
  MRD_CO_RETURN_IF_ERROR(co_await SetUpAgain(closing ? kCloseRecovery : kStreamingRecovery, failure));
  if (closing) {
    // Setting up for the close has closed the block: its end need not be sent again.
    const std::shared_ptr<const Packet> end = queue_.Take();
    queue_.Acknowledged(end->seqno);
    EndBlock();
  }
  co_return Status::Ok();
}

// A pipeline from the nodes of the block, less those that turn out to be bad. `failure` is what is known at first.
awaitable<Status> FileWriter::SetUpAgain(Stage stage, std::optional<PipelineFailure> failure) {
  while (true) {
    if (failure) {
      if (++recoveries_ > kPipelineRecoveriesMax) {
        co_return Status(failure->why).WithContext(Subject() + ": its pipeline failed " + std::to_string(recoveries_) +
                                                   " times in a row");
      }
      MRD_CO_RETURN_IF_ERROR(co_await RemoveBadNode(*failure));
    }
    MRD_CO_RETURN_IF_ERROR(co_await AddNode(stage));
    MRD_CO_ASSIGN_OR_RETURN(const GenerationStamp stamp, co_await context_.namenode().UpdateBlockForPipeline(
                                                             block_->block, target_.file.client_name));
    PipelineFailure next;
    PipelineSetup setup = Setup(stage, stamp);
    block_->pipeline = co_await Pipeline::Open(context_.transport(), std::move(setup), next);
    if (!block_->pipeline) {
      failure = std::move(next);
      if (stage == kAppend) stage = kAppendRecovery;  // some nodes may have taken the new stamp already
      continue;
    }
    UpdatePipelineRequest update;
    update.client_name = target_.file.client_name;
    update.old_block = block_->block;
    update.new_block = block_->block;
    update.new_block.block.stamp = stamp;
    update.nodes = block_->nodes;
    MRD_CO_RETURN_IF_ERROR(co_await context_.namenode().UpdatePipeline(std::move(update)));
    block_->block.block.stamp = stamp;
    if (stage == kCloseRecovery) {
      block_->pipeline.reset();  // nothing follows
    } else {
      StartReceiving();
    }
    co_return Status::Ok();
  }
}

awaitable<Status> FileWriter::RemoveBadNode(PipelineFailure failure) {
  const std::size_t bad = std::min(failure.bad_node, block_->nodes.size() - 1);
  if (failure.restarting && block_->nodes.size() == 1) {
    // It holds the only copy: waiting costs less than giving up.
    co_return co_await net::SleepFor(context_.options.datanode_restart_timeout);
  }
  const std::string peer = block_->nodes[bad].node.id.XferAddress();
  excluded_.push_back(block_->nodes[bad].node);
  block_->nodes.erase(block_->nodes.begin() + static_cast<std::ptrdiff_t>(bad));
  if (!block_->nodes.empty()) co_return Status::Ok();
  co_return Unavailable(Subject() + " to " + peer + ": " + failure.why.message() +
                        " (no datanode of its pipeline is left)");
}

// A replacement for nodes that were lost, where the policy wants one.
awaitable<Status> FileWriter::AddNode(Stage stage) {
  if (stage == kCloseRecovery) co_return Status::Ok();
  ReplacePolicy::Pipeline pipeline;
  pipeline.replication = target_.replication;
  pipeline.nodes_left = block_->nodes.size();
  pipeline.appended_or_flushed = block_->visible;
  const ReplacePolicy& policy = context_.options.replace_policy;
  if (!policy.Wants(pipeline)) co_return Status::Ok();

  Status last;
  for (int attempt = 0; attempt < kReplacementsTriedMax; ++attempt) {
    AdditionalNodeRequest request;
    request.file = target_.file;
    request.block = block_->block;
    request.existing = block_->nodes;
    request.excluded = excluded_;
    Result<LocatedBlock> found = co_await context_.namenode().GetAdditionalDatanode(std::move(request));
    if (!found.ok()) {
      last = found.status();
      break;
    }
    std::set<std::string> known;
    for (const ReplicaLocation& replica : block_->nodes) known.insert(replica.node.id.uuid);
    const auto added = std::find_if(found->locations.begin(), found->locations.end(), [&](const ReplicaLocation& one) {
      return !known.contains(one.node.id.uuid);
    });
    if (added == found->locations.end()) {
      last = Unavailable("the namenode has no other datanode");
      break;
    }
    const ReplicaLocation replica = *added;
    block_->nodes.push_back(replica);
    last = co_await CopyTo(block_->nodes.size() - 1);
    if (last.ok()) co_return Status::Ok();
    block_->nodes.pop_back();
    excluded_.push_back(replica.node);
  }
  if (policy.MayGoOnWith(block_->nodes.size())) co_return Status::Ok();
  std::string left;
  for (const ReplicaLocation& replica : block_->nodes) left += " " + replica.node.id.XferAddress();
  co_return Unavailable(Subject() + ": Failed to replace a bad datanode on the existing pipeline due to no more good "
                                    "datanodes being available to try (left:" + left + "; " + last.message() +
                        "). Set dfs.client.block.write.replace-datanode-on-failure.best-effort, or .policy=NEVER, to go "
                        "on with fewer");
}

// Gives a new node of the pipeline what the others have.
awaitable<Status> FileWriter::CopyTo(std::size_t new_node) {
  BlockTransfer transfer;
  transfer.block = block_->block;
  transfer.source = block_->nodes[new_node - 1].node.id;
  transfer.target = block_->nodes[new_node];
  co_return co_await TransferBlock(context_.transport(), std::move(transfer));
}

}  // namespace mrd::dfs::client
