#include "namenode/core/writing.h"

#include <algorithm>
#include <utility>

#include "dfs/errors.h"

namespace mrd::namenode {
namespace {

Status Io(std::string message) { return dfs::Exception(dfs::java::kIo, std::move(message)); }

std::uint64_t LengthBefore(FileRef file, std::size_t index) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < index; ++i) length += file.block(i).length;
  return length;
}

// For messages: a block that may be absent.
std::string Name(const std::optional<dfs::Block>& block) { return block ? dfs::ToString(*block) : "null"; }

}  // namespace

Status Writing::CheckPool(const dfs::ExtendedBlock& block) const {
  if (block.pool == state_.info.pool_id) return Status::Ok();
  return Io("Unexpected BlockPoolId " + block.pool + " - expected " + state_.info.pool_id);
}

std::vector<NodeIndex> Writing::Indices(const std::vector<dfs::DatanodeId>& ids) const {
  std::vector<NodeIndex> nodes;
  for (const dfs::DatanodeId& id : ids) {
    std::optional<NodeIndex> node = state_.blocks.nodes().FindUuid(id.uuid);
    if (!node) node = state_.blocks.nodes().FindAddress(id.XferAddress());
    if (node) nodes.push_back(*node);
  }
  return nodes;
}

Result<dfs::FileStatus> Writing::Create(const CallContext& call, CreateRequest request) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("create file" + request.path));
  request.client_machine = call.client_ip;
  MRD_ASSIGN_OR_RETURN(const FileRef existing, state_.tree.CheckCreate(call.caller, request));
  const bool overwrite = (request.flags & dfs::kCreateFlagOverwrite) != 0;
  if (existing && existing.under_construction() && !overwrite) {
    MRD_RETURN_IF_ERROR(recovery_.TakeOver(call, existing, request.client_name, LeaseRecovery::kCreateFile));
  }
  MRD_ASSIGN_OR_RETURN(const CreateResult created, state_.tree.CreateFile(state_.Change(call), request));
  state_.Forget(created.replaced);
  state_.leases.Add(request.client_name, created.file.id(), call.mono_ms);
  return state_.tree.StatusOf(created.file);
}

Result<AppendResult> Writing::Append(const CallContext& call, const std::string& path, const std::string& client_name,
                                     std::uint32_t flags) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("append to file" + path));
  MRD_ASSIGN_OR_RETURN(const FileRef file, state_.tree.FileForAppend(call.caller, path, client_name));
  if (file.under_construction()) {
    MRD_RETURN_IF_ERROR(recovery_.TakeOver(call, file, client_name, LeaseRecovery::kAppendFile));
  }
  const bool new_block = (flags & dfs::kCreateFlagNewBlock) != 0;
  const std::size_t count = file.block_count();
  AppendResult result;
  bool reopen = false;
  if (count > 0) {
    const dfs::Block last = file.block(count - 1);
    if (!state_.blocks.IsComplete(last.id) && !state_.blocks.Complete(last.id)) {
      return dfs::Exception(dfs::java::kRetriable, "append: lastBlock=" + dfs::ToString(last) + " of src=" + path +
                                                       " is COMMITTED but not yet COMPLETE.");
    }
    reopen = !new_block && last.length < file.block_size();
    if (reopen || new_block) {
      result.last_block = reading_.LocateBlock(call, last, LengthBefore(file, count - 1));
      if (new_block) {
        result.last_block->locations.clear();
      } else if (result.last_block->locations.empty() || result.last_block->corrupt) {
        return Io("append: lastBlock=" + dfs::ToString(last) + " of src=" + path +
                  " is not sufficiently replicated yet: no live replica of it is known");
      }
    }
  }
  MRD_RETURN_IF_ERROR(state_.tree.OpenForAppend(file, client_name, call.client_ip, reopen, state_.sink));
  if (reopen) state_.blocks.Reopen(file.block(count - 1).id);
  state_.leases.Add(client_name, file.id(), call.mono_ms);
  result.status = state_.tree.StatusOf(file);
  return result;
}

bool Writing::PenultimateIsComplete(FileRef file) {
  const std::size_t count = file.block_count();
  return count < 2 || state_.blocks.Complete(file.block(count - 2).id);
}

Status Writing::CommitLast(FileRef file, const dfs::Block& last) {
  const std::size_t index = file.block_count() - 1;
  const dfs::Block stored = file.block(index);
  if (state_.blocks.IsComplete(last.id)) {
    if (stored.length == last.length) return Status::Ok();
    return Io("commitBlock: " + dfs::ToString(last) + " is complete with " + std::to_string(stored.length) +
              " bytes, not " + std::to_string(last.length));
  }
  MRD_RETURN_IF_ERROR(state_.blocks.Commit(last));
  state_.tree.SetBlock(file, index, last, false, state_.sink);
  state_.pipelines.Clear(last.id, state_.sink);
  state_.blocks.Complete(last.id);  // when a replica was reported already, which is the rule
  return Status::Ok();
}

