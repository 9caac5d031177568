#include "tasktracker/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/unique_fd.h"

namespace mrd::tasktracker {
namespace {

// A file of /proc, which has no size beforehand; "" when it is gone.
std::string ReadProc(pid_t pid, const char* file) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + file;
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return {};
  std::string text(4096, '\0');
  const ssize_t got = ::read(fd.get(), text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

std::optional<ProcessInfo> ReadStat(pid_t pid) {
  const std::string text = ReadProc(pid, "stat");
  // The name, in parentheses, may hold anything; what follows the last one is numbers.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  char state = '?';
  long parent = 0;
  long group = 0;
  unsigned long user = 0;
  unsigned long system = 0;
  long resident_pages = 0;
  if (std::sscanf(text.c_str() + name_end + 1,
                  " %c %ld %ld %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u %*u %ld", &state,
                  &parent, &group, &user, &system, &resident_pages) != 6) {
    return std::nullopt;
  }
  static const long page_bytes = ::sysconf(_SC_PAGESIZE);
  static const long ticks = ::sysconf(_SC_CLK_TCK);
  ProcessInfo info;
  info.pid = pid;
  info.parent = static_cast<pid_t>(parent);
  info.group = static_cast<pid_t>(group);
  info.zombie = state == 'Z' || state == 'X';
  info.resident_bytes = static_cast<std::uint64_t>(resident_pages) * static_cast<std::uint64_t>(page_bytes);
  info.cpu_ms = (user + system) * 1000 / static_cast<unsigned long>(ticks);
  return info;
}

}  // namespace

ProcessTree ProcessTree::Read() {
  std::vector<ProcessInfo> processes;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir("/proc"), ::closedir);
  if (dir == nullptr) return ProcessTree();
  while (const dirent* const entry = ::readdir(dir.get())) {
    pid_t pid = 0;
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    const auto [stop, error] = std::from_chars(entry->d_name, end, pid);
    if (error != std::errc() || stop != end) continue;
    if (std::optional<ProcessInfo> info = ReadStat(pid)) processes.push_back(*info);
  }
  return ProcessTree(std::move(processes));
}

std::vector<ProcessInfo> ProcessTree::Family(pid_t root) const {
  std::set<pid_t> members = {root};
  // Parents often have smaller numbers, but need not: until nothing is added.
  for (std::size_t before = 0; before != members.size();) {
    before = members.size();
    for (const ProcessInfo& process : processes_) {
      if (process.group == root || members.contains(process.parent)) members.insert(process.pid);
    }
  }
  std::vector<ProcessInfo> family;
  for (const ProcessInfo& process : processes_) {
    if (members.contains(process.pid)) family.push_back(process);
  }
  return family;
}

std::uint64_t ProcessTree::ResidentBytes(pid_t root) const {
  std::uint64_t sum = 0;
  for (const ProcessInfo& process : Family(root)) sum += process.resident_bytes;
  return sum;
}

std::vector<ProcessInfo> ProcessTree::ChildrenOf(pid_t parent) const {
  std::vector<ProcessInfo> children;
  for (const ProcessInfo& process : processes_) {
    if (process.parent == parent) children.push_back(process);
  }
  return children;
}

void SignalFamily(pid_t root, int signal) {
  if (root <= 1) return;
  (void)::kill(-root, signal);
  for (const ProcessInfo& process : ProcessTree::Read().Family(root)) {
    if (!process.zombie && process.group != root) (void)::kill(process.pid, signal);
  }
}

}  // namespace mrd::tasktracker
