#include "datanode/store/block_store.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "datanode/store/replica_name.h"
#include "datanode/store/replica_tail.h"
#include "datanode/store/volume_scan.h"
#include "dfs/errors.h"

namespace mrd::datanode {

using dfs::ReplicaState;

std::uint64_t BlockStore::Replica::Visible() const {
  const bool finalized = FileState() == ReplicaState::kFinalized;
  if (writer) return writer->acknowledged();
  return finalized ? length : acknowledged;
}

bool BlockStore::Replica::Readable() const {
  return FileState() == ReplicaState::kFinalized || FileState() == ReplicaState::kRbw;
}

BlockStore::BlockStore(Env& env, Logger log, Random& random, CrashPoints& crash_points, StoreOptions options)
    : env_(env), log_(std::move(log)), random_(random), crash_points_(crash_points), options_(std::move(options)) {}

BlockStore::~BlockStore() = default;

Result<std::unique_ptr<BlockStore>> BlockStore::Open(Env& env,
                                                     Logger log,
                                                     Random& random,
                                                     CrashPoints& crash_points,
                                                     StoreOptions options) {
  if (options.volumes.empty()) return InvalidArgument("no directory for blocks is configured; set dfs.datanode.data.dir");
  std::unique_ptr<BlockStore> store(new BlockStore(env, std::move(log), random, crash_points, std::move(options)));
  MRD_RETURN_IF_ERROR(store->OpenVolumes());
  return store;
}

Status BlockStore::OpenVolumes() {
  for (const VolumeOptions& options : options_.volumes) {
    Result<std::unique_ptr<Volume>> volume = Volume::Open(env_, options, volumes_.size());
    if (volume.ok()) {
      volumes_.push_back(std::move(*volume));
      continue;
    }
    // A directory that is somebody else's is a mistake of the configuration, not a broken disk.
    const Code code = volume.status().code();
    if (code == Code::kUnavailable || code == Code::kFailedPrecondition || code == Code::kCorruption)
      return volume.status();
    log_.Warn("volume " + options.dir + " cannot be used: " + volume.status().message());
    unopened_.push_back(options.dir + ": " + volume.status().message());
  }
  std::optional<StorageInfo> identity;
  std::string owner;
  for (const std::unique_ptr<Volume>& volume : volumes_) {
    if (!volume->info()) continue;
    const StorageInfo& info = *volume->info();
    if (!identity) {
      identity = info;
      owner = volume->dir();
      continue;
    }
    if (info.cluster_id != identity->cluster_id || info.pool_id != identity->pool_id) {
      return FailedPrecondition("volume " + volume->dir() + " belongs to cluster " + info.cluster_id + ", block pool " +
                                info.pool_id + ", but " + owner + " to cluster " + identity->cluster_id +
                                ", block pool " + identity->pool_id + "; configure directories of one cluster only");
    }
    if (info.datanode_uuid != identity->datanode_uuid) {
      return FailedPrecondition("volume " + volume->dir() + " belongs to datanode " + info.datanode_uuid + ", but " +
                                owner + " to datanode " + identity->datanode_uuid + "; give each datanode its own");
    }
  }
  datanode_uuid_ = identity ? identity->datanode_uuid : MakeUuid(random_);
  MRD_RETURN_IF_ERROR(CheckFailures());
  return identity ? AttachVolumes(*identity) : Status::Ok();
}

// Scans all volumes at once: the time of a start is that of the slowest disk.
Status BlockStore::AttachVolumes(const StorageInfo& identity) {
  std::vector<Status> attached(volumes_.size());
  std::vector<VolumeContent> contents(volumes_.size());
  // Drawn here, in order: the generator is not for several threads.
  std::vector<StorageInfo> infos(volumes_.size(), identity);
  for (StorageInfo& info : infos) info.storage_id = "DS-" + MakeUuid(random_);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < volumes_.size(); ++i) {
      threads.emplace_back([this, i, &attached, &contents, &infos] {
        if (!volumes_[i]->info()) crash_points_.Pass("version.before_write");
        attached[i] = volumes_[i]->Attach(infos[i]);
        if (!attached[i].ok()) return;
        Result<VolumeContent> content = ScanVolume(env_, *volumes_[i], crash_points_);
        if (content.ok()) {
          contents[i] = std::move(*content);
        } else {
          attached[i] = content.status();
        }
      });
    }
  }
  for (std::size_t i = 0; i < volumes_.size(); ++i) {
    if (!attached[i].ok()) {
      log_.Warn("volume " + volumes_[i]->dir() + " cannot be used: " + attached[i].message());
      unopened_.push_back(volumes_[i]->dir() + ": " + attached[i].message());
      volumes_[i]->Fail(attached[i]);
    }
    for (const std::string& finding : contents[i].findings) log_.Warn(finding);
  }
  MRD_RETURN_IF_ERROR(CheckFailures());
  for (std::size_t i = 0; i < volumes_.size(); ++i) {
    if (!attached[i].ok()) continue;
    Adopt(*volumes_[i], contents[i].replicas);
    volumes_[i]->AddUsed(static_cast<std::int64_t>(contents[i].used_bytes));
    log_.Info("volume ready dir=" + volumes_[i]->dir() + " storage=" + volumes_[i]->storage_id() +
              " replicas=" + std::to_string(contents[i].replicas.size()));
  }
  const std::lock_guard lock(mutex_);
  identity_ = identity;
  return Status::Ok();
}

