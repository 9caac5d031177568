#pragma once

namespace mrd::shell {

// While one exists, the first SIGINT or SIGTERM is only remembered, so that what is half done can be cleared away; the
// second ends the process as usual. One at a time; signals that were ignored stay so.
class InterruptScope {
 public:
  InterruptScope();
  ~InterruptScope();
  InterruptScope(const InterruptScope&) = delete;
  InterruptScope& operator=(const InterruptScope&) = delete;

  static bool Raised();
  // Waits, but no longer once a signal comes. Returns Raised().
  static bool Wait(long milliseconds);
};

}  // namespace mrd::shell
