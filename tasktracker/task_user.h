#pragma once

#include <optional>
#include <string>

#include "common/base/account.h"
#include "common/base/status.h"

namespace mrd::tasktracker {

// Whom attempts run as (mr.tasktracker.task.user): the user who runs the tracker, one fixed user of the machine, or the
// submitter of each job. Only a tracker that was started as root can give its rights up for another's, and no attempt gets
// root's. Immutable.
class TaskUser {
 public:
  // `word` is the key's value: "", a user's name, or "submitter". Fails with a sentence for who started the tracker when it
  // cannot be so.
  static Result<TaskUser> Make(const std::string& word);
  TaskUser() = default;

  // Whom attempts of this submitter's job run as; none: as the tracker. kFailedPrecondition when there is no such user here
  // or it is root.
  Result<std::optional<Account>> For(const std::string& submitter) const;

 private:
  bool submitters_ = false;
  std::optional<Account> fixed_;
};

// Makes a directory the user's, for nobody else to enter but root.
Status GiveDirectory(const std::string& path, const Account& account);

// Whether the user may go down to `path`: fails with the first directory on the way that forbids it.
Status CheckReachable(const std::string& path, const Account& account);

}  // namespace mrd::tasktracker
