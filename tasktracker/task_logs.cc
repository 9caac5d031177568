#include "tasktracker/task_logs.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "mapred/ids.h"

namespace mrd::tasktracker {
namespace {

// Holds the time, in milliseconds since 1970, at which the job's logs may go.
constexpr const char* kUntil = "/.until";

}  // namespace

std::string TaskLogs::AttemptDir(const std::string& attempt_id) const {
  const std::optional<mapred::AttemptName> name = mapred::ParseAttemptId(attempt_id);
  if (!name || name->ToString() != attempt_id) return {};
  return JobDir(name->job_id) + "/" + attempt_id;
}

Status TaskLogs::Prepare(const std::string& attempt_id) { return CreateDirs(env_, AttemptDir(attempt_id)); }

void TaskLogs::Ended(const std::string& job_id, std::chrono::milliseconds retained) {
  const Result<bool> there = Exists(env_, JobDir(job_id));
  if (!there.ok() || !*there) return;
  const std::string until = std::to_string(clock_.WallMillis() + retained.count());
  Result<std::unique_ptr<File>> file = env_.CreateOrTruncate(JobDir(job_id) + kUntil);
  if (!file.ok()) return;  // then the time of the last change counts
  (void)(*file)->Append(until.data(), until.size());
  (void)(*file)->Close();
}

void TaskLogs::Sweep(const std::set<std::string>& running) {
  const Result<std::vector<FileInfo>> jobs = env_.ListDir(dir_);
  if (!jobs.ok()) return;
  for (const FileInfo& job : *jobs) {
    if (!mapred::IsJobId(job.name) || running.contains(job.name)) continue;
    std::int64_t until = job.modified_ms + retained_.count();
    const Result<std::string> noted = ReadWholeFile(env_, JobDir(job.name) + kUntil);
    if (noted.ok()) std::from_chars(noted->data(), noted->data() + noted->size(), until);
    if (clock_.WallMillis() >= until) (void)RemoveTree(env_, JobDir(job.name));
  }
}

std::string TaskLogs::Tail(const std::string& attempt_id, const std::string& name, std::size_t bytes_max) const {
  const std::string dir = AttemptDir(attempt_id);
  if (dir.empty()) return {};
  const Result<std::unique_ptr<File>> file = env_.OpenForRead(dir + "/" + name);
  if (!file.ok()) return {};
  const Result<std::uint64_t> size = (*file)->Size();
  if (!size.ok()) return {};
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(*size, bytes_max)), '\0');
  const Result<std::size_t> got = (*file)->ReadAt(*size - text.size(), text.data(), text.size());
  if (!got.ok()) return {};
  text.resize(*got);
  // A cut line tells nothing.
  if (text.size() < *size) {
    if (const std::size_t line = text.find('\n'); line != std::string::npos) text.erase(0, line + 1);
  }
  return text;
}

}  // namespace mrd::tasktracker