Result<dfs::LocatedBlock> Writing::AddBlock(const CallContext& call, const AddBlockRequest& request) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("add block to " + request.path));
  MRD_ASSIGN_OR_RETURN(const FileRef file, state_.tree.FileForLease(request.path, request.file, request.client_name));
  std::optional<dfs::Block> previous;
  if (request.previous) {
    MRD_RETURN_IF_ERROR(CheckPool(*request.previous));
    previous = request.previous->block;
  }
  const std::size_t count = file.block_count();
  std::optional<dfs::Block> last;
  if (count > 0) last = file.block(count - 1);
  std::optional<dfs::Block> penultimate;
  if (count > 1) penultimate = file.block(count - 2);

  const auto same = [](const std::optional<dfs::Block>& a, const std::optional<dfs::Block>& b) {
    return a.has_value() == b.has_value() && (!a || a->id == b->id);
  };
  std::optional<dfs::Block> again;  // the block of a first request, whose reply got lost
  if (!same(previous, last)) {
    const bool last_complete = last && state_.blocks.IsComplete(last->id);
    const bool append_at_boundary = !previous && last_complete && last->length >= file.block_size();
    if (!append_at_boundary) {
      if (!last || !same(previous, penultimate)) {
        return Io("Cannot allocate block in " + request.path + ": passed 'previous' block " + Name(previous) +
                  " does not match actual last block in file " + Name(last));
      }
      if (last->length != 0 || last_complete) {
        return Io("Request looked like a retry to allocate block " + Name(last) + " but it already contains " +
                  std::to_string(last->length) + " bytes");
      }
      dfs::LocatedBlock located = reading_.LocateBlock(call, *last, LengthBefore(file, count - 1));
      if (!located.locations.empty()) return located;
      again = last;  // where it was to go was forgotten by a restart
    }
  }
  if (!again) {
    if (!PenultimateIsComplete(file)) {
      return dfs::Exception(dfs::java::kNotReplicatedYet, "Not replicated yet: " + request.path);
    }
    if (previous) MRD_RETURN_IF_ERROR(CommitLast(file, *previous));
    MRD_RETURN_IF_ERROR(state_.tree.CheckBlockQuota(file));
  }

  PlacementRequest wish;
  wish.count = file.replication();
  wish.block_size = file.block_size();
  wish.client.ip = call.client_ip;
  wish.excluded = Indices(request.excluded);
  wish.favoured = request.favoured;
  wish.no_local_write = request.no_local_write;
  wish.ignore_client_locality = request.ignore_client_locality;
  const PlacementResult placed = state_.blocks.Place(wish, call.mono_ms);
  if (placed.targets.size() < state_.options.blocks.min_replication) {
    return Io(ShortfallText(placed, request.path, state_.options.blocks.min_replication));
  }
  dfs::Block block;
  if (again) {
    block = *again;
    state_.blocks.Remove(block.id);
  } else {
    block.id = state_.NextBlockId();
    block.stamp = state_.NextStamp();
    MRD_RETURN_IF_ERROR(state_.tree.AddBlock(file, block, state_.sink));
  }
  state_.blocks.AddOpen(block, file.id(), file.replication(), placed.targets);
  state_.SetPipeline(block.id, placed.targets);

  dfs::LocatedBlock located;
  located.block = state_.Extend(block);
  located.offset = LengthBefore(file, file.block_count() - 1);
  for (const ReplicaTarget& target : placed.targets) located.locations.push_back(state_.blocks.nodes().Location(target));
  return located;
}

Status Writing::AbandonBlock(const dfs::Block& block, const std::string& path, dfs::InodeId id,
                             const std::string& client_name) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("abandon block " + dfs::ToString(block) + " for file" + path));
  MRD_ASSIGN_OR_RETURN(const FileRef file, state_.tree.FileForLease(path, id, client_name));
  const std::size_t count = file.block_count();
  if (count == 0 || file.block(count - 1).id != block.id) return Status::Ok();
  const std::optional<BlockSummary> known = state_.blocks.Find(block.id);
  if (known && known->state != BlockState::kUnderConstruction) return Status::Ok();
  state_.DropLastBlock(file, block.id);
  return Status::Ok();
}