void BlockStore::Adopt(Volume& volume, const std::vector<dfs::ReportedReplica>& replicas) {
  const std::lock_guard lock(mutex_);
  for (const dfs::ReportedReplica& reported : replicas) {
    Replica replica;
    replica.stamp = reported.block.stamp;
    replica.length = reported.block.length;
    replica.state = reported.state;
    replica.volume = static_cast<std::uint16_t>(volume.index());
    const auto [entry, is_new] = replicas_.try_emplace(reported.block.id, replica);
    if (is_new) continue;
    // The same block on two volumes, as after copying a disk: the newer, whole, longer one counts. Neither is deleted.
    const auto rank = [](const Replica& r) {
      return std::tuple(r.stamp, r.state == ReplicaState::kFinalized, r.length);
    };
    log_.Warn(DataFileName(reported.block.id) + " lies on " + volume.dir() + " and on " +
              volumes_[entry->second.volume]->dir() + "; the better one is used, the other left alone");
    if (rank(replica) > rank(entry->second)) entry->second = replica;
  }
}

Status BlockStore::CheckFailures() {
  const std::size_t failed = failed_volumes();
  const bool none_left = failed >= options_.volumes.size();
  if (failed <= options_.failed_volumes_tolerated && !none_left) return Status::Ok();
  std::string why = std::to_string(failed) + " of " + std::to_string(options_.volumes.size()) +
                    " volumes failed, tolerated are " + std::to_string(options_.failed_volumes_tolerated) +
                    " (dfs.datanode.failed.volumes.tolerated)";
  for (const std::string& reason : unopened_) why += "; " + reason;
  for (const std::unique_ptr<Volume>& volume : volumes_) {
    // Those that never attached are in the list above.
    if (volume->failed() && volume->info() && identity()) why += "; " + volume->dir() + ": " + volume->failure();
  }
  return IoError(why);
}

std::optional<StorageInfo> BlockStore::identity() const {
  const std::lock_guard lock(mutex_);
  return identity_;
}

Status BlockStore::Attach(const dfs::NamespaceInfo& space) {
  const std::optional<StorageInfo> known = identity();
  if (!known) {
    StorageInfo info;
    info.datanode_uuid = datanode_uuid_;
    info.cluster_id = space.cluster_id;
    info.pool_id = space.pool_id;
    info.namespace_id = space.namespace_id;
    MRD_RETURN_IF_ERROR(CheckPoolId(info.pool_id));
    return AttachVolumes(info);
  }
  if (known->cluster_id == space.cluster_id && known->pool_id == space.pool_id) return Status::Ok();
  return FailedPrecondition("the namenode's file system is cluster " + space.cluster_id + ", block pool " +
                            space.pool_id + "; the directories of this datanode (" + volumes_.front()->dir() +
                            ", …) belong to cluster " + known->cluster_id + ", block pool " + known->pool_id +
                            ". Point it at its own namenode, or empty its directories to let it join this one");
}

