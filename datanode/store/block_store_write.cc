// The writing half of BlockStore: creation, the take-overs of hdfs-protocol §4.5, and the end of a writer.

#include <algorithm>
#include <utility>

#include "datanode/store/block_store.h"
#include "datanode/store/own_file.h"
#include "datanode/store/replica_name.h"
#include "datanode/store/replica_tail.h"
#include "dfs/errors.h"
#include "dfs/wire/meta_header.h"

namespace mrd::datanode {

using dfs::ReplicaState;
using dfs::wire::kMetaHeaderBytes;

namespace {

// Cuts off what a failed write left behind the replica's end, which a restart would take for its content.
Status TrimData(Env& env, const std::string& dir, const dfs::Block& block, CrashPoints& crash_points) {
  const std::string path = dir + "/" + DataFileName(block.id);
  MRD_ASSIGN_OR_RETURN(const FileInfo entry, env.LinkStat(path));
  if (entry.size_bytes == block.length) return Status::Ok();
  if (entry.size_bytes < block.length) {
    return Corruption(path + " has " + std::to_string(entry.size_bytes) + " bytes instead of " +
                      std::to_string(block.length));
  }
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> data, env.OpenForUpdate(path));
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> meta, env.OpenForUpdate(dir + "/" + MetaFileName(block.id, block.stamp)));
  MRD_ASSIGN_OR_RETURN(const dfs::wire::ChecksumSpec spec, ReadMetaHeader(*meta));
  return CutReplica({*data, *meta}, spec, block.length, crash_points).status();
}

}  // namespace

Result<Volume*> BlockStore::ChooseVolume(const NewReplica& replica) {
  struct Candidate {
    Volume* volume;
    std::uint64_t room;
  };
  std::vector<Candidate> fitting;
  std::uint64_t most_room = 0;
  for (const std::unique_ptr<Volume>& volume : volumes_) {
    const std::uint64_t room = volume->Available();
    most_room = std::max(most_room, room);
    if (room > 0 && room >= replica.block.block.length) fitting.push_back({volume.get(), room});
  }
  if (fitting.empty()) {
    CheckVolumes();  // a disk that has vanished has no room either
    return ResourceExhausted(ToString(replica.block.block) + ": no volume has room for " +
                             std::to_string(replica.block.block.length) + " bytes; the emptiest has " +
                             std::to_string(most_room) + ". Free or add disks");
  }
  for (const Candidate& candidate : fitting) {
    if (candidate.volume->storage_id() == replica.storage_id) return candidate.volume;
  }
  const bool has_type = std::any_of(fitting.begin(), fitting.end(),
                                    [&](const Candidate& c) { return c.volume->type() == replica.type; });
  if (has_type) std::erase_if(fitting, [&](const Candidate& c) { return c.volume->type() != replica.type; });
  if (options_.choice == VolumeChoice::kMostRoom) {
    return std::max_element(fitting.begin(), fitting.end(),
                            [](const Candidate& a, const Candidate& b) { return a.room < b.room; })
        ->volume;
  }
  const std::lock_guard lock(mutex_);
  return fitting[next_volume_++ % fitting.size()].volume;
}

Result<std::shared_ptr<ReplicaWriter>> BlockStore::CreateRbw(const NewReplica& replica) {
  return Create(replica, ReplicaState::kRbw);
}

Result<std::shared_ptr<ReplicaWriter>> BlockStore::CreateTemporary(const NewReplica& replica) {
  return Create(replica, ReplicaState::kTemporary);
}

