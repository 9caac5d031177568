#pragma once

namespace mrd::engine::guard {

// A plugin that calls exit(), _exit() or quick_exit() must not end the command as if its job had succeeded. While the
// guard is armed such a call prints which task made it, removes what the job left on disk and ends the process with
// status 1. This binary exports its own exit functions, which plugins find before those of the C library.
//
// A driver may end the process where it likes, except while one of its jobs runs.
enum class ExitRule { kNever, kBetweenJobs };

// Armed from construction to destruction; one at a time. `subject` must live as long.
class ExitGuard {
 public:
  explicit ExitGuard(const char* subject);
  ~ExitGuard();
  ExitGuard(const ExitGuard&) = delete;
  ExitGuard& operator=(const ExitGuard&) = delete;

  void set_rule(ExitRule rule);
};

}  // namespace mrd::engine::guard