Status BlockStore::CheckPool(const dfs::ExtendedBlock& block) const {
  const std::lock_guard lock(mutex_);
  if (identity_ && identity_->pool_id == block.pool) return Status::Ok();
  return dfs::Exception(dfs::java::kReplicaNotFound,
                        ToString(block.block) + ": block pool " + block.pool + " is not here; this datanode holds " +
                            (identity_ ? identity_->pool_id : std::string("none yet")));
}

Result<BlockStore::Replica> BlockStore::Lookup(const dfs::ExtendedBlock& block) const {
  MRD_RETURN_IF_ERROR(CheckPool(block));
  const std::lock_guard lock(mutex_);
  const auto found = replicas_.find(block.block.id);
  if (found != replicas_.end()) return found->second;
  return dfs::Exception(dfs::java::kReplicaNotFound, "Replica not found for " + block.pool + ":" + ToString(block.block));
}

void BlockStore::Put(dfs::BlockId id, Replica replica) {
  const std::lock_guard lock(mutex_);
  if (volumes_[replica.volume]->failed()) return;  // given up meanwhile, with all that is on it
  replicas_.insert_or_assign(id, std::move(replica));
}

void BlockStore::Erase(dfs::BlockId id) {
  const std::lock_guard lock(mutex_);
  replicas_.erase(id);
}

std::string BlockStore::Name(const dfs::ExtendedBlock& block, const Replica& replica) const {
  return ToString(dfs::Block{block.block.id, replica.stamp, 0}) + " on " + VolumeOf(replica).dir();
}

Result<std::unique_ptr<ReplicaReader>> BlockStore::OpenReader(const dfs::ExtendedBlock& block) {
  const std::lock_guard lock(LockOf(block.block.id));
  MRD_ASSIGN_OR_RETURN(const Replica replica, Lookup(block));
  if (replica.stamp < block.block.stamp) {
    return FailedPrecondition("Replica gen stamp < block genstamp, block=" + ToString(block.block) +
                              ", replica=" + Name(block, replica));
  }
  if (!replica.Readable()) {
    return dfs::Exception(dfs::java::kReplicaNotFound,
                          Name(block, replica) + " cannot be read before its recovery: it was being written when the "
                                                 "datanode ended, or is being copied");
  }
  Volume& volume = VolumeOf(replica);
  const std::string dir = volume.DirOf(block.block.id, replica.FileState());
  ReplicaReader::Parts parts;
  parts.block = dfs::Block{block.block.id, replica.stamp, replica.Visible()};
  parts.finalized = replica.FileState() == ReplicaState::kFinalized;
  Status status = [&]() -> Status {
    for (const std::string& name : {DataFileName(block.block.id), MetaFileName(block.block.id, replica.stamp)}) {
      MRD_ASSIGN_OR_RETURN(const FileInfo entry, env_.LinkStat(dir + "/" + name));
      if (entry.type != FileType::kFile) return Corruption(dir + "/" + name + " is a link, not a replica's file");
      MRD_ASSIGN_OR_RETURN(std::unique_ptr<File> file, env_.OpenForRead(dir + "/" + name));
      (parts.data == nullptr ? parts.data : parts.meta) = std::move(file);
    }
    MRD_ASSIGN_OR_RETURN(parts.spec, ReadMetaHeader(*parts.meta));
    return Status::Ok();
  }();
  if (!status.ok()) return Blame(volume, std::move(status).WithContext(Name(block, replica)));
  return std::make_unique<ReplicaReader>(volume, std::move(parts));
}

Result<std::uint64_t> BlockStore::VisibleLength(const dfs::ExtendedBlock& block) const {
  MRD_ASSIGN_OR_RETURN(const Replica replica, Lookup(block));
  if (replica.stamp < block.block.stamp) {
    return FailedPrecondition("Replica gen stamp < block genstamp, block=" + ToString(block.block) +
                              ", replica=" + Name(block, replica));
  }
  if (!replica.Readable())
    return FailedPrecondition(Name(block, replica) + " has no visible length before its recovery");
  return replica.Visible();
}

Result<dfs::ReportedReplica> BlockStore::Find(const dfs::ExtendedBlock& block) const {
  MRD_ASSIGN_OR_RETURN(const Replica replica, Lookup(block));
  dfs::ReportedReplica found;
  found.block = dfs::Block{block.block.id, replica.stamp, replica.Length()};
  found.state = replica.state;
  return found;
}