Result<std::shared_ptr<ReplicaWriter>> BlockStore::Create(const NewReplica& replica, ReplicaState state) {
  const dfs::Block& block = replica.block.block;
  MRD_RETURN_IF_ERROR(CheckPool(replica.block));
  const std::lock_guard lock(LockOf(block.id));
  if (Result<Replica> there = Lookup(replica.block); there.ok()) {
    // What an older attempt left unfinished gives way to a copy of a newer state of the block.
    const bool unfinished = there->state == ReplicaState::kTemporary || there->state == ReplicaState::kRbw;
    if (state != ReplicaState::kTemporary || !unfinished || there->stamp >= block.stamp) {
      return AlreadyExists("Block " + ToString(block) + " already exists as " + Name(replica.block, *there) +
                           " and thus cannot be created.");
    }
    StopWriter(*there);
    MRD_RETURN_IF_ERROR(RemoveFiles(VolumeOf(*there), block.id, {there->state, there->stamp}));
    Erase(block.id);
  }
  MRD_ASSIGN_OR_RETURN(Volume* const volume, ChooseVolume(replica));
  if (!volume->Reserve(block.length)) {
    return ResourceExhausted(ToString(block) + ": no room for " + std::to_string(block.length) + " bytes on " +
                             volume->dir());
  }
  Result<std::shared_ptr<ReplicaWriter>> writer = CreateFiles(replica, *volume, state);
  if (!writer.ok()) {
    volume->Release(block.length);
    return Blame(*volume, writer.status().WithContext("create " + ToString(block)));
  }
  Replica entry;
  entry.stamp = block.stamp;
  entry.state = state;
  entry.volume = static_cast<std::uint16_t>(volume->index());
  entry.writer = *writer;
  Put(block.id, entry);
  return writer;
}

Result<std::shared_ptr<ReplicaWriter>> BlockStore::CreateFiles(const NewReplica& replica,
                                                               Volume& volume,
                                                               ReplicaState state) {
  const dfs::Block& block = replica.block.block;
  MRD_ASSIGN_OR_RETURN(const std::string dir, volume.MakeDirOf(block.id, state));
  const std::string data_path = dir + "/" + DataFileName(block.id);
  const std::string meta_path = dir + "/" + MetaFileName(block.id, block.stamp);
  ReplicaWriter::Start start;
  start.block = dfs::Block{block.id, block.stamp, 0};
  start.spec = replica.spec;
  start.reserved = block.length;
  Status status = [&]() -> Status {
    crash_points_.Pass("create.before_data");
    MRD_ASSIGN_OR_RETURN(start.data, env_.CreateOrTruncate(data_path));
    crash_points_.Pass("create.before_meta");
    MRD_ASSIGN_OR_RETURN(start.meta, env_.CreateOrTruncate(meta_path));
    const auto header = dfs::wire::EncodeMetaHeader(replica.spec);
    return start.meta->Append(header.data(), header.size());
  }();
  if (!status.ok()) {
    // Whatever of this fails is removed by the next start.
    (void)env_.RemoveFile(data_path);
    (void)env_.RemoveFile(meta_path);
    return status;
  }
  volume.AddUsed(kMetaHeaderBytes);
  return std::make_shared<ReplicaWriter>(volume, crash_points_, std::move(start));
}

void BlockStore::StopWriter(Replica& replica) {
  if (!replica.writer) return;
  replica.writer->Revoke();
  replica.length = replica.writer->received();
  replica.acknowledged = replica.writer->acknowledged();
  replica.writer.reset();
}

std::size_t BlockStore::EvictWriters() {
  std::vector<dfs::BlockId> written;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, replica] : replicas_) {
      if (replica.state == ReplicaState::kRbw && replica.writer) written.push_back(id);
    }
  }
  std::size_t evicted = 0;
  for (const dfs::BlockId id : written) {
    const std::lock_guard lock(LockOf(id));
    Replica replica;
    {
      const std::lock_guard table(mutex_);
      const auto found = replicas_.find(id);
      if (found == replicas_.end() || found->second.state != ReplicaState::kRbw || !found->second.writer) continue;
      replica = found->second;
    }
    StopWriter(replica);
    Put(id, replica);
    ++evicted;
  }
  return evicted;
}

Status BlockStore::CheckRecoverable(const dfs::ExtendedBlock& block,
                                    const Replica& replica,
                                    dfs::GenerationStamp new_stamp) const {
  if (replica.stamp < block.block.stamp || replica.stamp > new_stamp) {
    return FailedPrecondition("Unmatched generation stamps for " + Name(block, replica) + ": expected between " +
                              std::to_string(block.block.stamp.value) + " and " + std::to_string(new_stamp.value));
  }
  return Status::Ok();
}

