#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/account.h"
#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::tasktracker {

// The directories in which attempts of one job work. To make a directory and to remove it costs as much as half of a short
// attempt, so one that an attempt leaves as it got it, empty, is the next one's. Thread-safe; all but Take() touch the disk.
class WorkDirs {
 public:
  explicit WorkDirs(Env& env) : env_(env) {}
  // Whose what is made from now on shall be. REQUIRES: nothing was made.
  void SetOwner(Account owner) { owner_ = std::move(owner); }

  // An empty directory that an attempt has left; "" when there is none.
  std::string Take();
  // A new one in one of the job's directories: the first, in turn, in which it can be made. They must outlive what is made.
  Result<std::string> Make(const std::vector<std::string>& job_dirs);
  // An attempt has left it, and no process of its is there any more: the next may have it, or it is removed with all
  // that lies in it. "" is none.
  void Leave(const std::string& dir);

 private:
  struct Made {
    std::string path;
    std::uint64_t inode;
    std::uint64_t device;
    std::uint32_t mode;
    std::uint32_t uid;
  };
  bool AsMade(const std::string& dir);

  Env& env_;
  std::optional<Account> owner_;
  std::mutex mutex_;  // guards what follows
  std::size_t turn_ = 0;
  std::uint64_t last_number_ = 0;
  std::vector<Made> made_;
  std::vector<std::string> free_;
};

}  // namespace mrd::tasktracker
