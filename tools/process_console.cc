#include "tools/process_console.h"

#include <unistd.h>

#include <cerrno>

#include "tools/console.h"

namespace mrd::tools {

bool ProcessConsole::Out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(kStdout, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void ProcessConsole::Err(std::string_view text) { WriteAll(kStderr, text); }

Result<std::size_t> ProcessConsole::In(char* out, std::size_t size) {
  // A signal ends the wait, and the caller looks whether it should go on.
  const ssize_t got = ::read(STDIN_FILENO, out, size);
  if (got >= 0) return static_cast<std::size_t>(got);
  return errno == EINTR ? Result<std::size_t>(std::size_t{0}) : FromErrno(errno, "read standard input");
}

bool ProcessConsole::live() const { return StderrIsLive(); }
int ProcessConsole::columns() const { return StderrColumns(); }

}  // namespace mrd::tools
