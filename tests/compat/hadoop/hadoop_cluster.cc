#include "tests/compat/hadoop/hadoop_cluster.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace mrd::test {
namespace {

// A JVM on a busy machine.
constexpr int kAnswerSecondsMax = 300;

}  // namespace

HadoopCluster::HadoopCluster(const Settings& settings) {
  ::signal(SIGPIPE, SIG_IGN);  // the process may die under us: then writing to it fails
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("pipe2");
  std::vector<std::string> words = {MRD_HADOOP_RUN, directory_.path(), std::to_string(settings.datanodes)};
  words.insert(words.end(), settings.properties.begin(), settings.properties.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(input[0], STDIN_FILENO);
    ::dup2(output[1], STDOUT_FILENO);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(input[0]);
  ::close(output[1]);
  to_ = input[1];
  from_ = output[0];
  const std::string first = ReadLine();
  constexpr std::string_view kReady = "ready ";
  constexpr std::string_view kSkip = "skip ";
  if (first.starts_with(kReady)) {
    port_ = static_cast<std::uint16_t>(std::stoi(first.substr(kReady.size())));
  } else if (first.starts_with(kSkip)) {
    reason_ = first.substr(kSkip.size());
  } else {
    End();
    throw std::runtime_error("Hadoop did not start within " + std::to_string(kAnswerSecondsMax) + " s; it said \"" +
                             first + "\"");
  }
}

void HadoopCluster::End() {
  ::close(to_);
  ::close(from_);
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);  // nothing in there is worth waiting for
  ::waitpid(process_, nullptr, 0);
}

HadoopCluster::~HadoopCluster() { End(); }

std::string HadoopCluster::ReadLine() {
  while (true) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    pollfd ready{from_, POLLIN, 0};
    if (::poll(&ready, 1, kAnswerSecondsMax * 1000) <= 0) return "";
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(from_, buffer.data(), buffer.size());
    if (got <= 0) return "";
    unread_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string HadoopCluster::Do(const std::string& command) {
  const std::string line = command + "\n";
  if (::write(to_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    throw std::runtime_error(command + ": Hadoop is gone");
  const std::string answer = ReadLine();
  if (answer == "ok") return "";
  if (!answer.starts_with("ok ")) throw std::runtime_error(command + ": " + (answer.empty() ? "no answer" : answer));
  return answer.substr(3);
}

}  // namespace mrd::test
