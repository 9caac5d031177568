#include "tools/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "engine/guard/last_rites.h"
#include "engine/guard/signal_text.h"

namespace mrd::tools {
namespace {

using engine::guard::SignalText;

engine::CancelFlag* cancel = nullptr;
std::atomic<const char*> farewell{"; its temporary files are removed, nothing was written to the output\n"};
std::atomic<bool> elsewhere{false};  // the job runs on a cluster

[[noreturn]] void EndAtOnce(int signal, std::string_view why) {
  SignalText text;
  text << "\nmr jar: " << (elsewhere.load() ? "this command" : "the job") << " was ended by " << SignalWord(signal) << why
       << farewell.load();
  engine::guard::FreezeOtherThreads();
  engine::guard::RemoveLeftovers();
  text.Flush();
  engine::guard::EndProcess(128 + signal);
}

void OnSignal(int signal) {
  const int saved_errno = errno;
  int before = 0;
  if (signal == SIGALRM) {
    EndAtOnce(cancel->signal.load(), " and did not stop by itself");
  }
  if (!cancel->signal.compare_exchange_strong(before, signal)) {
    EndAtOnce(signal, " twice");
  }
  ::alarm(kPatienceSeconds);
  errno = saved_errno;
}

}  // namespace

std::string_view SignalWord(int signal) {
  switch (signal) {
    case SIGHUP:
      return "a hang-up (SIGHUP)";
    case SIGINT:
      return "an interrupt (SIGINT)";
    case SIGTERM:
      return "a request to end (SIGTERM)";
    default:
      return "a signal";
  }
}

void SetInterruptFarewell(const char* text) {
  farewell.store(text);
  elsewhere.store(true);
}

void InstallInterruptHandlers(engine::CancelFlag& flag) {
  cancel = &flag;
  engine::guard::PrepareLastRites();
  struct sigaction action{};
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  action.sa_handler = OnSignal;
  ::sigaction(SIGALRM, &action, nullptr);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction old{};
    ::sigaction(signal, nullptr, &old);
    if (old.sa_handler != SIG_IGN) ::sigaction(signal, &action, nullptr);
  }
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, nullptr);
  ::sigaction(SIGXFSZ, &action, nullptr);
}

}  // namespace mrd::tools
