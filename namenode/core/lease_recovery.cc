#include "namenode/core/lease_recovery.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "dfs/errors.h"

namespace mrd::namenode {

const std::string kNamenodeHolder = "HDFS_NameNode";

namespace {

std::string Attempt(const char* purpose, const std::string& path, const std::string& client, const std::string& ip) {
  return std::string("Failed to ") + purpose + " " + path + " for " + client + " on " + ip + " because ";
}

}  // namespace

Status LeaseRecovery::TakeOver(const CallContext& call, FileRef file, const std::string& client, const char* purpose) {
  const std::string holder = file.client_name();
  const std::string attempt = Attempt(purpose, file.Path(), client, call.client_ip);
  if (holder == client) {
    return dfs::Exception(dfs::java::kAlreadyBeingCreated, attempt + client + " is already the current lease holder.");
  }
  const std::size_t count = file.block_count();
  const bool recovering = count > 0 && state_.blocks.RecoveryStamp(file.block(count - 1).id).value != 0;
  if (state_.leases.SoftLimitPassed(holder, call.mono_ms) && !recovering) {
    MRD_ASSIGN_OR_RETURN(const bool closed, Release(file, call.now_ms, call.mono_ms));
    if (closed) return Status::Ok();
    return dfs::Exception(dfs::java::kRecoveryInProgress, attempt + "lease recovery is in progress. Try again later.");
  }
  if (recovering) {
    return dfs::Exception(dfs::java::kRecoveryInProgress,
                          attempt + "the last block is under recovery by " + holder + ". Try again later.");
  }
  return dfs::Exception(dfs::java::kAlreadyBeingCreated, attempt + "this file lease is currently owned by " + holder +
                                                             " on " + file.client_machine());
}

Result<bool> LeaseRecovery::Recover(const CallContext& call, const std::string& path) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("recover the lease of " + path));
  MRD_ASSIGN_OR_RETURN(const FileRef file, state_.tree.FileForWrite(call.caller, path));
  if (!file.under_construction()) return true;
  const std::size_t count = file.block_count();
  if (count > 0) {
    const dfs::Block last = file.block(count - 1);
    const bool recovering = state_.blocks.RecoveryStamp(last.id).value != 0;
    if (recovering && !NeverWritten(last, call.mono_ms)) return false;
  }
  return Release(file, call.now_ms, call.mono_ms);
}

bool LeaseRecovery::NeverWritten(const dfs::Block& last, MonoMs mono_ms) const {
  return last.length == 0 && state_.blocks.IsEmptyAndUnplaced(last.id) &&
         mono_ms - resumed_ms_ >= state_.options.leases.hard_ms;
}

bool LeaseRecovery::CloseIfComplete(FileRef file, std::int64_t now_ms) {
  const std::vector<dfs::Block> blocks = file.blocks();
  for (const dfs::Block& block : blocks) {
    if (!state_.blocks.IsComplete(block.id) && !state_.blocks.IsSatisfied(block.id)) return false;
  }
  for (const dfs::Block& block : blocks) state_.blocks.Complete(block.id);
  state_.tree.Close(file, now_ms, state_.sink);
  state_.leases.Remove(file.id());
  return true;
}

Result<bool> LeaseRecovery::Release(FileRef file, std::int64_t now_ms, MonoMs mono_ms) {
  if (CloseIfComplete(file, now_ms)) return true;
  const dfs::Block last = file.block(file.block_count() - 1);
  const std::optional<BlockSummary> known = state_.blocks.Find(last.id);
  const bool committed = known && (known->state == BlockState::kCommitted || known->state == BlockState::kComplete);
  if (committed) {
    return dfs::Exception(dfs::java::kAlreadyBeingCreated,
                          "DIR* NameSystem.internalReleaseLease: Failed to release lease for file " + file.Path() +
                              ". Committed blocks are waiting to be minimally replicated.");
  }
  if (!known || NeverWritten(last, mono_ms)) {
    state_.DropLastBlock(file, last.id);
    if (CloseIfComplete(file, now_ms)) return true;
    return dfs::Exception(dfs::java::kAlreadyBeingCreated, "Failed to release lease for file " + file.Path() +
                                                               ". Committed blocks are waiting to be minimally replicated.");
  }
  if (file.client_name() != kNamenodeHolder) {
    state_.tree.SetClient(file, kNamenodeHolder, "", state_.sink);
    state_.leases.Reassign(file.id(), kNamenodeHolder, mono_ms);
  }
  Begin(file, mono_ms);
  return false;
}

