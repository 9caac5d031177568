#include "tests/integration/worker/played_tracker.h"

#include <chrono>
#include <csignal>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mrd::test {

namespace {

using mapred::proto::ZygoteMessageProto;
using Clock = std::chrono::steady_clock;

int MillisUntil(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
  return left < 0 ? 0 : static_cast<int>(left);
}

}  // namespace

PlayedTracker::PlayedTracker(const std::string& program, const mapred::proto::SetupProto& setup) {
  auto ends = tasktracker::UmbilicalPair();
  if (!ends.ok()) return;
  const int theirs = ends->second.get();
  zygote_ = ::fork();
  if (zygote_ == 0) {
    if (theirs == 3) {
      // Not to be closed by exec.
      const int other = ::dup(3);
      ::dup2(other, 3);
      ::close(other);
    } else {
      ::dup2(theirs, 3);
    }
    ::execl(program.c_str(), program.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ends->second.Reset();
  umbilical_ = std::make_unique<tasktracker::Umbilical>(std::move(ends->first));
  if (!umbilical_->Send(setup).ok()) return;
  Until([this] { return ready_.has_value() || umbilical_ == nullptr; });
}

PlayedTracker::~PlayedTracker() {
  if (zygote_ > 0 && !Stop()) {
    ::kill(zygote_, SIGKILL);
    ::waitpid(zygote_, nullptr, 0);
  }
}

std::optional<int> PlayedTracker::Stop(int patience_ms) {
  umbilical_.reset();
  const auto end = Clock::now() + std::chrono::milliseconds(patience_ms);
  int status = 0;
  while (::waitpid(zygote_, &status, WNOHANG) == 0) {
    if (Clock::now() > end) return std::nullopt;
    ::usleep(2000);
  }
  zygote_ = -1;
  return status;
}

void PlayedTracker::Launch(const mapred::proto::LaunchProto& launch) {
  auto ends = tasktracker::UmbilicalPair();
  if (!ends.ok()) return;
  heard_[launch.attemptid()].umbilical = std::make_unique<tasktracker::Umbilical>(std::move(ends->first));
  static_cast<void>(umbilical_->Send(launch, ends->second.get()).ok());
}

void PlayedTracker::Send(const std::string& attempt, const mapred::proto::TrackerMessageProto& message) {
  static_cast<void>(heard_[attempt].umbilical->Send(message).ok());
}

void PlayedTracker::TakeFromZygote() {
  ZygoteMessageProto message;
  auto got = umbilical_->Receive(&message);
  if (!got.ok() || !*got) {
    umbilical_.reset();
    return;
  }
  if (message.has_ready()) ready_ = message.ready();
  if (message.has_started()) {
    heard_[message.started().attemptid()].process = static_cast<pid_t>(message.started().processid());
  }
  if (message.has_exited()) heard_[message.exited().attemptid()].exited = message.exited();
}

void PlayedTracker::TakeFrom(const std::string& attempt) {
  Heard& heard = heard_[attempt];
  mapred::proto::WorkerMessageProto message;
  auto got = heard.umbilical->Receive(&message);
  if (!got.ok() || !*got) {
    heard.umbilical.reset();
    return;
  }
  if (message.has_progress()) heard.progress.push_back(message.progress());
  if (message.has_mapoutput()) heard.output = message.mapoutput();
  if (message.has_badsegment()) heard.bad.push_back(message.badsegment());
  if (message.has_done()) heard.done = message.done();
  if (message.has_failed()) heard.failed = message.failed();
  if (!message.has_commitrequest()) return;
  heard.asked = message.commitrequest();
  mapred::proto::TrackerMessageProto answer;
  answer.mutable_commit()->set_granted(grant);
  if (!grant) answer.mutable_commit()->set_reason(refusal);
  for (const std::string& earlier : superseded) answer.mutable_commit()->add_superseded(earlier);
  Send(attempt, answer);
}

bool PlayedTracker::Until(const std::function<bool()>& come, int patience_ms) {
  const auto end = Clock::now() + std::chrono::milliseconds(patience_ms);
  while (!come()) {
    std::vector<pollfd> ready;
    std::vector<std::string> names;
    if (umbilical_ != nullptr) {
      ready.push_back({umbilical_->descriptor(), POLLIN, 0});
      names.emplace_back();
    }
    for (const auto& [name, heard] : heard_) {
      if (heard.umbilical == nullptr) continue;
      ready.push_back({heard.umbilical->descriptor(), POLLIN, 0});
      names.push_back(name);
    }
    if (::poll(ready.data(), ready.size(), MillisUntil(end)) == 0) return come();
    // Attempts first: their last word comes before the news of their end.
    for (std::size_t i = names.size(); i > 0; --i) {
      if (ready[i - 1].revents == 0) continue;
      if (names[i - 1].empty()) {
        TakeFromZygote();
      } else {
        TakeFrom(names[i - 1]);
      }
    }
  }
  return true;
}

bool PlayedTracker::UntilExited(const std::string& attempt, int patience_ms) {
  return Until([&] { return heard_[attempt].exited.has_value() && heard_[attempt].umbilical == nullptr; }, patience_ms);
}

}  // namespace mrd::test
