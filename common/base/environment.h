#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mrd {

// What the process was started with and who runs it. The only callers of getenv(3), getcwd(3) and getpw*(3).
// Thread-safe as long as nobody changes the environment.

std::optional<std::string> EnvironmentVariable(const std::string& name);
// The directory that relative paths mean; "/" when it was removed under us.
std::string CurrentDirectory();
// $HOME, else the user database's entry, else "/".
std::string HomeDirectory();

// Names from the user database; the number as text when there is none. May be slow the first time.
std::string UserName(std::uint32_t uid);
std::string GroupName(std::uint32_t gid);
// Names of the groups that a user of this host is in, the primary one first; none for an unknown user.
std::vector<std::string> GroupsOfUser(const std::string& user);
std::string CurrentUserName();  // of the effective user

// The file that execvp() would run for `name`; nullopt when there is none.
std::optional<std::string> FindProgram(const std::string& name);

}  // namespace mrd
