#include "tools/environment.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "common/base/environment.h"

namespace mrd::tools {

std::optional<std::string> Environment(const char* name) {
  auto value = EnvironmentVariable(name);
  return value && value->empty() ? std::nullopt : value;
}

std::string EnvironmentOr(const char* name, const char* fallback) {
  return Environment(name).value_or(fallback);
}

std::string OwnExecutable() {
  std::array<char, PATH_MAX> buffer;
  const ssize_t size = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (size <= 0) return "/";
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

std::string Prefix() {
  std::string path = OwnExecutable();
  for (int level = 0; level < 2; ++level) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return "/";
    path.resize(slash);
  }
  return path.empty() ? "/" : path;
}

std::string ExamplesDirectory() { return Prefix() + "/lib/mr/examples"; }
std::string IncludeDirectory() { return Prefix() + "/include"; }
std::string DefaultConfigDirectory() { return Prefix() + "/etc/mr"; }

std::optional<std::string> FindProgram(const std::string& name) { return mrd::FindProgram(name); }

namespace {
std::optional<mode_t> ModeOf(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return std::nullopt;
  return info.st_mode;
}
}  // namespace

bool IsRegularFile(const std::string& path) {
  const auto mode = ModeOf(path);
  return mode && S_ISREG(*mode);
}

bool IsDirectory(const std::string& path) {
  const auto mode = ModeOf(path);
  return mode && S_ISDIR(*mode);
}

bool PathExists(const std::string& path) { return ModeOf(path).has_value(); }

std::string AbsolutePath(const std::string& path) {
  if (!path.empty() && path[0] == '/') return path;
  return CurrentDirectory() + "/" + path;
}

std::string BaseName(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace mrd::tools
