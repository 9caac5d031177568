#pragma once

#include "common/base/status.h"
#include "tools/shell/item.h"
#include "tools/shell/session.h"

namespace mrd::shell {

// A user's trash on one file system: below it "Current" takes what is deleted, under its full path, and checkpoints named
// by their time keep what "Current" held when they were made.
class Trash {
 public:
  // The interval is the server's, or the configuration's where the server has none. 0: there is no trash.
  static Result<Trash> Of(Session& session, std::shared_ptr<fs::FileSystem> file_system, const fs::Path& any_path);

  bool enabled() const { return interval_minutes_ > 0; }
  // False when there is no trash or the item lies in it already, so that it is to be deleted. An item that contains the
  // trash is refused.
  Result<bool> Take(const Item& item);
  // Deletes checkpoints older than the interval, all of them if `all`.
  Status Expunge(bool all);
  // Makes a checkpoint of what "Current" holds.
  Status Checkpoint();

 private:
  Trash(Session& session, std::shared_ptr<fs::FileSystem> file_system, fs::Path root, std::int64_t interval_minutes)
      : session_(session), file_system_(std::move(file_system)), root_(std::move(root)), interval_minutes_(interval_minutes) {}

  // Makes the directory below "Current". Where a file has taken the place of a parent, another name is taken for that;
  // the directory that was made is returned.
  Result<fs::Path> MakeDirectory(fs::Path directory);
  Result<bool> Exists(const fs::Path& path);
  // The path, or with the time behind its name when it is taken.
  Result<fs::Path> FreeName(const fs::Path& path);

  Session& session_;
  std::shared_ptr<fs::FileSystem> file_system_;
  fs::Path root_;
  std::int64_t interval_minutes_;
};

}  // namespace mrd::shell