void LeaseRecovery::Begin(FileRef file, MonoMs mono_ms) {
  const dfs::Block last = file.block(file.block_count() - 1);
  const auto truncation = state_.truncations.find(last.id);
  std::optional<std::uint64_t> length;
  if (truncation != state_.truncations.end()) length = truncation->second;
  if (state_.pipelines.Find(last.id) != nullptr) unasked_.insert(last.id);
  AskPipelines();
  // Whether a holder lives does not matter here: Tick() asks again until the recovery is done.
  (void)state_.blocks.BeginRecovery(last.id, state_.NextStamp(), length, mono_ms);
}

Status LeaseRecovery::MayDrop(const dfs::Block& last) const {
  if (last.length > 0) {
    return FailedPrecondition("commitBlockSynchronization: " + dfs::ToString(last) + " is known to have " +
                              std::to_string(last.length) + " bytes, so that one without data is not taken for it");
  }
  if (ticked_ms_ - resumed_ms_ >= state_.options.leases.hard_ms) return Status::Ok();
  // A flush is acknowledged by all of a pipeline or by none, so that one that died since does not matter.
  const std::vector<Pipelines::Member>* members = state_.pipelines.Find(last.id);
  const bool asked = members == nullptr ? state_.blocks.IsPipelineKnown(last.id)
                                        : std::all_of(members->begin(), members->end(), [&](const auto& member) {
                                            const std::optional<ReplicaTarget> target = Volume(member);
                                            return target && state_.blocks.IsExpected(last.id, target->storage);
                                          });
  if (asked) return Status::Ok();
  return FailedPrecondition("commitBlockSynchronization: " + dfs::ToString(last) +
                            ": datanodes that have it may not have reported since the namenode's start");
}

std::optional<std::vector<ReplicaTarget>> LeaseRecovery::WholePipeline(dfs::BlockId block) const {
  const std::vector<Pipelines::Member>* members = state_.pipelines.Find(block);
  if (members == nullptr) return std::nullopt;
  const DatanodeTable& nodes = state_.blocks.nodes();
  std::vector<ReplicaTarget> targets;
  for (const Pipelines::Member& member : *members) {
    const std::optional<ReplicaTarget> target = Volume(member);
    if (!target || !nodes.node(target->node).alive || !nodes.storage(target->storage).usable()) return std::nullopt;
    targets.push_back(*target);
  }
  return targets;
}

std::optional<ReplicaTarget> LeaseRecovery::Volume(const Pipelines::Member& member) const {
  const DatanodeTable& nodes = state_.blocks.nodes();
  const std::optional<NodeIndex> node = nodes.FindUuid(member.node);
  if (!node) return std::nullopt;
  const std::optional<StorageIndex> storage = nodes.FindStorage(*node, member.storage);
  if (!storage) return std::nullopt;
  return ReplicaTarget{*node, *storage};
}

void LeaseRecovery::AskPipelines() {
  std::erase_if(unasked_, [&](dfs::BlockId block) {
    const std::optional<BlockSummary> known = state_.blocks.Find(block);
    if (!known || state_.blocks.IsComplete(block) || state_.pipelines.Find(block) == nullptr) return true;
    const std::optional<std::vector<ReplicaTarget>> pipeline = WholePipeline(block);
    if (pipeline) state_.blocks.ExpectHolders(block, *pipeline);
    return pipeline.has_value();
  });
}

