#include "common/daemon/background.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

namespace mrd::daemon {
namespace {

constexpr char kServing = 's';
constexpr char kFailed = 'f';

void WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return;  // the reader is gone
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

std::string ReadAll(int descriptor) {
  std::string all;
  char buffer[1024];
  for (;;) {
    const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return all;
    all.append(buffer, static_cast<std::size_t>(got));
  }
}

[[noreturn]] void WaitForOutcome(int report) {
  const std::string text = ReadAll(report);
  if (!text.empty() && text.front() == kServing) ::_exit(0);
  WriteAll(STDERR_FILENO, text.empty() ? std::string_view("the daemon ended before it served; its log may say why\n")
                                       : std::string_view(text).substr(1));
  ::_exit(1);
}

}  // namespace

bool Background::Enter() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  UniqueFd reading(ends[0]);
  report_ = UniqueFd(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return false;
  if (child > 0) {
    report_.Reset();
    WaitForOutcome(reading.get());
  }
  ::setsid();
  return true;
}

void Background::Serving() { (void)Tell(kServing, ""); }
bool Background::Failed(std::string_view line) { return Tell(kFailed, line); }

bool Background::Tell(char outcome, std::string_view line) {
  if (!report_.valid()) return false;
  // From now on nothing of the terminal that started it is held. The log was opened before.
  for (std::FILE* stream : {stdin, stdout, stderr}) {
    if (std::freopen("/dev/null", stream == stdin ? "r" : "w", stream) == nullptr) ::close(::fileno(stream));
  }
  WriteAll(report_.get(), std::string(1, outcome) + std::string(line));
  report_.Reset();
  return true;
}

}  // namespace mrd::daemon
