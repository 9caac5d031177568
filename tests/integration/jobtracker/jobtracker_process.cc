#include "tests/integration/jobtracker/jobtracker_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <utility>

#include "common/base/clock.h"
#include "common/base/env.h"

namespace mrd::test {
namespace {

constexpr int kStartTries = 3'000;  // of 10 ms: the sanitizers on a busy machine

}  // namespace

JobtrackerProcess::JobtrackerProcess(std::string directory, std::vector<std::string> settings)
    : directory_(std::move(directory)), settings_(std::move(settings)) {}

JobtrackerProcess::~JobtrackerProcess() {
  if (pid_ > 0) Kill();
}

bool JobtrackerProcess::Start() {
  const std::string ports = directory_ + "/ports";
  (void)Env::Posix().RemoveFile(ports);
  std::vector<std::string> words = {JOBTRACKER, "--conf", directory_, "--ports-file", ports,
                                    "-D", "mapreduce.jobtracker.address=127.0.0.1:0",
                                    "-D", "mapreduce.jobtracker.http.address=127.0.0.1:0",
                                    "-D", "mr.jobtracker.dir=" + directory_ + "/store",
                                    "-D", "mapreduce.jobtracker.system.dir=file://" + directory_ + "/shared/system"};
  for (const std::string& setting : settings_) {
    words.push_back("-D");
    words.push_back(setting);
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string log = directory_ + "/log";
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    ::dup2(fd, STDOUT_FILENO);
    ::dup2(fd, STDERR_FILENO);
    ::execv(JOBTRACKER, argv.data());
    ::_exit(127);
  }
  for (int i = 0; i < kStartTries; ++i) {
    if (ReadPorts()) return true;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return false;
    }
    Pause(10);
  }
  return false;
}

bool JobtrackerProcess::ReadPorts() {
  const std::string text = FileText("ports");
  if (!text.ends_with('\n')) return false;
  const auto read = [&text](const std::string& name, std::uint16_t* port) {
    const std::size_t at = text.find("\"" + name + "\":");
    if (at == std::string::npos) return false;
    const char* const begin = text.data() + at + name.size() + 3;
    return std::from_chars(begin, text.data() + text.size(), *port).ec == std::errc() && *port != 0;
  };
  return read("rpc", &port_) && read("http", &http_port_);
}

void JobtrackerProcess::Kill() {
  ::kill(pid_, SIGKILL);
  (void)Wait();
}

int JobtrackerProcess::Terminate() {
  ::kill(pid_, SIGTERM);
  return Wait();
}

int JobtrackerProcess::Wait() {
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string JobtrackerProcess::FileText(const std::string& name) const {
  Result<std::string> text = ReadWholeFile(Env::Posix(), directory_ + "/" + name);
  return text.ok() ? *text : "";
}

std::string JobtrackerProcess::log() const { return FileText("log"); }

}  // namespace mrd::test
