#include "tools/shell/interrupt.h"

#include <array>
#include <csignal>

#include <poll.h>

namespace mrd::shell {
namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM};

// A signal handler can reach nothing else.
volatile std::sig_atomic_t raised = 0;
std::array<struct sigaction, kSignals.size()> before;

void Remember(int) { raised = 1; }

}  // namespace

InterruptScope::InterruptScope() {
  raised = 0;
  struct sigaction action {};
  action.sa_handler = Remember;
  // SA_RESETHAND: the second one ends the process.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &before[i]);
    if (before[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

InterruptScope::~InterruptScope() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before[i], nullptr);
}

bool InterruptScope::Raised() { return raised != 0; }

bool InterruptScope::Wait(long milliseconds) {
  // poll() ends early when a signal comes, unlike a sleep that would be taken up again.
  if (!Raised()) ::poll(nullptr, 0, static_cast<int>(milliseconds));
  return Raised();
}

}  // namespace mrd::shell
