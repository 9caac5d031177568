#include "tasktracker/local_dirs.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/human.h"

namespace mrd::tasktracker {

Result<std::unique_ptr<LocalDirs>> LocalDirs::Open(Env& env, const std::vector<std::string>& paths,
                                                   std::uint64_t free_min_bytes) {
  std::unique_ptr<LocalDirs> dirs(new LocalDirs(env, free_min_bytes));
  bool good = false;
  for (const std::string& path : paths) {
    Dir dir;
    dir.path = path + "/tasktracker";
    const Status prepared = dirs->Prepare(&dir);
    // Two trackers in one directory would remove each other's files.
    if (prepared.code() == Code::kUnavailable) {
      return FailedPrecondition("another tasktracker uses " + dir.path +
                                "; give each its own mapreduce.cluster.local.dir, or stop the other");
    }
    if (!prepared.ok()) dir.trouble = prepared.message();
    good = good || prepared.ok();
    dirs->dirs_.push_back(std::move(dir));
  }
  if (!good) {
    const std::lock_guard lock(dirs->mutex_);
    return dirs->NoneIsGood();
  }
  return dirs;
}

Status LocalDirs::Prepare(Dir* dir) {
  MRD_RETURN_IF_ERROR(CreateDirs(env_, dir->path));
  MRD_ASSIGN_OR_RETURN(dir->lock, env_.Lock(dir->path + "/lock"));
  MRD_RETURN_IF_ERROR(PutAside(dir->path, "jobs"));
  MRD_RETURN_IF_ERROR(PutAside(dir->path, "packs"));
  MRD_RETURN_IF_ERROR(CreateDirs(env_, dir->path + "/jobs"));
  return Probe(dir->path, &dir->free_bytes, &dir->device);
}

// A job may have left 100,000 files, which are not to keep a tracker from its work.
Status LocalDirs::PutAside(const std::string& dir, const std::string& what) {
  MRD_ASSIGN_OR_RETURN(const bool there, Exists(env_, dir + "/" + what));
  if (!there) return Status::Ok();
  MRD_RETURN_IF_ERROR(CreateDirs(env_, dir + "/old"));
  Status moved;
  for (int number = 0; number < 100; ++number) {
    moved = env_.RenameNew(dir + "/" + what, dir + "/old/" + what + "-" + std::to_string(number));
    if (moved.code() != Code::kAlreadyExists) return moved;
  }
  return RemoveTree(env_, dir + "/" + what);
}

Status LocalDirs::Probe(const std::string& path, std::uint64_t* free_bytes, std::uint64_t* device) {
  const std::string probe = path + "/probe";
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, env_.CreateOrTruncate(probe));
  Status written = file->Append("probe", 5);
  if (const Status closed = file->Close(); written.ok()) written = closed;
  (void)env_.RemoveFile(probe);
  MRD_RETURN_IF_ERROR(written);
  MRD_ASSIGN_OR_RETURN(const VolumeSpace space, env_.Space(path));
  MRD_ASSIGN_OR_RETURN(const FileInfo info, env_.Stat(path));
  *free_bytes = space.available;
  *device = info.device;
  if (space.available < free_min_bytes_) {
    return ResourceExhausted(path + " has only " + HumanBytes(space.available) +
                             " left, less than mapreduce.tasktracker.local.dir.minspacestart, " +
                             HumanBytes(free_min_bytes_) + "; make room");
  }
  return Status::Ok();
}

void LocalDirs::Check() {
  for (Dir& dir : dirs_) {
    Status status;
    std::uint64_t free_bytes = 0;
    std::uint64_t device = 0;
    if (dir.lock == nullptr) {  // it has never worked
      Dir again;
      again.path = dir.path;
      status = Prepare(&again);
      if (status.ok()) dir.lock = std::move(again.lock);
      free_bytes = again.free_bytes;
      device = again.device;
    } else {
      status = Probe(dir.path, &free_bytes, &device);
    }
    const std::lock_guard lock(mutex_);
    dir.trouble = status.ok() ? std::string() : status.message();
    dir.free_bytes = free_bytes;
    dir.device = device;
  }
}

Result<std::vector<std::string>> LocalDirs::MakeJobDirs(const std::string& job_id) {
  std::vector<std::string> made;
  for (Dir& dir : dirs_) {
    {
      const std::lock_guard lock(mutex_);
      if (!dir.trouble.empty()) continue;
    }
    std::string path = dir.path + "/jobs/" + job_id;
    const Status status = CreateDirs(env_, path);
    if (status.ok()) {
      made.push_back(std::move(path));
      continue;
    }
    const std::lock_guard lock(mutex_);
    dir.trouble = status.message();
  }
  const std::lock_guard lock(mutex_);
  if (made.empty()) return NoneIsGood();
  // Not every job begins with the same disk.
  std::rotate(made.begin(), made.begin() + static_cast<std::ptrdiff_t>(turn_++ % made.size()), made.end());
  return made;
}

Result<std::string> LocalDirs::Next() {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < dirs_.size(); ++i) {
    const Dir& dir = dirs_[turn_++ % dirs_.size()];
    if (dir.trouble.empty()) return dir.path;
  }
  return NoneIsGood();
}

void LocalDirs::RemoveJob(const std::string& job_id) {
  for (const Dir& dir : dirs_) Remove(dir.path + "/jobs/" + job_id);
}

void LocalDirs::RemoveOld() {
  for (const Dir& dir : dirs_) Remove(dir.path + "/old");
}

void LocalDirs::Remove(const std::string& path) {
  if (stop_removing_) return;
  const Result<FileInfo> info = env_.LinkStat(path);
  if (!info.ok()) return;
  if (info->type != FileType::kDirectory) {
    (void)env_.RemoveFile(path);
    return;
  }
  const Result<std::vector<FileInfo>> entries = env_.ListDir(path);
  if (!entries.ok()) return;
  for (const FileInfo& entry : *entries) Remove(path + "/" + entry.name);
  if (!stop_removing_) (void)env_.RemoveDir(path);
}

Status LocalDirs::NoneIsGood() const {
  std::string reasons;
  for (const Dir& dir : dirs_) reasons += (reasons.empty() ? "" : "; ") + dir.trouble;
  return ResourceExhausted("no directory of mapreduce.cluster.local.dir can be used: " + reasons);
}

std::vector<std::string> LocalDirs::Troubles() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> troubles;
  for (const Dir& dir : dirs_) {
    if (!dir.trouble.empty()) troubles.push_back("local directory left out: " + dir.trouble);
  }
  return troubles;
}

std::uint64_t LocalDirs::free_bytes() const {
  const std::lock_guard lock(mutex_);
  std::set<std::uint64_t> seen;  // two directories of one disk share its room
  std::uint64_t sum = 0;
  for (const Dir& dir : dirs_) {
    if (dir.trouble.empty() && seen.insert(dir.device).second) sum += dir.free_bytes;
  }
  return sum;
}

void LocalDirs::Suspect(const std::string& path, const Status& why) {
  const std::lock_guard lock(mutex_);
  for (Dir& dir : dirs_) {
    if (path == dir.path || path.starts_with(dir.path + "/")) dir.trouble = why.message();
  }
}

}  // namespace mrd::tasktracker
