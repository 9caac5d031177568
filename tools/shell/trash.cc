#include "tools/shell/trash.h"

#include <string>
#include <utility>

#include "tools/shell/dates.h"
#include "tools/shell/faults.h"

namespace mrd::shell {
namespace {

constexpr const char* kDirectory = ".Trash";
constexpr const char* kCurrent = "Current";
constexpr std::uint32_t kPermission = 0700;
constexpr const char* kLogName = "fs.TrashPolicyDefault";
// Somebody may make a checkpoint between our making a directory and moving into it.
constexpr int kAttempts = 2;

bool LiesIn(const fs::Path& path, const fs::Path& directory) {
  return path == directory || path.path().starts_with(directory.path() == "/" ? "/" : directory.path() + "/");
}

}  // namespace

Result<Trash> Trash::Of(Session& session, std::shared_ptr<fs::FileSystem> file_system, const fs::Path& any_path) {
  const bool local = file_system->scheme() == "file";
  std::int64_t interval = session.settings().trash_interval_minutes;
  if (!local) {
    MRD_ASSIGN_OR_RETURN(const std::uint64_t of_server, file_system->TrashIntervalMinutes());
    if (of_server > 0) interval = static_cast<std::int64_t>(of_server);
  }
  const std::string home = local ? session.settings().home : "/user/" + file_system->UserName();
  fs::Path root = any_path.WithPath(home).Child(kDirectory);
  return Trash(session, std::move(file_system), std::move(root), interval);
}

Result<bool> Trash::Exists(const fs::Path& path) {
  Result<fs::FileStatus> status = file_system_->Stat(path);
  if (status.ok()) return true;
  if (status.status().code() == Code::kNotFound) return false;
  return status.status();
}

Result<fs::Path> Trash::FreeName(const fs::Path& path) {
  fs::Path free = path;
  for (std::int64_t now = session_.clock().WallMillis();; ++now) {
    MRD_ASSIGN_OR_RETURN(const bool taken, Exists(free));
    if (!taken) return free;
    free = path.WithPath(path.path() + std::to_string(now));
  }
}

Result<fs::Path> Trash::MakeDirectory(fs::Path directory) {
  while (true) {
    Status made = file_system_->Mkdirs(directory, kPermission, true);
    if (made.ok()) return directory;
    // The lowest ancestor that is there: if it is a file, that is why.
    fs::Path ancestor = directory;
    while (ancestor.path() != "/") {
      Result<fs::FileStatus> status = file_system_->Stat(ancestor);
      if (status.ok()) {
        if (status->is_directory) return made;
        break;
      }
      ancestor = ancestor.parent();
    }
    if (!LiesIn(ancestor, root_) || ancestor == root_) return made;
    MRD_ASSIGN_OR_RETURN(const fs::Path renamed, FreeName(ancestor));
    directory = directory.WithPath(renamed.path() + directory.path().substr(ancestor.path().size()));
  }
}

Result<bool> Trash::Take(const Item& item) {
  if (!enabled() || LiesIn(item.path, root_)) return false;
  if (LiesIn(root_, item.path)) {
    return FailedPrecondition("Cannot move \"" + item.FullText() + "\" to the trash, as it contains the trash");
  }
  const fs::Path wanted = root_.WithPath(root_.path() + "/" + kCurrent + item.path.path());
  Status failure;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Result<fs::Path> directory = MakeDirectory(wanted.parent());
    if (!directory.ok()) return directory.status();
    MRD_ASSIGN_OR_RETURN(const fs::Path place, FreeName(directory->Child(wanted.name())));
    failure = file_system_->Rename(item.path, place);
    if (failure.ok()) {
      session_.Log(kLogName, "Moved: '" + item.FullText() + "' to trash at: " + place.ToString());
      return true;
    }
  }
  return std::move(failure).WithContext("Failed to move to trash: " + item.FullText());
}

Status Trash::Expunge(bool all) {
  Result<std::vector<fs::FileStatus>> entries = file_system_->List(root_);
  if (!entries.ok()) return entries.status().code() == Code::kNotFound ? Status::Ok() : entries.status();
  const std::int64_t now = session_.clock().WallMillis();
  for (const fs::FileStatus& entry : *entries) {
    const std::string name = entry.path.name();
    const fs::Path path = root_.Child(name);
    if (name == kCurrent) continue;
    const auto made = ParseCheckpointName(name);
    if (!made) {
      session_.Warn("Unexpected item in trash: " + path.ToString() + ". Ignoring.");
      continue;
    }
    if (!all && now - *made < interval_minutes_ * 60'000) continue;
    MRD_ASSIGN_OR_RETURN(const bool deleted, file_system_->Delete(path, true));
    if (deleted) session_.Log(kLogName, "Deleted trash checkpoint: " + path.ToString());
  }
  return Status::Ok();
}

Status Trash::Checkpoint() {
  const fs::Path current = root_.Child(kCurrent);
  MRD_ASSIGN_OR_RETURN(const bool there, Exists(current));
  if (!there) return Status::Ok();
  const std::string name = CheckpointName(session_.clock().WallMillis());
  fs::Path checkpoint = root_.Child(name);
  // Two within one second: "-1" and so on.
  for (int number = 1;; ++number) {
    MRD_ASSIGN_OR_RETURN(const bool taken, Exists(checkpoint));
    if (!taken) break;
    checkpoint = root_.Child(name + "-" + std::to_string(number));
  }
  MRD_RETURN_IF_ERROR(file_system_->Rename(current, checkpoint));
  session_.Log(kLogName, "Created trash checkpoint: " + checkpoint.path());
  return Status::Ok();
}

}  // namespace mrd::shell
