#include "common/base/write_confinement.h"

#include <cerrno>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/unique_fd.h"

namespace mrd {

namespace {

// Truncating is in version 3 of the interface, which headers of version 2 do not name.
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14;
constexpr int kTruncateSince = 3;
constexpr int kReferSince = 2;

constexpr std::uint64_t kWriteFile = LANDLOCK_ACCESS_FS_WRITE_FILE;
constexpr std::uint64_t kChangeDir = LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                     LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                     LANDLOCK_ACCESS_FS_MAKE_SYM;

constexpr const char* kHarmless[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/tty"};

int Version() {
  return static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

Status Allow(int rules, const std::string& path, std::uint64_t access) {
  const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.valid()) return errno == ENOENT ? Status::Ok() : FromErrno(errno, "open " + path);
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = place.get();
  if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0) return Status::Ok();
  return FromErrno(errno, "allow writes to " + path);
}

}  // namespace

Status CanConfineWrites() {
  if (Version() > 0) return Status::Ok();
  return Unimplemented(std::string("this kernel offers no Landlock: ") + std::strerror(errno));
}

Status ConfineWrites(const std::vector<std::string>& dirs) {
  const int version = Version();
  if (version <= 0) return CanConfineWrites();
  const std::uint64_t in_files = kWriteFile | (version >= kTruncateSince ? kTruncate : 0);
  // Before version 2 nothing may be moved between directories, allowed or not.
  const std::uint64_t in_dirs = in_files | kChangeDir | (version >= kReferSince ? LANDLOCK_ACCESS_FS_REFER : 0);
  landlock_ruleset_attr handled{};
  handled.handled_access_fs = in_dirs;
  const UniqueFd rules(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0)));
  if (!rules.valid()) return FromErrno(errno, "make rules of Landlock");
  for (const std::string& dir : dirs) MRD_RETURN_IF_ERROR(Allow(rules.get(), dir, in_dirs));
  for (const char* file : kHarmless) MRD_RETURN_IF_ERROR(Allow(rules.get(), file, in_files));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return FromErrno(errno, "give up new privileges");
  if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) return FromErrno(errno, "confine writes");
  return Status::Ok();
}

}  // namespace mrd
