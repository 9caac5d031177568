#include "engine/guard/back_trace.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstring>
#include <string_view>

#include "common/base/environment.h"
#include "engine/guard/signal_text.h"

namespace mrd::engine::guard {
namespace {

constexpr int kFramesMax = 48;
constexpr int kSymboliserPatienceMs = 5000;

// Set once by PrepareBackTrace(), read by handlers. Empty: not installed.
std::array<char, PATH_MAX> addr2line{};

struct Frame {
  std::uintptr_t address = 0;
  const char* module = "?";
  std::uintptr_t offset = 0;
  const char* symbol = nullptr;
};

Frame Locate(std::uintptr_t address, bool is_return_address) {
  Frame frame;
  frame.address = address;
  frame.offset = address;
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(address), &info) != 0 && info.dli_fname != nullptr) {
    frame.module = info.dli_fname;
    frame.offset = address - reinterpret_cast<std::uintptr_t>(info.dli_fbase);
    frame.symbol = info.dli_sname;
  }
  // A return address may already belong to the next line, or to the next function.
  if (is_return_address && frame.offset > 0) --frame.offset;
  return frame;
}

// System libraries carry no debug information; asking addr2line about them costs time and tells nothing.
bool WorthSymbolising(const Frame& frame) {
  const std::string_view module = frame.module;
  return addr2line[0] != '\0' && module != "?" && !module.starts_with("/lib/") && !module.starts_with("/usr/lib/") &&
         !module.starts_with("/lib64/");
}

// Copies what addr2line says about one frame to stderr, each line under the frame's own. False if it said nothing new.
bool CopyAnswer(int from) {
  char answer[2048];
  std::size_t size = 0;
  while (size < sizeof(answer)) {
    pollfd ready{from, POLLIN, 0};
    if (::poll(&ready, 1, kSymboliserPatienceMs) <= 0) break;
    const ssize_t got = ::read(from, answer + size, sizeof(answer) - size);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  std::string_view rest(answer, size);
  if (rest.starts_with("??")) return false;
  SignalText text;
  bool any = false;
  while (!rest.empty()) {
    std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) end = rest.size();
    const std::string_view line = rest.substr(0, end);
    if (!line.empty()) text << "\n        " << (line[0] == ' ' ? line.substr(1) : line);
    any = any || !line.empty();
    rest.remove_prefix(end == rest.size() ? end : end + 1);
  }
  text.Flush();
  return any;
}

bool Symbolise(const Frame& frame) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  SignalText offset;
  offset.Hex(frame.offset) << std::string_view("\0", 1);
  // _Fork() runs no atfork handlers, so it is safe where the crash may have happened inside malloc.
  const pid_t child = ::_Fork();
  if (child == 0) {
    ::dup2(ends[1], 1);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    if (nowhere >= 0) ::dup2(nowhere, 2);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const char* const words[] = {addr2line.data(), "-C", "-f", "-i", "-p", "-e",
                                 frame.module,     offset.view().data(),   nullptr};
    ::execv(addr2line.data(), const_cast<char* const*>(words));
    ::kill(::getpid(), SIGKILL);
  }
  ::close(ends[1]);
  bool told = false;
  if (child > 0) {
    told = CopyAnswer(ends[0]);
    ::kill(child, SIGKILL);  // in case it hangs; harmless when it has ended
    int state = 0;
    ::waitpid(child, &state, 0);
  }
  ::close(ends[0]);
  return told;
}

}  // namespace

void PrepareBackTrace() {
  if (const auto program = FindProgram("addr2line")) {
    if (program->size() < addr2line.size()) std::memcpy(addr2line.data(), program->c_str(), program->size() + 1);
  }
  void* frames[2];
  ::backtrace(frames, 2);
}

void PrintBackTrace(std::uintptr_t program_counter) {
  void* frames[kFramesMax];
  const int count = ::backtrace(frames, kFramesMax);
  int first = 0;
  for (int i = 0; i < count; ++i) {
    if (reinterpret_cast<std::uintptr_t>(frames[i]) == program_counter) first = i;
  }
  SignalText text;
  text << "Back trace:\n";
  text.Flush();
  for (int i = first; i < count; ++i) {
    const Frame frame = Locate(reinterpret_cast<std::uintptr_t>(frames[i]), i > first);
    text << "    #" << static_cast<std::uint64_t>(i - first) << " " << frame.module << "+";
    text.Hex(frame.offset);
    text.Flush();
    if (!WorthSymbolising(frame) || !Symbolise(frame)) {
      if (frame.symbol != nullptr) text << " " << frame.symbol;
    }
    text << "\n";
    text.Flush();
  }
}

}  // namespace mrd::engine::guard
