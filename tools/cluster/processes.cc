#include "tools/cluster/processes.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/unique_fd.h"
#include "tools/environment.h"

namespace mrd::tools {
namespace {

constexpr std::int64_t kPollMs = 2;

std::int64_t NowMs() { return Clock::System().MonotonicNanos() / 1'000'000; }

// The words of a process, joined by spaces; "" when it does not exist.
std::string CommandLine(pid_t process) {
  Result<std::string> text = ReadWholeFile(Env::Posix(), "/proc/" + std::to_string(process) + "/cmdline");
  if (!text.ok()) return "";
  for (char& c : *text) {
    if (c == '\0') c = ' ';
  }
  return *std::move(text);
}

// A process that has ended but was not waited for still has its entry; it does nothing any more.
bool IsZombie(pid_t process) {
  const Result<std::string> stat = ReadWholeFile(Env::Posix(), "/proc/" + std::to_string(process) + "/stat");
  if (!stat.ok()) return false;
  const std::size_t name_end = stat->rfind(')');
  return name_end != std::string::npos && name_end + 2 < stat->size() && (*stat)[name_end + 2] == 'Z';
}

std::string LastLine(const std::string& path) {
  Result<std::string> text = ReadWholeFile(Env::Posix(), path);
  if (!text.ok()) return "its log " + path + " is missing";
  while (!text->empty() && text->back() == '\n') text->pop_back();
  if (text->empty()) return "its log " + path + " is empty";
  const std::size_t begin = text->rfind('\n');
  return begin == std::string::npos ? *text : text->substr(begin + 1);
}

}  // namespace

std::optional<pid_t> RunningProcess(const Daemon& daemon) {
  const Result<std::string> text = ReadWholeFile(Env::Posix(), daemon.pid_file);
  if (!text.ok()) return std::nullopt;
  const pid_t process = static_cast<pid_t>(std::strtol(text->c_str(), nullptr, 10));
  if (process <= 0 || IsZombie(process)) return std::nullopt;
  if (CommandLine(process).find(daemon.pid_file) == std::string::npos) return std::nullopt;
  return process;
}

Result<pid_t> Launches::Launch(const Daemon& daemon) {
  (void)Env::Posix().RemoveFile(daemon.pid_file);  // absent is fine, and a stale one is told apart anyway
  (void)Env::Posix().RemoveFile(daemon.ports_file);
  std::string program = Prefix() + "/bin/" + daemon.program;
  if (!IsRegularFile(program)) {
    return NotFound("no program " + program + "; is the installation complete?");
  }
  std::vector<std::string> words = {program};
  words.insert(words.end(), daemon.words.begin(), daemon.words.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> log, Env::Posix().OpenForUpdate(daemon.log_file));
  if (::fcntl(log->descriptor(), F_SETFL, O_APPEND) != 0) return FromErrno(errno, "append to " + daemon.log_file);
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<File> null, Env::Posix().OpenForRead("/dev/null"));

  const pid_t process = ::fork();
  if (process < 0) return FromErrno(errno, "start " + program);
  if (process == 0) {
    ::setsid();
    ::dup2(null->descriptor(), STDIN_FILENO);
    ::dup2(log->descriptor(), STDOUT_FILENO);
    ::dup2(log->descriptor(), STDERR_FILENO);
    if (::chdir("/") != 0) ::_exit(127);  // keeps no directory of the user's busy
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  children_.push_back({daemon.name, process});
  return process;
}

std::vector<std::string> Launches::End(std::chrono::milliseconds patience) {
  // A child that was waited for already may have left its number to somebody else; waitpid() knows ours alone.
  const auto ended = [](const Child& child) { return ::waitpid(child.process, nullptr, WNOHANG) != 0; };
  std::erase_if(children_, ended);
  std::vector<std::string> names;
  for (const Child& child : children_) {
    names.push_back(child.name);
    ::kill(child.process, SIGTERM);
  }
  const std::int64_t end = NowMs() + patience.count();
  while (!children_.empty() && NowMs() < end) {
    std::erase_if(children_, ended);
    Pause(kPollMs);
  }
  for (const Child& child : children_) {
    ::kill(child.process, SIGKILL);
    ::waitpid(child.process, nullptr, 0);
  }
  children_.clear();
  return names;
}

Result<std::map<std::string, int>> ReadPorts(const Daemon& daemon) {
  MRD_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(Env::Posix(), daemon.ports_file));
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_object()) return Corruption("ports file " + daemon.ports_file + " is not a JSON object");
  std::map<std::string, int> ports;
  for (const auto& member : value.get_object()) {
    if (member.value().is_int64()) ports[std::string(member.key())] = static_cast<int>(member.value().get_int64());
  }
  return ports;
}

Result<std::map<std::string, int>> AwaitPorts(const Daemon& daemon, pid_t process, std::chrono::milliseconds patience) {
  const std::int64_t end = NowMs() + patience.count();
  for (;;) {
    if (Result<std::map<std::string, int>> ports = ReadPorts(daemon); ports.ok()) return ports;
    int status = 0;
    const bool ended = ::waitpid(process, &status, WNOHANG) == process || (::kill(process, 0) != 0 && errno == ESRCH);
    if (ended) return Unavailable(daemon.name + " ended at its start: " + LastLine(daemon.log_file));
    if (NowMs() >= end) {
      return Status(Code::kDeadlineExceeded,
                    daemon.name + " does not serve yet; its log is " + daemon.log_file + ", last line: " +
                        LastLine(daemon.log_file));
    }
    Pause(kPollMs);
  }
}

void AskToStop(const Daemon& daemon) {
  if (const std::optional<pid_t> process = RunningProcess(daemon)) ::kill(*process, SIGTERM);
}

bool StopProcess(const Daemon& daemon, std::chrono::milliseconds patience) {
  AskToStop(daemon);
  return AwaitStop(daemon, patience);
}

bool AwaitStop(const Daemon& daemon, std::chrono::milliseconds patience) {
  const std::optional<pid_t> process = RunningProcess(daemon);
  if (!process) return true;
  const std::int64_t end = NowMs() + patience.count();
  while (RunningProcess(daemon) == process) {
    if (NowMs() >= end) {
      ::kill(*process, SIGKILL);
      while (RunningProcess(daemon) == process) Pause(kPollMs);
      return false;
    }
    Pause(kPollMs);
  }
  return true;
}

bool PortIsFree(int port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return false;
  const int yes = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace mrd::tools