Result<std::shared_ptr<ReplicaWriter>> BlockStore::Append(const dfs::ExtendedBlock& block,
                                                          dfs::GenerationStamp new_stamp) {
  const std::lock_guard lock(LockOf(block.block.id));
  MRD_ASSIGN_OR_RETURN(Replica replica, Lookup(block));
  if (replica.state != ReplicaState::kFinalized)
    return dfs::Exception(dfs::java::kReplicaNotFound, "Cannot append to an unfinalized replica " + Name(block, replica));
  if (replica.stamp != block.block.stamp || new_stamp < replica.stamp || replica.length != block.block.length) {
    return FailedPrecondition("Cannot append to " + Name(block, replica) + ": it has " +
                              std::to_string(replica.length) + " bytes, asked for was " + ToString(block.block) +
                              " with " + std::to_string(block.block.length) + " bytes");
  }
  return ReopenForAppend(block.block, replica, new_stamp);
}

Result<std::shared_ptr<ReplicaWriter>> BlockStore::RecoverAppend(const dfs::ExtendedBlock& block,
                                                                 dfs::GenerationStamp new_stamp) {
  const std::lock_guard lock(LockOf(block.block.id));
  MRD_ASSIGN_OR_RETURN(Replica replica, Lookup(block));
  if (replica.state == ReplicaState::kTemporary || replica.state == ReplicaState::kRur)
    return dfs::Exception(dfs::java::kReplicaNotFound, "Cannot recover append/close to " + Name(block, replica));
  MRD_RETURN_IF_ERROR(CheckRecoverable(block, replica, new_stamp));
  if (replica.Length() != block.block.length) {
    return FailedPrecondition("Corrupted replica " + Name(block, replica) + " with a length of " +
                              std::to_string(replica.Length()) + ", expected length is " +
                              std::to_string(block.block.length));
  }
  StopWriter(replica);
  return ReopenForAppend(block.block, replica, new_stamp);
}

Result<std::shared_ptr<ReplicaWriter>> BlockStore::ReopenForAppend(const dfs::Block& block,
                                                                   Replica& replica,
                                                                   dfs::GenerationStamp new_stamp) {
  Volume& volume = VolumeOf(replica);
  const Place from{replica.state, replica.stamp};
  if (Status moved = Move(volume, block.id, from, {ReplicaState::kRbw, new_stamp}, "append"); !moved.ok()) {
    Put(block.id, replica);
    return Blame(volume, std::move(moved));
  }
  // All of it was acknowledged: it is the length that the client names.
  replica.acknowledged = replica.length;
  replica.state = ReplicaState::kRbw;
  replica.stamp = new_stamp;
  Result<std::shared_ptr<ReplicaWriter>> writer = Reopen(block.id, replica, replica.length);
  Put(block.id, replica);
  if (!writer.ok()) return Blame(volume, writer.status().WithContext("append to " + ToString(block)));
  return writer;
}

Result<std::shared_ptr<ReplicaWriter>> BlockStore::RecoverStreaming(const dfs::ExtendedBlock& block,
                                                                    dfs::GenerationStamp new_stamp,
                                                                    const SentBytes& bytes) {
  const std::lock_guard lock(LockOf(block.block.id));
  MRD_ASSIGN_OR_RETURN(Replica replica, Lookup(block));
  // One that waits for recovery since a restart has all that was acknowledged, so its writer may as well go on.
  const bool waiting = replica.state == ReplicaState::kRwr;
  if (replica.state != ReplicaState::kRbw && !waiting)
    return dfs::Exception(dfs::java::kReplicaNotFound, "Cannot recover a non-RBW replica " + Name(block, replica));
  MRD_RETURN_IF_ERROR(CheckRecoverable(block, replica, new_stamp));
  StopWriter(replica);
  if (waiting) replica.acknowledged = std::min(replica.length, bytes.acknowledged);
  if (replica.acknowledged < bytes.acknowledged || replica.length > bytes.sent) {
    Put(block.block.id, replica);
    return FailedPrecondition("Unmatched length for " + Name(block, replica) + ": acknowledged " +
                              std::to_string(replica.acknowledged) + ", received " + std::to_string(replica.length) +
                              ", the client says " + std::to_string(bytes.acknowledged) + " and " +
                              std::to_string(bytes.sent));
  }
  Volume& volume = VolumeOf(replica);
  replica.state = ReplicaState::kRbw;
  Status moved =
      Move(volume, block.block.id, {ReplicaState::kRbw, replica.stamp}, {ReplicaState::kRbw, new_stamp}, "stamp");
  if (moved.ok()) replica.stamp = new_stamp;
  Result<std::shared_ptr<ReplicaWriter>> writer =
      moved.ok() ? Reopen(block.block.id, replica, replica.acknowledged)
                 : Result<std::shared_ptr<ReplicaWriter>>(std::move(moved));
  Put(block.block.id, replica);
  if (!writer.ok()) return Blame(volume, writer.status().WithContext("recover " + Name(block, replica)));
  return writer;
}

