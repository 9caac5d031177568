#pragma once

#include <cstdint>

namespace mrd {

// Time and what the process has used. Injected, so that tests and simulations run on time of their own. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t MonotonicNanos() = 0;  // from an arbitrary start, never backwards
  virtual std::int64_t WallMillis() = 0;      // since 1970; for people and file times only
  virtual std::int64_t ProcessCpuMillis() = 0;

  static Clock& System();
};

// Blocks the calling thread. For commands that look at other processes from time to time; what can be waited for is waited
// for instead.
void Pause(std::int64_t millis);

// Sizes of this process now, in bytes; 0 where the system does not tell.
struct ProcessMemory {
  std::int64_t resident = 0;
  std::int64_t virtual_size = 0;
};
ProcessMemory CurrentProcessMemory();

// Lifts the soft limit on open files to the hard one; many segments are merged at once.
void RaiseOpenFileLimit();

}  // namespace mrd
