#include "tasktracker/web/task_log.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "common/http/file_body.h"
#include "common/net/co_status.h"
#include "mapred/ids.h"

namespace mrd::tasktracker::web {
namespace {

constexpr std::uint64_t kEndBytes = 64u << 10;  // of each file when all are asked for
constexpr std::size_t kFilesMax = 32;
// An attempt that prints nothing gets its empty logs a quarter of a second after its beginning.
constexpr std::chrono::milliseconds kFirstLogTime{2'000};
constexpr std::chrono::milliseconds kFirstLogNap{50};
constexpr const char* kText = "text/plain; charset=utf-8";

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos;
}

// The logs that every attempt has, if only in principle.
bool IsStream(std::string_view name) { return name == "stdout" || name == "stderr"; }

// Whether an attempt is here and has not ended.
http::awaitable<bool> IsRunning(Views* views, std::string attempt_id) {
  const TrackerView view = co_await views->Snapshot();
  for (const AttemptView& attempt : view.attempts) {
    if (attempt.status.attemptid() != attempt_id) continue;
    co_return attempt.status.state() == mapred::proto::ATTEMPT_RUNNING ||
        attempt.status.state() == mapred::proto::ATTEMPT_COMMIT_PENDING;
  }
  co_return false;
}

// What is opened must be the file that was looked at: the attempt may have put a link to somewhere in its place meanwhile.
bool IsSameFile(const File& file, const FileInfo& info) {
  if (file.descriptor() < 0) return true;  // no real disk
  struct stat seen = {};
  return ::fstat(file.descriptor(), &seen) == 0 && S_ISREG(seen.st_mode) && seen.st_ino == info.inode &&
         seen.st_dev == info.device;
}

}  // namespace

TaskLogPage::awaitable<Status> TaskLogPage::MayRead(std::string user, std::string job_id) const {
  if (!options_.lists_heeded || options_.administrators.contains(user)) co_return Status::Ok();
  const std::string owner = co_await views_.OwnerOf(job_id);
  if (!owner.empty() && owner == user) co_return Status::Ok();
  co_return PermissionDenied("User " + user + " may not read what the attempts of " + job_id +
                             " printed; its owner and administrators may (mapreduce.cluster.acls.enabled). Say who asks by "
                             "?user.name=NAME.");
}

TaskLogPage::awaitable<Result<TaskLogPage::OpenLog>> TaskLogPage::Open(std::string path) const {
  const auto open = [&]() -> Result<OpenLog> {
    MRD_ASSIGN_OR_RETURN(const FileInfo info, env_.LinkStat(path));
    if (info.type != FileType::kFile) return NotFound(path + " is not a file");
    OpenLog log;
    MRD_ASSIGN_OR_RETURN(log.file, env_.OpenForRead(path));
    if (!IsSameFile(*log.file, info)) return NotFound(path + " was replaced");
    MRD_ASSIGN_OR_RETURN(log.size, log.file->Size());
    return log;
  };
  Result<OpenLog> log = co_await pool_.Run(open);
  co_return log;
}

TaskLogPage::awaitable<Result<TaskLogPage::OpenLog>> TaskLogPage::OpenOfAttempt(std::string dir,
                                                                               std::string name,
                                                                               bool running) const {
  for (std::chrono::milliseconds waited{0};; waited += kFirstLogNap) {
    Result<OpenLog> log = co_await Open(dir + "/" + name);
    const bool comes = !log.ok() && log.status().code() == Code::kNotFound && running && IsStream(name);
    if (!comes || waited >= kFirstLogTime) co_return log;
    (void)co_await net::SleepFor(kFirstLogNap);
  }
}

TaskLogPage::awaitable<bool> TaskLogPage::KeepsJob(std::string dir, std::string job_id) const {
  const std::string of_job = dir.substr(0, dir.rfind('/'));
  if (!of_job.ends_with("/" + job_id)) co_return false;
  const Result<bool> there = co_await pool_.Run([&] { return Exists(env_, of_job); });
  co_return there.ok() && *there;
}

TaskLogPage::awaitable<http::Response> TaskLogPage::OneFile(const http::Request& request,
                                                            std::string dir,
                                                            std::string name) const {
  const std::string id = request.Query("attemptid");
  const Result<std::uint64_t> offset = request.QueryNumber("offset", 0, INT64_MAX);
  if (!offset.ok()) co_return http::ErrorResponse(request, offset.status());
  const Result<std::uint64_t> tail = request.QueryNumber("tail", 0, INT64_MAX);
  if (!tail.ok()) co_return http::ErrorResponse(request, tail.status());
  if (!IsPlainName(name)) co_return http::ErrorResponse(request, 404, "'" + name + "' is not the name of a log.");
  // Asked before the file is looked at, so that "ended" means that nothing follows.
  const bool running = co_await IsRunning(&views_, id);
  Result<OpenLog> log = co_await OpenOfAttempt(dir, name, running);
  const bool silent = !log.ok() && log.status().code() == Code::kNotFound && !running && IsStream(name);
  if (silent) {
    const bool kept = co_await KeepsJob(dir, mapred::ParseAttemptId(id)->job_id);
    if (kept) {
      http::Response nothing = http::TextResponse("");
      nothing.headers.Add("X-Attempt-State", "ended");
      co_return nothing;
    }
  }
  if (!log.ok()) {
    if (log.status().code() != Code::kNotFound) co_return http::ErrorResponse(request, log.status());
    co_return http::ErrorResponse(request, 404,
                                  "The attempt " + id + " has no " + name + " here: it printed nothing yet, or its logs have "
                                  "had their time (mapreduce.job.userlog.retain.hours).");
  }
  const std::uint64_t from = *tail > 0 ? log->size - std::min(*tail, log->size) : std::min(*offset, log->size);
  http::Response response;
  if (request.Query("follow") == "true" && running) {
    std::function<http::awaitable<bool>()> ended = [views = &views_, id]() -> http::awaitable<bool> {
      const bool runs = co_await IsRunning(views, id);
      co_return !runs;
    };
    response = http::FollowFile(std::move(log->file), from, kText, std::move(ended), pool_);
  } else if (from > 0) {
    const http::ByteRange range{from, log->size};
    response = http::FilePart(std::move(log->file), range, kText, pool_);
  } else {
    response = http::FileResponse(request, std::move(log->file), log->size, kText, pool_);
  }
  response.headers.Add("X-Attempt-State", running ? "running" : "ended");
  co_return response;
}

TaskLogPage::awaitable<http::Response> TaskLogPage::AllFiles(const http::Request& request, std::string dir) const {
  const std::string id = request.Query("attemptid");
  Result<std::vector<FileInfo>> files = co_await pool_.Run([&] { return env_.ListDir(dir); });
  if (!files.ok() && files.status().code() == Code::kNotFound) {
    const bool kept = co_await KeepsJob(dir, mapred::ParseAttemptId(id)->job_id);
    if (kept) co_return http::TextResponse("The attempt " + id + " printed nothing here.\n");
  }
  if (!files.ok()) {
    co_return http::ErrorResponse(request, 404,
                                  "Nothing that the attempt " + id + " printed is here: it did not run on this node, or its "
                                  "logs have had their time (mapreduce.job.userlog.retain.hours).");
  }
  if (files->size() > kFilesMax) files->resize(kFilesMax);
  std::string text;
  for (const FileInfo& info : *files) {
    if (info.type != FileType::kFile || !IsPlainName(info.name)) continue;
    Result<OpenLog> log = co_await Open(dir + "/" + info.name);
    if (!log.ok()) continue;
    const std::uint64_t from = log->size - std::min(log->size, kEndBytes);
    std::string bytes(log->size - from, '\0');
    Result<std::size_t> got = co_await pool_.Run([&] { return log->file->ReadAt(from, bytes.data(), bytes.size()); });
    bytes.resize(got.ok() ? *got : 0);
    text += "==> " + info.name + ", " + std::to_string(log->size) + " bytes" +
            (from > 0 ? ", of which these are the last" : "") + " <==\n" + bytes;
    if (!text.ends_with('\n')) text += '\n';
    text += '\n';
  }
  co_return http::TextResponse(std::move(text));
}

http::awaitable<http::Response> TaskLogPage::Answer(const http::Request& request) const {
  const std::string id = request.Query("attemptid");
  const std::optional<mapred::AttemptName> name = mapred::ParseAttemptId(id);
  const std::string dir = name ? views_.LogDir(id) : "";
  if (dir.empty()) {
    co_return http::ErrorResponse(request, 400, "Name an attempt: /tasklog?attemptid=attempt_…&file=stdout; '" + id + "' is none.");
  }
  const Status may = co_await MayRead(request.Query("user.name", options_.visitor), name->job_id);
  if (!may.ok()) co_return http::ErrorResponse(request, may);
  // Hadoop 1 called it `filter`.
  const std::string file = request.Query("file", request.Query("filter"));
  http::Response response;
  if (file.empty()) {
    response = co_await AllFiles(request, dir);
  } else {
    response = co_await OneFile(request, dir, file);
  }
  co_return response;
}

}  // namespace mrd::tasktracker::web