Result<std::shared_ptr<ReplicaWriter>> BlockStore::Reopen(dfs::BlockId id, Replica& replica, std::uint64_t keep) {
  Volume& volume = VolumeOf(replica);
  MRD_RETURN_IF_ERROR(TakeBack(volume, id, replica));
  const std::string dir = volume.DirOf(id, replica.state);
  ReplicaWriter::Start start;
  for (const std::string& name : {DataFileName(id), MetaFileName(id, replica.stamp)}) {
    const std::string path = dir + "/" + name;
    MRD_ASSIGN_OR_RETURN(const FileInfo entry, env_.LinkStat(path));  // opening would make what is absent
    if (entry.type != FileType::kFile) return Corruption(path + " is a link, not a replica's file");
    MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, env_.OpenForUpdate(path));
    (start.data == nullptr ? start.data : start.meta) = std::move(file);
  }
  const ReplicaFiles files{*start.data, *start.meta};
  MRD_ASSIGN_OR_RETURN(start.spec, ReadMetaHeader(*start.meta));
  const std::uint64_t before = replica.length + start.spec.ChecksumBytes(replica.length);
  MRD_ASSIGN_OR_RETURN(const std::uint64_t data_bytes, start.data->Size());
  if (keep < data_bytes) {  // also what a failed write left behind
    MRD_ASSIGN_OR_RETURN(start.partial_checksum, CutReplica(files, start.spec, keep, crash_points_));
  } else {
    MRD_ASSIGN_OR_RETURN(start.partial_checksum, LoadPartialChecksum(files, start.spec, keep));
  }
  volume.AddUsed(static_cast<std::int64_t>(keep + start.spec.ChecksumBytes(keep)) - static_cast<std::int64_t>(before));
  start.block = dfs::Block{id, replica.stamp, keep};
  start.acknowledged = std::min(replica.acknowledged, keep);
  replica.length = keep;
  replica.writer = std::make_shared<ReplicaWriter>(volume, crash_points_, std::move(start));
  return replica.writer;
}

Result<FinalizedReplica> BlockStore::RecoverClose(const dfs::ExtendedBlock& block, dfs::GenerationStamp new_stamp) {
  const std::lock_guard lock(LockOf(block.block.id));
  MRD_ASSIGN_OR_RETURN(Replica replica, Lookup(block));
  if (replica.state == ReplicaState::kTemporary || replica.state == ReplicaState::kRur)
    return dfs::Exception(dfs::java::kReplicaNotFound, "Cannot recover append/close to " + Name(block, replica));
  MRD_RETURN_IF_ERROR(CheckRecoverable(block, replica, new_stamp));
  if (replica.Length() != block.block.length) {
    return FailedPrecondition("Corrupted replica " + Name(block, replica) + " with a length of " +
                              std::to_string(replica.Length()) + ", expected length is " +
                              std::to_string(block.block.length));
  }
  StopWriter(replica);
  MRD_RETURN_IF_ERROR(FinishFinalize(block.block.id, replica, new_stamp));
  return FinalizedReplica{{block.block.id, replica.stamp, replica.length}, VolumeOf(replica).storage_id()};
}

