#include "common/fs/posix_attributes.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mrd::fs {
namespace {

constexpr std::size_t kEntryBytesMax = 1 << 20;

std::optional<std::uint32_t> AsNumber(const std::string& name) {
  std::uint32_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

// `lookup` fills a buffer and returns an errno value, ERANGE when the buffer is too small.
template <typename Entry, typename Lookup>
Result<std::optional<Entry>> Find(const std::string& name, Lookup lookup) {
  std::vector<char> buffer(4096);
  while (true) {
    Entry entry{};
    Entry* found = nullptr;
    const int error = lookup(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE && buffer.size() < kEntryBytesMax) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    if (found != nullptr) return std::optional<Entry>(entry);
    if (error != 0 && error != ENOENT && error != ESRCH) return FromErrno(error, "look up " + name);
    return std::optional<Entry>();
  }
}

Result<uid_t> UserNumber(const std::string& name) {
  if (name.empty()) return static_cast<uid_t>(-1);
  MRD_ASSIGN_OR_RETURN(const std::optional<passwd> entry, Find<passwd>(name, ::getpwnam_r));
  if (entry) return entry->pw_uid;
  if (const auto number = AsNumber(name)) return *number;
  return InvalidArgument("no user is called " + name);
}

Result<gid_t> GroupNumber(const std::string& name) {
  if (name.empty()) return static_cast<gid_t>(-1);
  MRD_ASSIGN_OR_RETURN(const std::optional<group> entry, Find<group>(name, ::getgrnam_r));
  if (entry) return entry->gr_gid;
  if (const auto number = AsNumber(name)) return *number;
  return InvalidArgument("no group is called " + name);
}

timespec ToTimespec(std::int64_t ms) {
  timespec time{};
  if (ms == -1) {
    time.tv_nsec = UTIME_OMIT;
    return time;
  }
  // The fraction counts forward also before 1970.
  const std::int64_t rest = (ms % 1000 + 1000) % 1000;
  time.tv_sec = static_cast<std::time_t>((ms - rest) / 1000);
  time.tv_nsec = static_cast<long>(rest * 1'000'000);
  return time;
}

}  // namespace

Status SetLocalTimes(const std::string& path, std::int64_t modified_ms, std::int64_t accessed_ms) {
  const std::array<timespec, 2> times = {ToTimespec(accessed_ms), ToTimespec(modified_ms)};
  if (::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0) return Status::Ok();
  return FromErrno(errno, "set the times of " + path);
}

Status SetLocalOwner(const std::string& path, const std::string& owner, const std::string& group) {
  MRD_ASSIGN_OR_RETURN(const uid_t user_number, UserNumber(owner));
  MRD_ASSIGN_OR_RETURN(const gid_t group_number, GroupNumber(group));
  if (::chown(path.c_str(), user_number, group_number) == 0) return Status::Ok();
  return FromErrno(errno, "set the owner of " + path);
}

Result<bool> MayAccessLocal(const std::string& path, std::uint32_t wanted) {
  const int mode = ((wanted & 4) != 0 ? R_OK : 0) | ((wanted & 2) != 0 ? W_OK : 0) | ((wanted & 1) != 0 ? X_OK : 0);
  // By the effective user, as everything else that the process does.
  if (::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0) return true;
  if (errno == EACCES || errno == EROFS) return false;
  return FromErrno(errno, "access " + path);
}

}  // namespace mrd::fs
