#include "engine/guard/exit_guard.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "engine/guard/last_rites.h"
#include "engine/guard/signal_text.h"
#include "engine/local_runner.h"

namespace mrd::engine::guard {
namespace {

enum State { kDisarmed, kArmed, kArmedDuringJobs };

// State of the process, since exit() is one: there is only one process to end.
std::atomic<int> state{kDisarmed};
const char* exiting_subject = "the plugin";

bool Forbidden() {
  const int now = state.load();
  return now == kArmed || (now == kArmedDuringJobs && engine::JobRunning());
}

// Ends the process with an error if this call must not be; returns otherwise.
void CheckExit(std::string_view function) {
  if (!InGuardedProcess() || !Forbidden()) return;
  state.store(kDisarmed);
  SignalText text;
  text << "\nError: " << exiting_subject << " called " << function
       << " in the middle of a job; a job ends by returning, or fails by throwing\nWhere: ";
  text.Advance(engine::DescribeRunningAttempt(text.tail(), text.room()));
  text << "\n";
  text.Flush();
  RecordRunningNumber();
  CleanUpAndEnd(kStatusOfFailure);
}

void AtExit() { CheckExit("an exit function"); }

}  // namespace

ExitGuard::ExitGuard(const char* subject) {
  exiting_subject = subject;
  state.store(kArmed);
  // For ways to exit() that do not go through the symbols below.
  static const bool registered = std::atexit(AtExit) == 0;
  (void)registered;
}

ExitGuard::~ExitGuard() { state.store(kDisarmed); }

void ExitGuard::set_rule(ExitRule rule) {
  state.store(rule == ExitRule::kNever ? kArmed : kArmedDuringJobs);
}

}  // namespace mrd::engine::guard

// The exported functions. What they do when all is well is what the C library's do.
extern "C" {

__attribute__((visibility("default"), noreturn)) void exit(int status) noexcept {
  mrd::engine::guard::CheckExit("exit()");
  using Exit = void (*)(int);
  if (auto next = reinterpret_cast<Exit>(::dlsym(RTLD_NEXT, "exit"))) next(status);
  while (true) ::syscall(SYS_exit_group, status);
}

__attribute__((visibility("default"), noreturn)) void _exit(int status) {
  mrd::engine::guard::CheckExit("_exit()");
  while (true) ::syscall(SYS_exit_group, status);
}

__attribute__((visibility("default"), noreturn)) void _Exit(int status) noexcept {
  mrd::engine::guard::CheckExit("_Exit()");
  while (true) ::syscall(SYS_exit_group, status);
}

__attribute__((visibility("default"), noreturn)) void quick_exit(int status) noexcept {
  mrd::engine::guard::CheckExit("quick_exit()");
  using Exit = void (*)(int);
  if (auto next = reinterpret_cast<Exit>(::dlsym(RTLD_NEXT, "quick_exit"))) next(status);
  while (true) ::syscall(SYS_exit_group, status);
}

}  // extern "C"
