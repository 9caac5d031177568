// Starts a real daemon process and watches its files, its log and how it ends.

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "common/base/env.h"
#include "tests/support/temporary_dir.h"

namespace mrd {
namespace {

// A child with its output in a file.
class Child {
 public:
  Child(const std::string& output, std::vector<std::string> words) {
    words.insert(words.begin(), SAMPLE_DAEMON);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ != 0) return;
    const int fd = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ::dup2(fd, STDOUT_FILENO);
    ::dup2(fd, STDERR_FILENO);
    ::execv(SAMPLE_DAEMON, argv.data());
    ::_exit(127);
  }
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      (void)Wait();
    }
  }
  void Signal(int signal) const { ::kill(pid_, signal); }
  // The exit code, or minus the signal.
  int Wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 20'000; ++i) {
    if (condition()) return true;
    ::usleep(1000);
  }
  return false;
}

std::string Content(const std::string& path) {
  Result<std::string> text = ReadWholeFile(Env::Posix(), path);
  return text.ok() ? *text : "";
}

bool Contains(const std::string& path, const std::string& text) {
  return Content(path).find(text) != std::string::npos;
}

TEST_CASE("daemon: serves, tells its ports, stops in order at SIGTERM", "[daemon]") {
  const test::TemporaryDir dir;
  Child child(dir / "out", {"--pid-file", dir / "pid", "--ports-file", dir / "ports", "--log", dir / "log"});
  REQUIRE(Eventually([&] { return Contains(dir / "log", "serving rpc=8020 http=9870"); }));
  CHECK(Content(dir / "ports") == "{\"rpc\":8020,\"http\":9870}\n");
  CHECK(std::stoi(Content(dir / "pid")) > 0);
  child.Signal(SIGTERM);
  CHECK(child.Wait() == 0);
  CHECK(Contains(dir / "log", "idle: work is finished"));
  CHECK(Contains(dir / "log", "idle: stopped"));
  CHECK_FALSE(*Exists(Env::Posix(), dir / "ports"));
  CHECK_FALSE(*Exists(Env::Posix(), dir / "pid"));
}

TEST_CASE("daemon: a pid file that another process has put in its place stays", "[daemon]") {
  const test::TemporaryDir dir;
  Child child(dir / "out", {"--pid-file", dir / "pid", "--log", dir / "log"});
  REQUIRE(Eventually([&] { return Contains(dir / "log", "serving"); }));
  REQUIRE(WriteFileDurably(Env::Posix(), dir / "pid", "1\n").ok());
  child.Signal(SIGTERM);
  CHECK(child.Wait() == 0);
  CHECK(Content(dir / "pid") == "1\n");
}

TEST_CASE("daemon: a second signal ends it at once, a bound ends it in time", "[daemon]") {
  const test::TemporaryDir dir;
  {
    Child child(dir / "out", {"--never-stop", "--ports-file", dir / "ports"});
    REQUIRE(Eventually([&] { return Contains(dir / "out", "serving"); }));
    child.Signal(SIGINT);
    REQUIRE(Eventually([&] { return Contains(dir / "out", "stopping"); }));
    child.Signal(SIGTERM);
    CHECK(child.Wait() == 1);
    CHECK(Contains(dir / "out", "told to stop twice"));
    CHECK_FALSE(*Exists(Env::Posix(), dir / "ports"));
  }
  Child child(dir / "bounded", {"--never-stop", "-D", "mr.daemon.stop.timeout=50ms"});
  REQUIRE(Eventually([&] { return Contains(dir / "bounded", "serving"); }));
  child.Signal(SIGTERM);
  CHECK(child.Wait() == 1);
  CHECK(Contains(dir / "bounded", "did not end in time"));
}

TEST_CASE("daemon: a start that fails is one line and exit code 1", "[daemon]") {
  const test::TemporaryDir dir;
  const auto refused = [&](std::vector<std::string> words, const std::string& line) {
    Child child(dir / "out", std::move(words));
    CHECK(child.Wait() == 1);
    CHECK(Content(dir / "out") == line);
  };
  refused({"--refuse", "port 8020 is in use"}, "idle: port 8020 is in use\n");
  refused({"--nonsense"}, "idle: --nonsense: unknown; see --help\n");
  refused({"--daemon"}, "idle: --daemon: needs --log FILE, since nobody sees what a background process prints\n");
  refused({"--daemon", "--log", dir / "log", "--refuse", "no disk"}, "idle: no disk\n");
  refused({"-Dmr.daemon.log.level=LOUD"},
          "idle: mr.daemon.log.level is LOUD (command line); one of TRACE, DEBUG, INFO, WARN, ERROR, OFF is expected\n");
  CHECK(Contains(dir / "log", "no disk"));
}

TEST_CASE("daemon: --daemon returns when it serves and leaves a process behind", "[daemon]") {
  const test::TemporaryDir dir;
  Child child(dir / "out", {"--daemon", "--log", dir / "log", "--pid-file", dir / "pid", "--ports-file", dir / "ports"});
  CHECK(child.Wait() == 0);
  CHECK(Content(dir / "out").empty());
  CHECK(*Exists(Env::Posix(), dir / "ports"));
  const pid_t pid = std::stoi(Content(dir / "pid"));
  REQUIRE(pid > 1);
  CHECK(::getsid(pid) == pid);
  ::kill(pid, SIGTERM);
  CHECK(Eventually([&] { return !*Exists(Env::Posix(), dir / "pid"); }));
}

TEST_CASE("daemon: work instead of serving, help, and a service that gives up", "[daemon]") {
  const test::TemporaryDir dir;
  Child format(dir / "out", {"-format"});
  CHECK(format.Wait() == 0);
  CHECK(Content(dir / "out") == "formatted\n");
  Child help(dir / "out", {"--help"});
  CHECK(help.Wait() == 0);
  CHECK(Contains(dir / "out", "--refuse WHY"));
  CHECK(Contains(dir / "out", "--ports-file FILE"));
  Child failing(dir / "out", {"--fail-later", "--pid-file", dir / "pid"});
  CHECK(failing.Wait() == 1);
  CHECK(Contains(dir / "out", "cannot go on: the disk is gone"));
  CHECK_FALSE(*Exists(Env::Posix(), dir / "pid"));
}

}  // namespace
}  // namespace mrd
