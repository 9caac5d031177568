#include "mapred/client/job_follower.h"

#include <algorithm>
#include <limits>

#include "mapred/client/failure_text.h"

namespace mrd::mapred {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStillnessUntilTold{2'000};
constexpr milliseconds kRetryPause{200};
constexpr std::uint32_t kEventsPerCall = 1'000;
// Longer failures belong to `mr why`.
constexpr std::size_t kTailShown = 1'000;

// The answer to "tell me when it is past this version" comes when the job ends or time is up, never for progress
// alone: a job with many short tasks would keep the client busy with nothing else.
constexpr std::uint64_t kOnlyTheEnd = std::numeric_limits<std::uint64_t>::max();

Status FailureOf(const proto::TaskEventProto& event) {
  if (!event.has_failure()) return Internal("the attempt failed without a reason; see its log");
  const proto::FailureProto& failure = event.failure();
  std::string text = failure.message();
  for (const std::string& frame : failure.backtrace()) text += "\n\tat " + frame;
  if (!failure.stderrtail().empty()) {
    const std::string& tail = failure.stderrtail();
    text += "\nstderr:\n" + tail.substr(tail.size() > kTailShown ? tail.size() - kTailShown : 0);
  }
  while (text.ends_with('\n')) text.pop_back();
  return Internal(text);
}

}  // namespace

bool IsOver(const proto::JobStatusProto& status) {
  return status.state() == proto::JOB_SUCCEEDED || status.state() == proto::JOB_FAILED ||
         status.state() == proto::JOB_KILLED;
}

JobFollower::JobFollower(JobClient& client, engine::JobMonitor& monitor, Clock& clock, Options options)
    : client_(client), monitor_(monitor), clock_(clock), options_(std::move(options)) {}

milliseconds JobFollower::Now() const { return milliseconds(clock_.MonotonicNanos() / 1'000'000); }

Result<proto::JobStatusProto> JobFollower::Follow(const std::string& job_id) {
  standing_since_ = Now();
  for (milliseconds wait{0};; wait = options_.poll) {
    Result<proto::JobStatusProto> status = client_.Status(job_id, kOnlyTheEnd, wait, options_.interrupted);
    if (!status.ok()) {
      const Code code = status.status().code();
      const bool gone = code == Code::kUnavailable || code == Code::kDeadlineExceeded;
      if (!gone) return status;
      if (!BearWith(status.status())) {
        if (options_.interrupted()) return Cancelled("interrupted");
        return Unavailable("the jobtracker at " + client_.address().ToString() + " was not reached for " +
                           std::to_string(options_.patience.count() / 1000) + " s; job " + job_id +
                           " may go on: mr job -status " + job_id + " tells when it answers again");
      }
      continue;
    }
    if (lost_since_.count() >= 0) monitor_.Notice("the jobtracker answers again");
    lost_since_ = milliseconds(-1);
    Tell(*status);
    if (IsOver(*status)) return status;
    // A call that is answered at once does not look.
    if (options_.interrupted()) return Cancelled("interrupted");
  }
}

bool JobFollower::BearWith(const Status& failure) {
  const milliseconds now = Now();
  if (lost_since_.count() < 0) {
    lost_since_ = now;
    monitor_.Notice("the jobtracker does not answer (" + failure.message() +
                    "); the job goes on without it, trying again");
  }
  for (const milliseconds end = now + kRetryPause; Now() < end;) {
    if (options_.interrupted() || Now() - lost_since_ >= options_.patience) return false;
    Pause(20);
  }
  return true;
}

void JobFollower::Tell(const proto::JobStatusProto& status) {
  if (!told_mode_ && status.state() != proto::JOB_PREP) {
    told_mode_ = true;
    monitor_.Notice("Job " + status.jobid() + " running in uber mode : " + (status.whole() ? "true" : "false"));
  }
  engine::JobProgress progress;
  using Stage = engine::JobProgress::Stage;
  const bool maps_done = status.mapsdone() >= status.maps();
  progress.stage = status.state() == proto::JOB_PREP ? Stage::kPlanning : maps_done ? Stage::kReduce : Stage::kMap;
  if (maps_done && status.reducesdone() >= status.reduces()) progress.stage = Stage::kCommit;
  if (IsOver(status)) progress.stage = Stage::kDone;
  progress.map_fraction = status.mapprogress();
  progress.reduce_fraction = status.reduceprogress();
  progress.records = status.records();
  progress.bytes = status.bytes();
  progress.total_bytes = status.inputbytes();
  progress.status = status.statustext();
  if (maps_done && map_seconds_ == 0 && status.has_startms() && !status.whole()) {
    const double now = static_cast<double>(clock_.WallMillis());
    const double end = status.has_endms() ? std::min(now, static_cast<double>(status.endms())) : now;
    map_seconds_ = std::max(0.001, (end - static_cast<double>(status.startms())) / 1e3);
  }
  TellFailures(status);
  // The end of a job prints the last percentages itself.
  if (!IsOver(status)) monitor_.Progress(progress);
  TellWhyNothingMoves(status);
}

void JobFollower::TellFailures(const proto::JobStatusProto& status) {
  while (status.attemptsfailed() > failures_told_) {
    const Result<proto::GetEventsResponseProto> events = client_.Events(status.jobid(), next_event_, kEventsPerCall);
    if (!events.ok() || events->events().empty()) return;  // next time, or with the end
    for (const proto::TaskEventProto& event : events->events()) {
      next_event_ = std::max(next_event_, event.number() + 1);
      if (event.status() != "FAILED" && event.status() != "TIPFAILED") continue;
      ++failures_told_;
      monitor_.AttemptFailed(event.attemptid(), FailureOf(event));
    }
  }
}

void JobFollower::TellWhyNothingMoves(const proto::JobStatusProto& status) {
  std::string standing;
  for (const std::uint64_t figure :
       {std::uint64_t{status.mapsdone()}, std::uint64_t{status.reducesdone()}, std::uint64_t{status.mapsrunning()},
        std::uint64_t{status.reducesrunning()}, status.records(), status.bytes(),
        static_cast<std::uint64_t>(status.mapprogress() * 1e6),
        static_cast<std::uint64_t>(status.reduceprogress() * 1e6)}) {
    standing += std::to_string(figure) + " ";
  }
  const milliseconds now = Now();
  if (standing != standing_) {
    standing_ = standing;
    standing_since_ = now;
    reason_told_.clear();
    return;
  }
  if (now - standing_since_ < kStillnessUntilTold || status.waiting().empty()) return;
  const proto::ReasonProto& reason = status.waiting(0);
  if (reason.text() == reason_told_) return;
  reason_told_ = reason.text();
  monitor_.Notice("nothing moves: " + WaitingText(reason));
}

}  // namespace mrd::mapred
