#include "tasktracker/work_dirs.h"

#include <algorithm>
#include <utility>

#include "tasktracker/task_user.h"

namespace mrd::tasktracker {

std::string WorkDirs::Take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return {};
  std::string dir = std::move(free_.back());
  free_.pop_back();
  return dir;
}

Result<std::string> WorkDirs::Make(const std::vector<std::string>& job_dirs) {
  Status why = Internal("a job without directories");
  for (std::size_t i = 0; i < job_dirs.size(); ++i) {
    std::string path;
    {
      const std::lock_guard lock(mutex_);
      path = job_dirs[turn_++ % job_dirs.size()] + "/scratch/" + std::to_string(++last_number_);
    }
    why = CreateDirs(env_, path);
    if (why.ok() && owner_) why = GiveDirectory(path, *owner_);
    if (!why.ok()) continue;
    Result<FileInfo> info = env_.LinkStat(path);
    why = info.status();
    if (!why.ok()) continue;
    const std::lock_guard lock(mutex_);
    made_.push_back({path, info->inode, info->device, info->mode, info->uid});
    return path;
  }
  return why;
}

// Whether it is still the directory that was made, and nothing is in it.
bool WorkDirs::AsMade(const std::string& dir) {
  const Result<FileInfo> now = env_.LinkStat(dir);
  if (!now.ok() || now->type != FileType::kDirectory) return false;
  {
    const std::lock_guard lock(mutex_);
    const auto at = std::find_if(made_.begin(), made_.end(), [&dir](const Made& made) { return made.path == dir; });
    if (at == made_.end() || at->inode != now->inode || at->device != now->device || at->mode != now->mode ||
        at->uid != now->uid) {
      return false;
    }
  }
  const Result<std::vector<FileInfo>> entries = env_.ListDir(dir);
  return entries.ok() && entries->empty();
}

void WorkDirs::Leave(const std::string& dir) {
  if (dir.empty()) return;
  if (AsMade(dir)) {
    const std::lock_guard lock(mutex_);
    free_.push_back(dir);
    return;
  }
  static_cast<void>(RemoveTree(env_, dir).ok());  // what stays goes with the job
  const std::lock_guard lock(mutex_);
  std::erase_if(made_, [&dir](const Made& made) { return made.path == dir; });
}

}  // namespace mrd::tasktracker
