#include "engine/guard/crash_guard.h"

#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <string_view>

#include "engine/guard/back_trace.h"
#include "engine/guard/last_rites.h"
#include "engine/guard/signal_text.h"
#include "engine/local_runner.h"

namespace mrd::engine::guard {
namespace {

const char* crashed_subject = "the plugin";

// The thread that reports, 0 when none does. What it does next is a counter, so that a crash inside the report (a
// smashed stack makes unwinding dangerous) goes on with the step after the one that crashed.
std::atomic<pid_t> reporter{0};
std::atomic<int> next_step{0};

std::string_view SignalName(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "SIGSEGV (invalid memory access)";
    case SIGBUS:
      return "SIGBUS (memory that cannot be read)";
    case SIGFPE:
      return "SIGFPE (division by zero or overflow)";
    case SIGILL:
      return "SIGILL (illegal instruction)";
    case SIGABRT:
      return "SIGABRT (abort was called)";
    case SIGXFSZ:
      return "SIGXFSZ (a file grew beyond the limit)";
    default:
      return "a signal";
  }
}

bool HasAddress(int signal) { return signal == SIGSEGV || signal == SIGBUS; }

void PrintHeadline(int signal, const siginfo_t* info) {
  SignalText text;
  text << "\nError: " << crashed_subject << " crashed with " << SignalName(signal);
  // Codes above zero come from the processor; others were sent by kill() and have no address.
  if (HasAddress(signal) && info->si_code > 0) {
    text << " at address ";
    text.Hex(reinterpret_cast<std::uintptr_t>(info->si_addr));
  }
  text << "\n";
  text.Flush();
}

void PrintAttempt() {
  SignalText text;
  text << "Where: ";
  text.Advance(engine::DescribeRunningAttempt(text.tail(), text.room()));
  text << "\n";
  text.Flush();
  RecordRunningNumber();
}

void PrintEnd() {
  SignalText text;
  if (SignalTextIsRecorded()) return;  // the parent says what follows from it
  text << (engine::JobRunning() ? "The job has failed. Its temporary files are removed, its output was not written.\n"
                                : "No job was running.\n");
  text.Flush();
}

std::uintptr_t ProgramCounter(const void* context) {
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return machine.pc;
#else
  (void)machine;
  return 0;
#endif
}

[[noreturn]] void EndBy(int signal) {
  if (SignalTextIsRecorded()) DieBy(signal);
  EndProcess(kStatusOfFailure);
}

void OnCrash(int signal, siginfo_t* info, void* context) {
  if (!InGuardedProcess()) DieBy(signal);
  const auto thread = static_cast<pid_t>(::syscall(SYS_gettid));
  pid_t nobody = 0;
  if (!reporter.compare_exchange_strong(nobody, thread) && nobody != thread) {
    while (true) ::pause();  // another thread reports, and will end the process
  }
  while (true) {
    switch (next_step.fetch_add(1)) {
      case 0:
        FreezeOtherThreads();
        break;
      case 1:
        PrintHeadline(signal, info);
        break;
      case 2:
        PrintAttempt();
        break;
      case 3:
        PrintBackTrace(ProgramCounter(context));
        break;
      case 4:
        RemoveLeftovers();
        break;
      case 5:
        PrintEnd();
        break;
      default:
        EndBy(signal);
    }
  }
}

void Guard(int signal) {
  struct sigaction action{};
  action.sa_sigaction = OnCrash;
  // SA_NODEFER: a crash within the report comes back here and not to the default action.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void GuardFileSize() { Guard(SIGXFSZ); }

void InstallCrashGuard(const char* subject) {
  crashed_subject = subject;
  PrepareLastRites();
  PrepareBackTrace();
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) Guard(signal);
}

}  // namespace mrd::engine::guard
