#include "engine/job_dir.h"

namespace mrd::engine {

namespace {

constexpr const char* kLockName = "/.lock";

void RemoveDeadJobs(Env& env, const std::string& base) {
  Result<std::vector<FileInfo>> entries = env.ListDir(base);
  if (!entries.ok()) return;
  for (const FileInfo& entry : *entries) {
    if (entry.type != FileType::kDirectory || !entry.name.starts_with("job_")) continue;
    const std::string path = base + "/" + entry.name;
    if (Result<bool> locked = Exists(env, path + kLockName); !locked.ok() || !*locked) continue;
    Result<std::unique_ptr<File>> lock = env.Lock(path + kLockName);
    if (!lock.ok()) continue;  // its process lives
    // Not being able to tidy up after others is no reason to fail.
    static_cast<void>(RemoveTree(env, path).ok());
  }
}

Status MakeLocked(Env& env, const std::string& path, std::unique_ptr<File>* lock) {
  // Never readable by others: spills hold the users' data.
  MRD_RETURN_IF_ERROR(env.CreateDir(path, 0700));
  MRD_ASSIGN_OR_RETURN(*lock, env.Lock(path + kLockName));
  return Status::Ok();
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

JobDir::~JobDir() {
  lock_.reset();
  static_cast<void>(RemoveTree(env_, path_).ok());
}

}  // namespace mrd::engine
