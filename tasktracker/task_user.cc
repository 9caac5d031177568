#include "tasktracker/task_user.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "common/base/environment.h"

namespace mrd::tasktracker {

namespace {

constexpr const char* kKey = "mr.tasktracker.task.user";
constexpr const char* kSubmitter = "submitter";
constexpr std::uint32_t kPrivate = 0700;

Result<Account> Find(const std::string& name) {
  const std::optional<Account> account = FindAccount(name);
  if (!account) {
    return FailedPrecondition(std::string(kKey) + ": this machine has no user " + name +
                              "; make one on every machine that runs a tasktracker");
  }
  if (account->uid == 0 || account->gid == 0) {
    return FailedPrecondition(std::string(kKey) + ": attempts do not run as " + name +
                              ", which has root's rights; take or submit as another user");
  }
  return *account;
}

}  // namespace

Result<TaskUser> TaskUser::Make(const std::string& word) {
  TaskUser user;
  if (word.empty()) return user;
  if (::geteuid() != 0) {
    return FailedPrecondition(std::string(kKey) + "=" + word + " needs a tasktracker that was started as root, not as " +
                              CurrentUserName() + "; start it as root, or take the key away");
  }
  if (word == kSubmitter) {
    user.submitters_ = true;
    return user;
  }
  MRD_ASSIGN_OR_RETURN(user.fixed_, Find(word));
  return user;
}

Result<std::optional<Account>> TaskUser::For(const std::string& submitter) const {
  if (!submitters_) return fixed_;
  MRD_ASSIGN_OR_RETURN(Account account, Find(submitter));
  return std::optional<Account>(std::move(account));
}

Status GiveDirectory(const std::string& path, const Account& account) {
  if (::lchown(path.c_str(), account.uid, account.gid) != 0) return FromErrno(errno, "give " + path + " to " + account.name);
  if (::chmod(path.c_str(), kPrivate) != 0) return FromErrno(errno, "close " + path + " to others than " + account.name);
  return Status::Ok();
}

Status CheckReachable(const std::string& path, const Account& account) {
  const std::vector<std::string> groups = GroupsOfUser(account.name);
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string at = path.substr(0, end);
    struct stat found {};
    if (::stat(at.c_str(), &found) != 0) return FromErrno(errno, "look at " + at);
    const auto in_group = [&] {
      return found.st_gid == account.gid ||
             std::find(groups.begin(), groups.end(), GroupName(found.st_gid)) != groups.end();
    };
    const mode_t needed = found.st_uid == account.uid ? S_IXUSR : in_group() ? S_IXGRP : S_IXOTH;
    if ((found.st_mode & needed) == 0) {
      return PermissionDenied("user " + account.name + " of mr.tasktracker.task.user may not enter " + at + ", on the way to " +
                              path + "; open it to all (chmod +x), or choose another place");
    }
    if (end == std::string::npos) return Status::Ok();
  }
}

}  // namespace mrd::tasktracker
