#include "tasktracker/worker/offspring.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/env.h"

namespace mrd::tasktracker {

namespace {

// Below the usual limit, 819,200, since only a privileged process may raise the hard one.
constexpr rlim_t kMarkBase = 0x40000;
constexpr int kRounds = 16;

// Files of /proc have no size: read until the end.
std::string ReadProc(const std::string& path) {
  Result<std::unique_ptr<File>> file = Env::Posix().OpenForRead(path);
  std::string text;
  if (!file.ok()) return text;
  char buffer[4096];
  while (true) {
    Result<std::size_t> got = (*file)->ReadAt(text.size(), buffer, sizeof(buffer));
    if (!got.ok() || *got == 0) return text;
    text.append(buffer, *got);
  }
}

std::vector<pid_t> Children() {
  const std::string self = std::to_string(::getpid());
  const std::string text = ReadProc("/proc/" + self + "/task/" + self + "/children");
  std::vector<pid_t> children;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    pid_t child = 0;
    const auto [next, error] = std::from_chars(at, end, child);
    if (error != std::errc()) break;
    children.push_back(child);
    at = next;
    while (at < end && *at == ' ') ++at;
  }
  return children;
}

bool Carries(pid_t process, std::uint32_t mark) {
  const std::string limits = ReadProc("/proc/" + std::to_string(process) + "/limits");
  constexpr std::string_view kName = "Max msgqueue size";
  const std::size_t at = limits.find(kName);
  if (at == std::string::npos) return false;
  const std::size_t digits = limits.find_first_not_of(' ', at + kName.size());
  if (digits == std::string::npos) return false;
  rlim_t value = 0;
  std::from_chars(limits.data() + digits, limits.data() + limits.size(), value);
  return value == kMarkBase + mark;
}

}  // namespace

void AdoptOrphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

void MarkOffspring(std::uint32_t mark) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MSGQUEUE, &limit) != 0) return;
  limit.rlim_cur = kMarkBase + mark;  // refused below a smaller hard limit: then there is the group alone
  ::setrlimit(RLIMIT_MSGQUEUE, &limit);
}

void KillOffspring(pid_t attempt, std::uint32_t mark) {
  ::kill(-attempt, SIGKILL);
  for (int round = 0; round < kRounds; ++round) {
    std::vector<pid_t> mine;
    for (const pid_t child : Children()) {
      if (::getpgid(child) == attempt || Carries(child, mark)) mine.push_back(child);
    }
    if (mine.empty()) return;
    for (const pid_t child : mine) ::kill(child, SIGKILL);
    for (const pid_t child : mine) {
      int status = 0;
      while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
      }
    }
  }
}

}  // namespace mrd::tasktracker
