#include <algorithm>

#include "common/base/clock.h"
#include "mapred/client/task_log.h"
#include "mapred/ids.h"
#include "tools/jobs/options.h"

namespace mrd::jobs {
namespace {

constexpr std::int64_t kFollowPauseMs = 300;
constexpr std::string_view kProfile = "profile.folded";  // of attempts that were profiled
constexpr const char* kFiles[] = {"stdout", "stderr", kProfile.data()};

bool Runs(const mapred::proto::AttemptReportProto& attempt) {
  return attempt.state() == "RUNNING" || attempt.state() == "COMMIT_PENDING";
}

// stdout, stderr and profiles of attempts, once or as they grow.
class AttemptLogs {
 public:
  explicit AttemptLogs(Session& session) : session_(session) {}

  // Prints one file from where it was left, a header before its first byte. OK when there is nothing.
  Status Print(const mapred::proto::AttemptReportProto& attempt, const char* file) {
    std::uint64_t& offset = offsets_[{attempt.attemptid(), file}];
    bool headed = offset != 0 && last_ == attempt.attemptid() + file;
    const auto sink = [&](std::string_view bytes) {
      if (!headed) {
        session_.PrintLine((at_line_begin_ ? "===== " : "\n===== ") + attempt.attemptid() + " " + attempt.state() +
                           " on " + attempt.tracker() + ": " + file);
        last_ = attempt.attemptid() + file;
        headed = true;
      }
      if (!bytes.empty()) at_line_begin_ = bytes.back() == '\n';
      return session_.console.Out(bytes);
    };
    const Result<std::uint64_t> end = logs_.Read({attempt.trackerurl(), attempt.attemptid(), file}, offset, sink);
    if (!end.ok()) return end.status();
    offset = *end;
    return Status::Ok();
  }

 private:
  Session& session_;
  mapred::TaskLogs logs_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> offsets_;
  std::string last_;
  bool at_line_begin_ = true;
};

using Attempts = std::vector<mapred::proto::AttemptReportProto>;

// The attempts that `id` names: itself, those of a task, those of a job.
Result<Attempts> AttemptsOf(Session& session, const std::string& id) {
  MRD_ASSIGN_OR_RETURN(const auto tasks, session.client.AllTasks(JobIdOf(id)));
  Attempts attempts;
  for (const auto& task : tasks) {
    for (const auto& attempt : task.attempts()) {
      if (mapred::IsJobId(id) || task.taskid() == id || attempt.attemptid() == id) attempts.push_back(attempt);
    }
  }
  return attempts;
}

int PrintOnce(Session& session, const Attempts& attempts) {
  AttemptLogs logs(session);
  int status = kOk;
  for (const auto& attempt : attempts) {
    for (const char* file : kFiles) {
      const Status printed = logs.Print(attempt, file);
      if (printed.ok() || (printed.code() == Code::kNotFound && (attempts.size() > 1 || file == kProfile))) continue;
      session.console.Err(printed.message() + "\n");
      status = kFailed;
    }
  }
  return status;
}

// Until every attempt has ended; attempts that begin meanwhile join.
int Follow(Session& session, const std::string& id) {
  AttemptLogs logs(session);
  for (;;) {
    const Result<Attempts> attempts = AttemptsOf(session, id);
    if (!attempts.ok()) return session.Fail(attempts.status(), JobIdOf(id));
    // Asked before reading: what an attempt printed at its very end is read as well.
    const auto status = session.client.Status(JobIdOf(id));
    const bool job_over = !status.ok() || status->has_endms();
    const bool any_runs = std::any_of(attempts->begin(), attempts->end(), Runs);
    for (const auto& attempt : *attempts) {
      for (const char* file : kFiles) {
        const Status printed = logs.Print(attempt, file);
        if (!printed.ok() && printed.code() != Code::kNotFound && !any_runs) return session.Fail(printed);
      }
    }
    const bool whole_job = mapred::IsJobId(id);
    if (!any_runs && (job_over || (!whole_job && !attempts->empty()))) return kOk;
    Pause(kFollowPauseMs);
  }
}

}  // namespace

int RunLogs(Session& session, const Words& words) {
  Words rest = words;
  const bool follow = std::erase(rest, "-f") + std::erase(rest, "--follow") > 0;
  if (rest.size() != 1) {
    session.console.Err("usage: mr logs JOB|TASK|ATTEMPT [-f]\n");
    return kFailed;
  }
  const std::string& id = rest[0];
  if (JobIdOf(id).empty()) {
    session.console.Err("\"" + id + "\" is no id of a job, a task or an attempt\n");
    return kFailed;
  }
  if (follow) return Follow(session, id);
  const Result<Attempts> attempts = AttemptsOf(session, id);
  if (!attempts.ok()) return session.Fail(attempts.status(), JobIdOf(id));
  if (attempts->empty() && !mapred::IsJobId(id)) {
    session.console.Err("Could not find " + id + "\n");
    return kFailed;
  }
  return PrintOnce(session, *attempts);
}

}  // namespace mrd::jobs
