#include "common/base/clock.h"

#include <cerrno>
#include <ctime>

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>

namespace mrd {

namespace {

class SystemClock : public Clock {
 public:
  std::int64_t MonotonicNanos() override {
    return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  }
  std::int64_t WallMillis() override {
    return std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds(1);
  }
  std::int64_t ProcessCpuMillis() override {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return std::int64_t{used.tv_sec} * 1000 + used.tv_nsec / 1000000;
  }
};

}  // namespace

Clock& Clock::System() {
  static SystemClock clock;
  return clock;
}

ProcessMemory CurrentProcessMemory() {
  ProcessMemory memory;
  std::FILE* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return memory;
  long pages = 0;
  long resident = 0;
  if (std::fscanf(file, "%ld %ld", &pages, &resident) == 2) {
    const long page = ::sysconf(_SC_PAGESIZE);
    memory.virtual_size = std::int64_t{pages} * page;
    memory.resident = std::int64_t{resident} * page;
  }
  std::fclose(file);
  return memory;
}

void RaiseOpenFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void Pause(std::int64_t millis) {
  timespec left{millis / 1000, millis % 1000 * 1'000'000};
  while (::nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

}  // namespace mrd
