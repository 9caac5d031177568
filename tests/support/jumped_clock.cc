// A library to be loaded before others (LD_PRELOAD): the wall clock as a process sees it is ahead by as many seconds as the
// file that MR_TEST_CLOCK names says, eight bytes that a test may change at any moment. Clocks that only go forward are
// left alone, as they are when somebody sets the clock of a machine.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

using Seconds = std::atomic<std::int64_t>;

const Seconds* Map() {
  static const Seconds none{0};
  const char* const path = std::getenv("MR_TEST_CLOCK");
  if (path == nullptr) return &none;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return &none;
  void* const mapped = ::mmap(nullptr, sizeof(Seconds), PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  return mapped == MAP_FAILED ? &none : static_cast<const Seconds*>(mapped);
}

std::int64_t Ahead() {
  static const Seconds* const seconds = Map();
  return seconds->load(std::memory_order_relaxed);
}

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  static const auto next = Next<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = next(clock, out);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) out->tv_sec += Ahead();
  return result;
}

int gettimeofday(timeval* out, void* zone) noexcept {
  static const auto next = Next<int (*)(timeval*, void*)>("gettimeofday");
  const int result = next(out, zone);
  if (result == 0) out->tv_sec += Ahead();
  return result;
}

time_t time(time_t* out) noexcept {
  static const auto next = Next<time_t (*)(time_t*)>("time");
  const time_t now = next(nullptr) + Ahead();
  if (out != nullptr) *out = now;
  return now;
}

}  // extern "C"