Status LeaseRecovery::Finish(const Synchronization& result, std::int64_t now_ms) {
  const std::optional<BlockSummary> known = state_.blocks.Find(result.block.id);
  if (!known) return Status::Ok();  // deleted meanwhile
  const FileRef file = state_.tree.FindFile(known->file);
  if (!file) return Status::Ok();
  const std::size_t count = file.block_count();
  const bool is_last = count > 0 && file.block(count - 1).id == result.block.id;
  if (!is_last || !file.under_construction()) {
    if (known->block.stamp == result.new_stamp) return Status::Ok();  // said before
    return FailedPrecondition("commitBlockSynchronization: " + dfs::ToString(result.block) + " of " + file.Path() +
                              " is not under recovery");
  }
  if (result.delete_block) {
    if (state_.blocks.RecoveryStamp(result.block.id) != result.new_stamp) {
      return FailedPrecondition("commitBlockSynchronization: " + dfs::ToString(result.block) +
                                ": another recovery has begun since");
    }
    MRD_RETURN_IF_ERROR(MayDrop(file.block(count - 1)));
    state_.DropLastBlock(file, result.block.id);
  } else {
    const dfs::Block agreed{result.block.id, result.new_stamp, result.new_length};
    MRD_RETURN_IF_ERROR(state_.blocks.FinishRecovery(agreed, result.holders));
    state_.ClearTruncation(agreed.id);
    state_.pipelines.Clear(agreed.id, state_.sink);
    state_.tree.SetBlock(file, count - 1, agreed, false, state_.sink);
  }
  if (result.close_file) (void)CloseIfComplete(file, now_ms);  // else the next report or the hard limit does it
  return Status::Ok();
}

void LeaseRecovery::ReleaseExpired(std::int64_t now_ms, MonoMs mono_ms, std::size_t max) {
  ticked_ms_ = mono_ms;
  AskPipelines();
  if (state_.blocks.safe_mode().on()) return;
  for (const dfs::InodeId id : state_.leases.Expired(mono_ms, max)) {
    const FileRef file = state_.tree.FindFile(id);
    if (!file || !file.under_construction()) {
      state_.leases.Remove(id);
      continue;
    }
    const std::size_t count = file.block_count();
    const bool recovering = count > 0 && state_.blocks.RecoveryStamp(file.block(count - 1).id).value != 0 &&
                            !NeverWritten(file.block(count - 1), mono_ms);
    // A lease that stays is renewed, so that the next look is a hard limit away and not in a second.
    if (recovering || !Release(file, now_ms, mono_ms).ok()) state_.leases.Renew(state_.leases.Holder(id), mono_ms);
  }
}

void LeaseRecovery::Retry(const std::vector<dfs::BlockId>& blocks, MonoMs mono_ms) {
  for (const dfs::BlockId id : blocks) {
    const std::optional<BlockSummary> known = state_.blocks.Find(id);
    if (!known) continue;
    const FileRef file = state_.tree.FindFile(known->file);
    if (!file || !file.under_construction() || file.block_count() == 0) continue;
    if (file.block(file.block_count() - 1).id == id) Begin(file, mono_ms);
  }
}

void LeaseRecovery::Resume(std::int64_t now_ms, MonoMs mono_ms) {
  resumed_ms_ = ticked_ms_ = mono_ms;
  std::vector<dfs::InodeId> released;
  for (const auto& [file, holder] : state_.leases.files()) {
    if (holder == kNamenodeHolder) released.push_back(file);
  }
  for (const dfs::InodeId id : released) {
    const FileRef file = state_.tree.FindFile(id);
    if (file && file.under_construction()) (void)Release(file, now_ms, mono_ms);
  }
  for (const auto& [block, length] : std::map<dfs::BlockId, std::uint64_t>(state_.truncations)) {
    if (state_.blocks.RecoveryStamp(block).value == 0) Retry({block}, mono_ms);
  }
}

}  // namespace mrd::namenode
