#include "engine/job_dir.h"

namespace mrd::engine {

namespace {

constexpr std::string_view kLockName = ".lock";

// Removes a job's directory, the lock last: while anything else is left so is the lock, and the next job can tell whose
// it is and try again.
Status RemoveJobTree(Env& env, const std::string& path) {
  MRD_ASSIGN_OR_RETURN(const std::vector<FileInfo> entries, env.ListDir(path));
  Status first;
  for (const FileInfo& entry : entries) {
    if (entry.name == kLockName) continue;
    Status removed = RemoveTree(env, path + "/" + entry.name);
    if (first.ok()) first = std::move(removed);
  }
  MRD_RETURN_IF_ERROR(first);
  return RemoveTree(env, path);
}

// Not being able to tidy up after others is no reason to fail.
void RemoveDeadJobs(Env& env, const std::string& base) {
  Result<std::vector<FileInfo>> entries = env.ListDir(base);
  if (!entries.ok()) return;
  for (const FileInfo& entry : *entries) {
    if (entry.type != FileType::kDirectory || !entry.name.starts_with("job_")) continue;
    const std::string path = base + "/" + entry.name;
    const std::string lock_path = path + "/" + std::string(kLockName);
    Result<bool> there = Exists(env, lock_path);
    if (!there.ok()) continue;
    if (!*there) {
      // Only what is empty: the end of a removal, or a directory whose owner is about to lock it and will try again.
      static_cast<void>(env.RemoveDir(path).ok());
      continue;
    }
    Result<std::unique_ptr<File>> lock = env.Lock(lock_path);
    if (!lock.ok()) continue;  // its process lives
    static_cast<void>(RemoveJobTree(env, path).ok());
  }
}

Status MakeLocked(Env& env, const std::string& path, std::unique_ptr<File>* lock) {
  constexpr int kTries = 3;
  for (int tried = 1;; ++tried) {
    // Never readable by others: spills hold the users' data.
    MRD_RETURN_IF_ERROR(env.CreateDir(path, 0700));
    Result<std::unique_ptr<File>> locked = env.Lock(path + "/" + std::string(kLockName));
    if (locked.ok()) *lock = std::move(*locked);
    // Not found: another job took the empty directory for a dead one's.
    if (locked.status().code() != Code::kNotFound || tried == kTries) return locked.status();
  }
}

}  // namespace

Result<std::unique_ptr<JobDir>> JobDir::Create(Env& env,
                                               const std::vector<std::string>& bases,
                                               const std::string& job_id) {
  Status last = InvalidArgument("mapreduce.cluster.local.dir is empty; name a directory for spill files");
  for (const std::string& base : bases) {
    if (last = CreateDirs(env, base); !last.ok()) continue;
    RemoveDeadJobs(env, base);
    std::unique_ptr<JobDir> dir(new JobDir(env, base + "/" + job_id));
    if (last = MakeLocked(env, dir->path_, &dir->lock_); last.ok()) return dir;
  }
  return std::move(last).WithContext("no usable directory in mapreduce.cluster.local.dir");
}

Result<JobDirs> JobDirs::Create(Env& env, const std::vector<std::string>& bases, const std::string& job_id) {
  JobDirs made;
  Status none;
  for (const std::string& base : bases) {
    Result<std::unique_ptr<JobDir>> dir = JobDir::Create(env, {base}, job_id);
    if (dir.ok()) {
      made.dirs_.push_back(std::move(*dir));
    } else {
      none = dir.status();
    }
  }
  if (!made.dirs_.empty()) return made;
  if (bases.empty()) return JobDir::Create(env, bases, job_id).status();
  return none;
}

std::vector<std::string> JobDirs::others() const {
  std::vector<std::string> paths;
  for (std::size_t i = 1; i < dirs_.size(); ++i) paths.push_back(dirs_[i]->path());
  return paths;
}

JobDir::~JobDir() {
  // The lock is held until its file is gone, so that nobody else begins to remove the same things.
  static_cast<void>(RemoveJobTree(env_, path_).ok());
}

}  // namespace mrd::engine
