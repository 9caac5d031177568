#include "common/base/syscall_denials.h"

#include <cerrno>
#include <csignal>
#include <thread>

#include <catch2/catch.hpp>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mrd {
namespace {

// In a process of its own, since nothing gives the rights back. The number of the first check that does not hold.
template <typename Checks>
int InChild(Checks checks) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(checks());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

// The error of a call; 0: it went well.
template <typename... Arguments>
int ErrorOf(long number, Arguments... arguments) {
  return ::syscall(number, arguments...) >= 0 ? 0 : errno;
}

bool StartsAndWaits() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(7);
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

TEST_CASE("system calls: what concerns the machine is refused, also to children; programs go on", "[confinement]") {
  if (!CanDenySystemCalls().ok()) {
    WARN("skipped: " << CanDenySystemCalls().message());
    return;
  }
  // Without the filter this is permitted to everybody, unless the test runs in a sandbox of somebody else's.
  const bool was_free = InChild([] { return ErrorOf(SYS_unshare, 0) == 0 ? 0 : 1; }) == 0;
  if (!was_free) WARN("unshare was refused already");
  CHECK(InChild([] {
          if (!DenySystemCalls().ok()) return 1;
          const auto refused = [] {
            return ErrorOf(SYS_unshare, 0) == EPERM && ErrorOf(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) == EPERM &&
                   ErrorOf(SYS_mount, nullptr, nullptr, nullptr, 0, nullptr) == EPERM &&
                   ErrorOf(SYS_bpf, 0, nullptr, 0) == EPERM && ErrorOf(SYS_keyctl, 0, 0, 0, 0, 0) == EPERM &&
                   ErrorOf(SYS_perf_event_open, nullptr, 0, 0, 0, 0) == EPERM &&
                   ErrorOf(SYS_io_uring_setup, 0, nullptr) == EPERM && ErrorOf(SYS_setns, -1, 0) == EPERM &&
                   ErrorOf(SYS_open_by_handle_at, -1, nullptr, 0) == EPERM && ErrorOf(SYS_vhangup) == EPERM;
          };
          if (!refused()) return 2;
          if (ErrorOf(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr) != EPERM) return 3;
          if (ErrorOf(SYS_clone3, nullptr, 0) != ENOSYS) return 4;
          if (!StartsAndWaits()) return 5;
          bool in_thread = false;
          std::thread([&] { in_thread = refused(); }).join();
          if (!in_thread) return 6;
          if (InChild([&] { return refused() ? 0 : 1; }) != 0) return 7;
          return DenySystemCalls().ok() ? 0 : 8;  // a second filter does no harm
        }) == 0);
}

}  // namespace
}  // namespace mrd
