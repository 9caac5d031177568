#include "common/base/environment.h"

#include "common/base/account.h"

#include <cerrno>
#include <cstdlib>
#include <vector>

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mrd {
namespace {

constexpr std::size_t kEntryBytesMax = std::size_t{1} << 20;

// Calls a getpw*_r-like function with a buffer that grows until the entry fits.
template <typename Entry, typename Lookup, typename Read>
std::optional<std::string> FromDatabase(Lookup lookup, Read read) {
  for (std::size_t size = 1024; size <= kEntryBytesMax; size *= 4) {
    std::vector<char> buffer(size);
    Entry entry;
    Entry* found = nullptr;
    const int error = lookup(&entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE) continue;
    if (error != 0 || found == nullptr) return std::nullopt;
    return std::string(read(*found));
  }
  return std::nullopt;
}

template <typename Read>
std::optional<std::string> FromPasswd(std::uint32_t uid, Read read) {
  return FromDatabase<passwd>(
      [uid](passwd* entry, char* buffer, std::size_t size, passwd** found) {
        return getpwuid_r(uid, entry, buffer, size, found);
      },
      read);
}

}  // namespace

std::optional<std::string> EnvironmentVariable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::string CurrentDirectory() {
  for (std::size_t size = 1024; size <= kEntryBytesMax; size *= 4) {
    std::string path(size, '\0');
    if (getcwd(path.data(), path.size()) != nullptr) return path.c_str();
    if (errno != ERANGE) break;
  }
  return "/";
}

std::string HomeDirectory() {
  if (auto home = EnvironmentVariable("HOME"); home && !home->empty()) return *home;
  auto home = FromPasswd(geteuid(), [](const passwd& entry) { return entry.pw_dir; });
  return home && !home->empty() ? *home : "/";
}

std::string UserName(std::uint32_t uid) {
  return FromPasswd(uid, [](const passwd& entry) { return entry.pw_name; })
      .value_or(std::to_string(uid));
}

std::string GroupName(std::uint32_t gid) {
  auto name = FromDatabase<group>(
      [gid](group* entry, char* buffer, std::size_t size, group** found) {
        return getgrgid_r(gid, entry, buffer, size, found);
      },
      [](const group& entry) { return entry.gr_name; });
  return name.value_or(std::to_string(gid));
}

std::vector<std::string> GroupsOfUser(const std::string& user) {
  std::optional<std::uint32_t> primary;
  const auto gid = FromDatabase<passwd>(
      [&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
        return getpwnam_r(user.c_str(), entry, buffer, size, found);
      },
      [&](const passwd& entry) {
        primary = entry.pw_gid;
        return entry.pw_name;
      });
  if (!gid || !primary) return {};
  std::vector<gid_t> ids(64);
  int count = static_cast<int>(ids.size());
  if (getgrouplist(user.c_str(), *primary, ids.data(), &count) < 0) {
    ids.resize(static_cast<std::size_t>(count));
    if (getgrouplist(user.c_str(), *primary, ids.data(), &count) < 0) return {GroupName(*primary)};
  }
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(GroupName(ids[static_cast<std::size_t>(i)]));
  return names;
}

std::optional<Account> FindAccount(const std::string& name) {
  Account account;
  const auto found = FromDatabase<passwd>(
      [&](passwd* entry, char* buffer, std::size_t size, passwd** result) {
        return getpwnam_r(name.c_str(), entry, buffer, size, result);
      },
      [&](const passwd& entry) {
        account.uid = entry.pw_uid;
        account.gid = entry.pw_gid;
        return entry.pw_name;
      });
  if (!found) return std::nullopt;
  account.name = *found;
  return account;
}

std::string CurrentUserName() { return UserName(geteuid()); }

std::optional<std::string> FindProgram(const std::string& name) {
  const auto runnable = [](const std::string& path) {
    struct stat info{};
    return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) {
    return runnable(name) ? std::optional(name) : std::nullopt;
  }
  std::string path = EnvironmentVariable("PATH").value_or("");
  if (path.empty()) path = "/usr/local/bin:/usr/bin:/bin";
  std::size_t start = 0;
  while (start <= path.size()) {
    std::size_t end = path.find(':', start);
    if (end == std::string::npos) end = path.size();
    // An empty entry means the current directory.
    const std::string directory = path.substr(start, end - start);
    std::string candidate = (directory.empty() ? std::string(".") : directory) + "/" + name;
    if (runnable(candidate)) return candidate;
    start = end + 1;
  }
  return std::nullopt;
}

}  // namespace mrd
