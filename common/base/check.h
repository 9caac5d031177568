#pragma once

namespace mrd {
// Prints "CHECK failed: ..." with the place to stderr and aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);
}  // namespace mrd

// Always on. For our own mistakes, never for what came from a disk, a socket or a user.
#define MRD_CHECK(condition)                                                                 \
  do {                                                                                       \
    if (!(condition)) [[unlikely]] ::mrd::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)
