#include "engine/guard/last_rites.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>

#include "engine/local_runner.h"

namespace mrd::engine::guard {
namespace {

constexpr int kDepthMax = 12;           // of the directories that a job makes; bounds the stack that removal needs
constexpr std::size_t kEntryBytes = 1024;  // of directory entries at a time, for the same reason

std::atomic<int> frozen{0};
std::atomic<pid_t> guarded{0};

int FreezeSignal() { return SIGRTMIN + 4; }

void Freeze(int) {
  frozen.fetch_add(1);
  while (true) ::pause();
}

// As the kernel writes directory entries for getdents64.
struct KernelEntry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t size;
  std::uint8_t type;
  char name[1];
};

bool IsDots(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

// Calls visit(name) for each entry; visit returns whether it changed the directory.
template <typename Visit>
bool EachEntry(int directory, Visit visit) {
  alignas(KernelEntry) char buffer[kEntryBytes];
  bool changed = false;
  ::lseek(directory, 0, SEEK_SET);
  while (true) {
    const long size = ::syscall(SYS_getdents64, directory, buffer, sizeof(buffer));
    if (size <= 0) return changed;
    for (long at = 0; at < size;) {
      const auto* entry = reinterpret_cast<const KernelEntry*>(buffer + at);
      at += entry->size;
      if (!IsDots(entry->name) && visit(static_cast<const char*>(entry->name))) changed = true;
    }
  }
}

void RemoveAt(int parent, const char* name, int depth) {
  if (::unlinkat(parent, name, 0) == 0) return;
  const int directory = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory >= 0 && depth < kDepthMax) {
    // Entries that go while one lists may hide others, so list until nothing changes.
    while (EachEntry(directory, [directory, depth](const char* entry) {
      RemoveAt(directory, entry, depth + 1);
      return ::faccessat(directory, entry, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    })) {
    }
  }
  if (directory >= 0) ::close(directory);
  ::unlinkat(parent, name, AT_REMOVEDIR);
}

void RemoveLeftover(const char* path, void*) {
  RemoveAt(AT_FDCWD, path, 0);
  // A job's output directory did not exist before it, and _temporary is all that an unfinished job has there.
  constexpr char kTemporary[] = "/_temporary";
  const std::size_t size = std::strlen(path);
  const std::size_t suffix = sizeof(kTemporary) - 1;
  if (size <= suffix || size >= PATH_MAX || std::strcmp(path + size - suffix, kTemporary) != 0) return;
  char parent[PATH_MAX];
  std::memcpy(parent, path, size - suffix);
  parent[size - suffix] = '\0';
  ::rmdir(parent);
}

}  // namespace

void PrepareLastRites() {
  struct sigaction action{};
  action.sa_handler = Freeze;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  sigfillset(&action.sa_mask);
  ::sigaction(FreezeSignal(), &action, nullptr);
  GuardThisProcess();
}

void GuardThisProcess() { guarded.store(::getpid()); }
bool InGuardedProcess() { return guarded.load() == ::getpid(); }

void FreezeOtherThreads() {
  const pid_t process = ::getpid();
  const auto own = static_cast<pid_t>(::syscall(SYS_gettid));
  const int tasks = ::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (tasks < 0) return;
  int told = 0;
  EachEntry(tasks, [&](const char* name) {
    pid_t thread = 0;
    for (const char* digit = name; *digit >= '0' && *digit <= '9'; ++digit) thread = thread * 10 + (*digit - '0');
    if (thread != 0 && thread != own && ::syscall(SYS_tgkill, process, thread, FreezeSignal()) == 0) ++told;
    return false;
  });
  ::close(tasks);
  for (int tick = 0; tick < 200 && frozen.load() < told; ++tick) {
    const timespec millisecond{0, 1'000'000};
    ::nanosleep(&millisecond, nullptr);
  }
}

void RemoveLeftovers() { engine::ListLeftovers(RemoveLeftover, nullptr); }

void EndProcess(int status) {
  while (true) ::syscall(SYS_exit_group, status);
}

void DieBy(int signal) {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
  sigset_t this_one;
  sigemptyset(&this_one);
  sigaddset(&this_one, signal);
  ::sigprocmask(SIG_UNBLOCK, &this_one, nullptr);
  ::kill(::getpid(), signal);
  EndProcess(128 + signal);
}

void CleanUpAndEnd(int status) {
  FreezeOtherThreads();
  RemoveLeftovers();
  EndProcess(status);
}

}  // namespace mrd::engine::guard
