#include "jobtracker/service/duties.h"

#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

constexpr std::size_t kNotificationsAtOnce = 8;
// The file system may be away for hours; a job waits in memory for as long.
constexpr int kHistoryTries = 60;
constexpr std::int64_t kHistoryPauseMs = 1'000;
constexpr std::int64_t kHistoryPauseMsMax = 60'000;

// As Hadoop words it in call-backs.
std::string StateWord(proto::JobStateProto state) {
  switch (state) {
    case proto::JOB_SUCCEEDED: return "SUCCEEDED";
    case proto::JOB_KILLED: return "KILLED";
    default: return "FAILED";
  }
}

}  // namespace

Duties::Duties(net::Runtime& runtime, Dispatcher& dispatcher, const JobReader& reader, HistoryWriter& history,
               EndNotifier& notifier, Logger log)
    : runtime_(runtime),
      dispatcher_(dispatcher),
      reader_(reader),
      history_(history),
      notifier_(notifier),
      log_(std::move(log)),
      stop_bell_(std::make_shared<Bell>()) {
  notifications_.at_work_max = kNotificationsAtOnce;
}

void Duties::Add(JobDuty duty) {
  if (stopping_) return;  // the store keeps it for the next start
  Line& line = duty.name == "notify" ? notifications_ : histories_;
  line.waiting.push_back(std::move(duty));
  StartSome(line);
}

void Duties::StartSome(Line& line) {
  while (!stopping_ && line.at_work < line.at_work_max && !line.waiting.empty() && gate_.Enter()) {
    ++line.at_work;
    JobDuty duty = std::move(line.waiting.front());
    line.waiting.pop_front();
    runtime_.Spawn(runtime_.executor(), [this, &line, duty = std::move(duty)] { return Work(line, duty); });
  }
}

net::awaitable<void> Duties::Work(Line& line, JobDuty duty) {
  // A job that is not known any more is owed nothing.
  if (reader_.JobStatus(duty.job).ok()) {
    if (&line == &notifications_) {
      co_await Notify(duty.job);
    } else {
      co_await WriteHistory(duty.job);
    }
  }
  if (!stopping_) dispatcher_.DutyDone(duty);
  --line.at_work;
  StartSome(line);
  gate_.Leave();
}

net::awaitable<void> Duties::Pause(std::int64_t ms) { co_await Bell::Wait(stop_bell_, std::chrono::milliseconds(ms)); }

net::awaitable<void> Duties::WriteHistory(const std::string& job) {
  std::int64_t pause = kHistoryPauseMs;
  for (int attempt = 1; !stopping_; ++attempt) {
    const Status written = co_await history_.Write(job);
    if (written.ok() || stopping_) co_return;
    if (attempt == kHistoryTries) {
      log_.Error("history given up job=" + job + " why=" + written.message());
      co_return;
    }
    // Told once at first, and then when it has lasted.
    if (attempt == 1 || attempt == 10) log_.Warn("history not yet written job=" + job + " why=" + written.message());
    co_await Pause(pause);
    pause = std::min(2 * pause, kHistoryPauseMsMax);
  }
}

net::awaitable<void> Duties::Notify(const std::string& job) {
  const JobPapers* const papers = dispatcher_.Papers(job);
  const Result<proto::JobStatusProto> status = reader_.JobStatus(job);
  if (papers == nullptr || !status.ok()) co_return;
  const std::string url = NotificationUrl(papers->notification_url(), job, StateWord(status.value().state()));
  const std::uint32_t retries = papers->notification_retries();
  const std::int64_t interval = papers->notification_interval_ms();
  for (std::uint32_t retry = 0; !stopping_; ++retry) {
    const Status told = co_await notifier_.Tell(url);
    if (told.ok() || stopping_) co_return;
    if (retry == retries) {
      log_.Warn("call-back given up job=" + job + " url=" + url + " why=" + told.message());
      co_return;
    }
    co_await Pause(interval);
  }
}

net::awaitable<void> Duties::Stop() {
  stopping_ = true;
  history_.Stop();
  stop_bell_->Ring();
  co_await gate_.Close();
}

}  // namespace mrd::jobtracker
