#include "datanode/store/volume.h"

#include <algorithm>
#include <utility>

#include "datanode/store/replica_name.h"

namespace mrd::datanode {
namespace {

constexpr std::string_view kProbe = "is this disk alive?\n";

// For directories that may be there.
Status MakeDir(Env& env, const std::string& path) {
  Status made = env.CreateDir(path);
  if (made.code() == Code::kAlreadyExists) return Status::Ok();
  return made;
}

}  // namespace

Volume::Volume(Env& env, VolumeOptions options, std::size_t index)
    : env_(env), options_(std::move(options)), index_(index) {}

Result<std::unique_ptr<Volume>> Volume::Open(Env& env, VolumeOptions options, std::size_t index) {
  const std::string dir = options.dir;
  MRD_RETURN_IF_ERROR(CreateDirs(env, dir));
  std::unique_ptr<Volume> volume(new Volume(env, std::move(options), index));
  Result<std::unique_ptr<File>> lock = env.Lock(dir + "/in_use.lock");
  if (!lock.ok()) {
    return lock.status().code() == Code::kUnavailable
               ? std::move(lock.status()).WithContext("another datanode runs on " + dir)
               : lock.status();
  }
  volume->lock_ = std::move(*lock);

  const std::string version_path = dir + "/current/VERSION";
  MRD_ASSIGN_OR_RETURN(const bool has_version, Exists(env, version_path));
  if (has_version) {
    MRD_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(env, version_path));
    MRD_ASSIGN_OR_RETURN(volume->info_, DecodeStorageInfo(text, version_path));
    return volume;
  }
  MRD_ASSIGN_OR_RETURN(const bool has_current, Exists(env, dir + "/current"));
  if (has_current) {
    MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> entries, env.ListDir(dir + "/current"));
    // What a start leaves that ended before VERSION was there.
    const bool ours = std::all_of(entries.begin(), entries.end(),
                                  [](const FileInfo& entry) { return entry.name == ".VERSION.tmp"; });
    if (!ours) {
      return FailedPrecondition(dir + "/current holds files but no VERSION, so whose they are is unknown; restore VERSION "
                                      "from a copy, or empty the directory if its replicas may go");
    }
  }
  return volume;
}

Status Volume::Attach(const StorageInfo& info) {
  MRD_RETURN_IF_ERROR(CheckPoolId(info.pool_id));
  const std::string current = options_.dir + "/current";
  MRD_RETURN_IF_ERROR(MakeDir(env_, current));
  if (!info_) {
    MRD_RETURN_IF_ERROR(WriteFileDurably(env_, current + "/VERSION", EncodeStorageInfo(info)));
    MRD_RETURN_IF_ERROR(env_.SyncDir(options_.dir));
    info_ = info;
  }
  pool_dir_ = current + "/" + info.pool_id;
  for (const std::string& path : {pool_dir_, pool_dir_ + "/current", FinalizedRoot(), pool_dir_ + "/current/rbw",
                                  pool_dir_ + "/tmp"}) {
    MRD_RETURN_IF_ERROR(MakeDir(env_, path));
    // Replicas written through a link would land on another disk, or over somebody's files.
    MRD_ASSIGN_OR_RETURN(const FileInfo entry, env_.LinkStat(path));
    if (entry.type != FileType::kDirectory) {
      return FailedPrecondition(path + " is a link or a file where a directory must be; move it away");
    }
  }
  return Status::Ok();
}

std::string Volume::DirOf(dfs::BlockId id, dfs::ReplicaState state) const {
  switch (state) {
    case dfs::ReplicaState::kFinalized: return FinalizedRoot() + "/" + FinalizedSubdir(id);
    case dfs::ReplicaState::kTemporary: return pool_dir_ + "/tmp";
    default: return pool_dir_ + "/current/rbw";
  }
}

Result<std::string> Volume::MakeDirOf(dfs::BlockId id, dfs::ReplicaState state) {
  std::string dir = DirOf(id, state);
  if (state == dfs::ReplicaState::kFinalized) {
    const Result<FileInfo> there = env_.LinkStat(dir);
    if (there.ok() && there->type == FileType::kDirectory) return dir;
    MRD_RETURN_IF_ERROR(MakeDir(env_, dir.substr(0, dir.rfind('/'))));
    MRD_RETURN_IF_ERROR(MakeDir(env_, dir));
  }
  return dir;
}

// Room for us is what the disk has less the part kept for others that they do not use yet, as Hadoop counts.
dfs::StorageReport Volume::SpaceReport() {
  dfs::StorageReport report;
  report.dfs_used = used_;
  report.block_pool_used = report.dfs_used;
  const Result<VolumeSpace> space = env_.Space(options_.dir);
  if (!space.ok()) return report;  // a disk that cannot say has no room; Check() finds out why
  const std::uint64_t reserved = options_.reserved_bytes;
  report.capacity = space->capacity > reserved ? space->capacity - reserved : 0;
  const std::uint64_t taken = space->capacity - std::min(space->capacity, space->available);
  const std::uint64_t others = taken > report.dfs_used ? taken - report.dfs_used : 0;
  const std::uint64_t kept = (reserved > others ? reserved - others : 0) + reserved_for_writers_;
  report.remaining = space->available > kept ? space->available - kept : 0;
  report.remaining = std::min(report.remaining, report.capacity - std::min(report.capacity, report.dfs_used));
  report.non_dfs_used = others > reserved ? others - reserved : 0;
  return report;
}

std::uint64_t Volume::Available() { return failed_ ? 0 : SpaceReport().remaining; }

bool Volume::Reserve(std::uint64_t bytes) {
  reserved_for_writers_ += bytes;  // first, so that two at once do not both count on the same room
  if (failed_ || (bytes > 0 && SpaceReport().remaining == 0)) {
    Release(bytes);
    return false;
  }
  return true;
}

dfs::StorageReport Volume::Report() {
  dfs::StorageReport report;
  if (!failed_) report = SpaceReport();
  report.storage_uuid = storage_id();
  report.type = options_.type;
  report.failed = failed_;
  return report;
}

Status Volume::Check() {
  if (failed_) return IoError("volume " + options_.dir + ": " + failure());
  const std::string path = (pool_dir_.empty() ? options_.dir : pool_dir_ + "/tmp") + "/disk_check";
  Status status = [&]() -> Status {
    MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, env_.CreateOrTruncate(path));
    MRD_RETURN_IF_ERROR(file->Append(kProbe.data(), kProbe.size()));
    MRD_RETURN_IF_ERROR(file->Sync());
    std::string back(kProbe.size(), '\0');
    MRD_ASSIGN_OR_RETURN(const std::size_t got, file->ReadAt(0, back.data(), back.size()));
    MRD_RETURN_IF_ERROR(file->Close());
    MRD_RETURN_IF_ERROR(env_.RemoveFile(path));
    if (got != kProbe.size() || back != kProbe) return IoError(path + ": what was written does not come back");
    return Status::Ok();
  }();
  // A full disk still serves reads, and so does one whose process has too many files open.
  if (status.ok() || status.code() == Code::kResourceExhausted) return Status::Ok();
  Fail(status);
  return status;
}

void Volume::Fail(const Status& why) {
  const std::lock_guard lock(mutex_);
  if (failed_) return;
  failure_ = why.message();
  failed_ = true;
}

std::string Volume::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace mrd::datanode