// Puts the entry whatever happens, so that it tells what is on the disk.
Status BlockStore::FinishFinalize(dfs::BlockId id, Replica& replica, dfs::GenerationStamp new_stamp) {
  Volume& volume = VolumeOf(replica);
  Status status;
  if (replica.state != ReplicaState::kFinalized) status = TakeBack(volume, id, replica);
  if (status.ok() && replica.state != ReplicaState::kFinalized)
    status = TrimData(env_, volume.DirOf(id, replica.state), {id, replica.stamp, replica.length}, crash_points_);
  if (status.ok() && options_.sync_on_close) status = SyncFiles(volume, id, {replica.state, replica.stamp});
  if (status.ok()) {
    status = Move(volume, id, {replica.state, replica.stamp}, {ReplicaState::kFinalized, new_stamp}, "finalize");
  }
  if (status.ok()) {
    replica.state = ReplicaState::kFinalized;
    replica.stamp = new_stamp;
    replica.recovery = {};
  }
  Put(id, replica);
  crash_points_.Pass("finalize.after_data");
  return status.ok() ? status : Blame(volume, std::move(status).WithContext("finalize " + DataFileName(id)));
}

Result<UniqueFd> BlockStore::Lend(const std::shared_ptr<ReplicaWriter>& writer) {
  const Volume& volume = writer->volume();
  return writer->Lend(env_, volume.DirOf(writer->block().id, ReplicaState::kRbw) + "/" + DataFileName(writer->block().id));
}

Status BlockStore::TakeBack(Volume& volume, dfs::BlockId id, const Replica& replica) {
  const std::string path = volume.DirOf(id, replica.FileState()) + "/" + DataFileName(id);
  MRD_ASSIGN_OR_RETURN(const bool copied,
                       OwnFile(env_, path, volume.PoolDir() + "/tmp/" + DataFileName(id) + ".own", replica.length));
  if (copied) log_.Warn(path + " was copied, since a client still has it open for writing");
  return Status::Ok();
}

Result<FinalizedReplica> BlockStore::Finalize(const std::shared_ptr<ReplicaWriter>& writer, bool sync) {
  // Flushed before the lock is taken: it may last, and other blocks share the lock.
  if (sync) {
    if (Status flushed = writer->Sync(); !flushed.ok()) return Blame(writer->volume(), std::move(flushed));
  }
  const dfs::BlockId id = writer->block().id;
  const std::lock_guard lock(LockOf(id));
  Replica replica;
  {
    const std::lock_guard map_lock(mutex_);
    const auto found = replicas_.find(id);
    if (found == replicas_.end() || found->second.writer != writer || writer->revoked())
      return Cancelled(ToString(writer->block()) + ": another writer or a recovery has taken the replica over");
    replica = found->second;
  }
  if (Status closed = writer->Close(); !closed.ok()) return Blame(writer->volume(), std::move(closed));
  replica.writer.reset();
  replica.length = writer->received();
  replica.acknowledged = replica.length;
  MRD_RETURN_IF_ERROR(FinishFinalize(id, replica, replica.stamp));
  if (sync) {
    const Status flushed = env_.SyncDir(writer->volume().DirOf(id, ReplicaState::kFinalized));
    if (!flushed.ok()) return Blame(writer->volume(), flushed);
  }
  return FinalizedReplica{{id, replica.stamp, replica.length}, writer->volume().storage_id()};
}

Status BlockStore::ConvertToRbw(const std::shared_ptr<ReplicaWriter>& writer) {
  const dfs::BlockId id = writer->block().id;
  const std::lock_guard lock(LockOf(id));
  Replica replica;
  {
    const std::lock_guard map_lock(mutex_);
    const auto found = replicas_.find(id);
    if (found == replicas_.end() || found->second.writer != writer || writer->revoked())
      return Cancelled(ToString(writer->block()) + ": another writer or a recovery has taken the replica over");
    replica = found->second;
  }
  if (replica.state != ReplicaState::kTemporary)
    return FailedPrecondition(ToString(writer->block()) + " is not a temporary replica");
  if (Status closed = writer->Close(); !closed.ok()) return Blame(writer->volume(), std::move(closed));
  if (Status moved = Move(writer->volume(), id, {ReplicaState::kTemporary, replica.stamp},
                          {ReplicaState::kRbw, replica.stamp}, "convert");
      !moved.ok()) {
    return Blame(writer->volume(), std::move(moved));
  }
  replica.state = ReplicaState::kRbw;
  replica.writer.reset();
  replica.length = writer->received();
  replica.acknowledged = replica.length;
  Put(id, replica);
  return Status::Ok();
}