Result<FileRef> Writing::FileOfOpenBlock(const dfs::Block& block, const std::string& client_name) const {
  const std::optional<BlockSummary> known = state_.blocks.Find(block.id);
  if (!known || known->state != BlockState::kUnderConstruction) {
    return Io(dfs::ToString(block) + " does not exist or is not under construction");
  }
  const FileRef file = state_.tree.FindFile(known->file);
  if (!file || !file.under_construction()) {
    return Io("The file " + (file ? file.Path() : std::string("of it")) + " belonged to does not exist or it is not under "
              "construction: " + dfs::ToString(block));
  }
  if (file.client_name() != client_name) {
    return dfs::Exception(dfs::java::kLeaseExpired, "Lease mismatch: " + dfs::ToString(block) + " is accessed by a non lease holder " +
                                                        client_name);
  }
  return file;
}

Result<dfs::LocatedBlock> Writing::GetAdditionalDatanode(const CallContext& call,
                                                         const AdditionalDatanodeRequest& request) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("add datanode; src=" + request.path));
  MRD_RETURN_IF_ERROR(CheckPool(request.block));
  MRD_ASSIGN_OR_RETURN(const FileRef file, state_.tree.FileForLease(request.path, request.file, request.client_name));
  std::vector<std::string> nodes;
  std::vector<std::string> storages;
  for (const NamedTarget& target : request.existing) {
    nodes.push_back(target.node_uuid);
    storages.push_back(target.storage_uuid);
  }
  MRD_ASSIGN_OR_RETURN(std::vector<ReplicaTarget> targets, state_.blocks.FindTargets(nodes, storages));
  PlacementRequest wish;
  wish.count = request.count;
  wish.block_size = file.block_size();
  wish.client.ip = call.client_ip;
  for (const ReplicaTarget& target : targets) wish.existing.push_back(target.node);
  wish.excluded = Indices(request.excluded);
  const PlacementResult placed = state_.blocks.Place(wish, call.mono_ms);
  targets.insert(targets.end(), placed.targets.begin(), placed.targets.end());
  dfs::LocatedBlock located;
  located.block = request.block;
  for (const ReplicaTarget& target : targets) located.locations.push_back(state_.blocks.nodes().Location(target));
  return located;
}

Result<bool> Writing::Complete(const CallContext& call, const std::string& path, const std::string& client_name,
                               const std::optional<dfs::ExtendedBlock>& last, dfs::InodeId id) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("complete file " + path));
  if (last) MRD_RETURN_IF_ERROR(CheckPool(*last));
  const FileRef closed = id.value != 0 ? state_.tree.FindFile(id) : state_.tree.FindFile(path);
  if (closed && !closed.under_construction()) {
    // The reply to an earlier call got lost, if the file ends as this client says.
    const std::size_t count = closed.block_count();
    if (last ? count > 0 && closed.block(count - 1).id == last->block.id : count == 0) return true;
  }
  MRD_ASSIGN_OR_RETURN(const FileRef file, state_.tree.FileForLease(path, id, client_name));
  if (!PenultimateIsComplete(file)) return false;
  const std::size_t count = file.block_count();
  if (last) {
    if (count == 0 || file.block(count - 1).id != last->block.id) {
      return Io("complete: " + dfs::ToString(last->block) + " is not the last block of " + path);
    }
    MRD_RETURN_IF_ERROR(CommitLast(file, last->block));
  }
  return recovery_.CloseIfComplete(file, call.now_ms);
}

Status Writing::Fsync(const std::string& path, const std::string& client_name, dfs::InodeId id,
                      std::int64_t last_block_length) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("fsync file " + path));
  MRD_ASSIGN_OR_RETURN(const FileRef file, state_.tree.FileForLease(path, id, client_name));
  const std::size_t count = file.block_count();
  if (last_block_length <= 0 || count == 0) return Status::Ok();
  dfs::Block last = file.block(count - 1);
  if (state_.blocks.IsComplete(last.id) || static_cast<std::uint64_t>(last_block_length) <= last.length) return Status::Ok();
  last.length = static_cast<std::uint64_t>(last_block_length);
  state_.blocks.SetOpenLength(last.id, last.length);
  state_.tree.SetBlock(file, count - 1, last, true, state_.sink);
  return Status::Ok();
}

Result<dfs::LocatedBlock> Writing::UpdateBlockForPipeline(const CallContext&, const dfs::ExtendedBlock& block,
                                                          const std::string& client_name) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("get a new GS for block " + dfs::ToString(block.block)));
  MRD_RETURN_IF_ERROR(CheckPool(block));
  MRD_RETURN_IF_ERROR(FileOfOpenBlock(block.block, client_name).status());
  dfs::LocatedBlock located;
  located.block = block;
  located.block.block.stamp = state_.NextStamp();
  return located;
}