Result<BlockStore::Paths> BlockStore::PathsOf(const dfs::ExtendedBlock& block) const {
  MRD_ASSIGN_OR_RETURN(const Replica replica, Lookup(block));
  if (replica.state != ReplicaState::kFinalized || replica.stamp != block.block.stamp)
    return FailedPrecondition(Name(block, replica) + " is not finalized under that stamp");
  const std::string dir = VolumeOf(replica).DirOf(block.block.id, replica.state) + "/";
  return Paths{dir + DataFileName(block.block.id), dir + MetaFileName(block.block.id, replica.stamp)};
}

std::vector<dfs::StorageReport> BlockStore::StorageReports() {
  std::vector<dfs::StorageReport> reports;
  if (!identity()) return reports;
  for (const std::unique_ptr<Volume>& volume : volumes_) {
    if (volume->info()) reports.push_back(volume->Report());
  }
  return reports;
}

std::vector<dfs::ReportedReplica> BlockStore::ReportOf(const std::string& storage_id) const {
  std::vector<dfs::ReportedReplica> report;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, replica] : replicas_) {
    if (replica.state == ReplicaState::kTemporary || VolumeOf(replica).storage_id() != storage_id) continue;
    dfs::ReportedReplica reported;
    reported.block = dfs::Block{id, replica.stamp, replica.Length()};
    reported.state = replica.state;
    report.push_back(reported);
  }
  return report;
}

std::size_t BlockStore::replicas() const {
  const std::lock_guard lock(mutex_);
  return replicas_.size();
}

std::size_t BlockStore::failed_volumes() const {
  // A volume that was opened but could not be attached is in both lists; it counts once.
  std::size_t failed = options_.volumes.size() - volumes_.size();
  for (const std::unique_ptr<Volume>& volume : volumes_) failed += volume->failed() ? 1 : 0;
  return failed;
}

std::optional<dfs::Block> BlockStore::NextFinalized(const Volume& volume, dfs::BlockId after) const {
  const std::lock_guard lock(mutex_);
  for (auto it = replicas_.upper_bound(after); it != replicas_.end(); ++it) {
    if (it->second.state == ReplicaState::kFinalized && it->second.volume == volume.index())
      return dfs::Block{it->first, it->second.stamp, it->second.length};
  }
  return std::nullopt;
}

Status BlockStore::Blame(Volume& volume, Status status) {
  switch (status.code()) {
    case Code::kOk:
    case Code::kAlreadyExists:
    case Code::kCancelled:
    case Code::kCorruption:
    case Code::kFailedPrecondition:
    case Code::kInvalidArgument:
    case Code::kResourceExhausted:
      return status;  // none is the disk's fault
    default: break;
  }
  if (!volume.failed() && !volume.Check().ok()) GiveUp(volume);
  return status;
}

void BlockStore::CheckVolumes() {
  if (!identity()) return;
  for (const std::unique_ptr<Volume>& volume : volumes_) {
    if (!volume->failed() && !volume->Check().ok()) GiveUp(*volume);
  }
}

void BlockStore::GiveUp(Volume& volume) {
  std::vector<std::shared_ptr<ReplicaWriter>> writers;
  std::size_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = replicas_.begin(); it != replicas_.end();) {
      if (it->second.volume != volume.index()) {
        ++it;
        continue;
      }
      if (it->second.writer) writers.push_back(it->second.writer);
      it = replicas_.erase(it);
      ++lost;
    }
  }
  log_.Error("volume failed dir=" + volume.dir() + " replicas=" + std::to_string(lost) + ": " + volume.failure());
  if (const Status enough = CheckFailures(); !enough.ok()) {
    log_.Error("the datanode cannot go on: " + enough.message());
    const std::lock_guard lock(mutex_);
    fatal_ = enough.message();
  }
  // Not Revoke(): the call that met the failure may hold the lock of its own writer.
  for (const std::shared_ptr<ReplicaWriter>& writer : writers) writer->Disown();
}

std::optional<std::string> BlockStore::Fatal() const {
  const std::lock_guard lock(mutex_);
  return fatal_;
}

}  // namespace mrd::datanode