void BlockStore::Leave(const std::shared_ptr<ReplicaWriter>& writer) {
  const dfs::BlockId id = writer->block().id;
  const std::lock_guard lock(LockOf(id));
  if (const Status closed = writer->Close(); !closed.ok()) {
    log_.Warn("close " + ToString(writer->block()) + ": " + closed.message());
    (void)Blame(writer->volume(), closed);
  }
  Replica replica;
  {
    const std::lock_guard map_lock(mutex_);
    const auto found = replicas_.find(id);
    if (found == replicas_.end() || found->second.writer != writer) return;
    replica = found->second;
  }
  if (replica.state == ReplicaState::kTemporary) {
    Erase(id);
    const Status removed = RemoveFiles(writer->volume(), id, {replica.state, replica.stamp});
    if (!removed.ok()) log_.Warn(removed.message() + "; the next start removes it");
    return;
  }
  StopWriter(replica);
  Put(id, replica);
}

Status BlockStore::Move(Volume& volume, dfs::BlockId id, const Place& from, const Place& to, const char* crash_prefix) {
  MRD_ASSIGN_OR_RETURN(const std::string to_dir, volume.MakeDirOf(id, to.state));
  const std::string from_dir = volume.DirOf(id, from.state);
  const std::string from_meta = from_dir + "/" + MetaFileName(id, from.stamp);
  const std::string to_meta = to_dir + "/" + MetaFileName(id, to.stamp);
  if (from_meta != to_meta) {
    crash_points_.Pass(std::string(crash_prefix) + ".before_meta");
    MRD_RETURN_IF_ERROR(env_.Rename(from_meta, to_meta));
  }
  if (from_dir == to_dir) return Status::Ok();
  crash_points_.Pass(std::string(crash_prefix) + ".before_data");
  Status moved = env_.Rename(from_dir + "/" + DataFileName(id), to_dir + "/" + DataFileName(id));
  if (moved.ok()) return moved;
  if (const Status back = env_.Rename(to_meta, from_meta); !back.ok()) {
    // The two files lie apart until the next start puts them together.
    return std::move(moved).WithContext("after " + back.message());
  }
  return moved;
}

Status BlockStore::SyncFiles(Volume& volume, dfs::BlockId id, const Place& place) {
  const std::string dir = volume.DirOf(id, place.state);
  for (const std::string& name : {DataFileName(id), MetaFileName(id, place.stamp)}) {
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, env_.OpenForUpdate(dir + "/" + name));
    MRD_RETURN_IF_ERROR(file->Sync());
  }
  return Status::Ok();
}

Status BlockStore::RemoveFiles(Volume& volume, dfs::BlockId id, const Place& place) {
  const std::string dir = volume.DirOf(id, place.state);
  // Data first: a meta file alone is the sign of a deletion, data alone that of a loss.
  const std::pair<std::string, const char*> files[] = {{dir + "/" + DataFileName(id), "invalidate.before_data"},
                                                       {dir + "/" + MetaFileName(id, place.stamp),
                                                        "invalidate.before_meta"}};
  for (const auto& [path, crash_point] : files) {
    const Result<FileInfo> entry = env_.LinkStat(path);
    if (!entry.ok() && entry.status().code() == Code::kNotFound) continue;
    MRD_RETURN_IF_ERROR(entry.status());
    crash_points_.Pass(crash_point);
    MRD_RETURN_IF_ERROR(env_.RemoveFile(path));
    volume.AddUsed(-static_cast<std::int64_t>(entry->size_bytes));
  }
  return Status::Ok();
}

}  // namespace mrd::datanode