Status Writing::UpdatePipeline(const std::string& client_name, const dfs::ExtendedBlock& old_block,
                               const dfs::ExtendedBlock& new_block, const std::vector<NamedTarget>& targets) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("update pipeline of " + dfs::ToString(old_block.block)));
  MRD_RETURN_IF_ERROR(CheckPool(new_block));
  MRD_ASSIGN_OR_RETURN(const FileRef file, FileOfOpenBlock(old_block.block, client_name));
  const std::size_t count = file.block_count();
  if (count == 0 || file.block(count - 1).id != old_block.block.id || new_block.block.id != old_block.block.id) {
    return Io("updatePipeline: " + dfs::ToString(old_block.block) + " is not the last block of " + file.Path());
  }
  const dfs::Block stored = file.block(count - 1);
  if (new_block.block.stamp <= stored.stamp || new_block.block.length < stored.length) {
    return Io("Update " + dfs::ToString(stored) + " (size=" + std::to_string(stored.length) +
              ") to an older state: " + dfs::ToString(new_block.block) + " (size=" +
              std::to_string(new_block.block.length) + ")");
  }
  if (new_block.block.stamp > state_.LastStamp()) {
    return Io("updatePipeline: the generation stamp of " + dfs::ToString(new_block.block) + " was never given out");
  }
  std::vector<std::string> nodes;
  std::vector<std::string> storages;
  for (const NamedTarget& target : targets) {
    nodes.push_back(target.node_uuid);
    storages.push_back(target.storage_uuid);
  }
  MRD_ASSIGN_OR_RETURN(const std::vector<ReplicaTarget> found, state_.blocks.FindTargets(nodes, storages));
  state_.blocks.UpdatePipeline(new_block.block, found);
  state_.SetPipeline(new_block.block.id, found);
  state_.tree.SetBlock(file, count - 1, new_block.block, true, state_.sink);
  return Status::Ok();
}

Result<bool> Writing::Truncate(const CallContext& call, const std::string& path, std::int64_t new_length,
                               const std::string& client_name) {
  MRD_RETURN_IF_ERROR(state_.RefuseInSafeMode("truncate for " + path));
  if (new_length < 0) {
    return dfs::Exception(dfs::java::kHadoopIllegalArgument,
                          "Cannot truncate to a negative file size: " + std::to_string(new_length) + ".");
  }
  const std::uint64_t target = static_cast<std::uint64_t>(new_length);
  MRD_ASSIGN_OR_RETURN(const FileRef file, state_.tree.FileForWrite(call.caller, path));
  if (file.under_construction()) {
    const std::size_t count = file.block_count();
    if (count > 0 && file.client_name() == client_name) {
      const dfs::Block last = file.block(count - 1);
      const auto cut = state_.truncations.find(last.id);
      const bool again = cut != state_.truncations.end() && file.length() - last.length + cut->second == target;
      if (again) return false;
    }
    MRD_RETURN_IF_ERROR(recovery_.TakeOver(call, file, client_name, LeaseRecovery::kTruncateFile));
  }
  const std::uint64_t length = file.length();
  if (target == length) return true;
  if (target > length) {
    return dfs::Exception(dfs::java::kHadoopIllegalArgument,
                          "Cannot truncate to a larger file size. Current size: " + std::to_string(length) +
                              ", truncate size: " + std::to_string(target) + ".");
  }
  std::vector<dfs::Block> kept;
  std::vector<dfs::Block> dropped;
  std::uint64_t begin = 0;
  for (const dfs::Block& block : file.blocks()) {
    (begin < target ? kept : dropped).push_back(block);
    begin += block.length;
  }
  std::uint64_t kept_length = 0;
  for (const dfs::Block& block : kept) kept_length += block.length;
  const bool on_boundary = kept_length == target;
  if (!on_boundary) {
    const dfs::Block& last = kept.back();
    if (!state_.blocks.IsComplete(last.id) && !state_.blocks.Complete(last.id)) {
      return dfs::Exception(dfs::java::kRetriable, "truncate: " + dfs::ToString(last) + " of " + path +
                                                       " is COMMITTED but not yet COMPLETE.");
    }
  }
  MRD_RETURN_IF_ERROR(state_.tree.OpenForAppend(file, client_name, call.client_ip, false, state_.sink));
  // The old length stays visible until the datanodes have cut their replicas: who waits for the new one then reads it.
  state_.tree.SetBlocks(file, kept, !on_boundary, state_.sink);
  for (const dfs::Block& block : dropped) state_.blocks.Remove(block.id);
  if (on_boundary) {
    state_.tree.Close(file, call.now_ms, state_.sink);
    return true;
  }
  const dfs::BlockId cut = kept.back().id;
  state_.leases.Add(client_name, file.id(), call.mono_ms);
  state_.blocks.Reopen(cut);
  const std::uint64_t cut_length = kept.back().length - (kept_length - target);
  state_.SetTruncation(cut, cut_length);
  state_.tree.SetModified(file, call.now_ms, state_.sink);
  (void)state_.blocks.BeginRecovery(cut, state_.NextStamp(), cut_length, call.mono_ms);
  return false;
}

}  // namespace mrd::namenode
