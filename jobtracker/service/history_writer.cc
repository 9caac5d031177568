#include "jobtracker/service/history_writer.h"

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/json.hpp>

#include "common/base/utf8.h"
#include "common/net/co_status.h"
#include "jobtracker/web/json.h"

namespace mrd::jobtracker {

namespace json = boost::json;
namespace proto = mapred::proto;

namespace {

constexpr std::uint32_t kTasksPerPiece = 500;
constexpr std::int64_t kSweepEveryMs = 3'600'000;
constexpr std::uint32_t kFormatVersion = 1;
constexpr const char* kSuffix = ".jsonl";
constexpr const char* kUnfinishedSuffix = ".jsonl.tmp";

std::string Line(const char* type, json::object content) {
  json::object line;
  line["type"] = type;
  for (auto& [name, value] : content) line[name] = std::move(value);
  return json::serialize(line) + "\n";
}

}  // namespace

HistoryWriter::HistoryWriter(const JobReader& reader, Clock& clock, Logger log, fs::Registry file_systems,
                             HistoryOptions options)
    : reader_(reader),
      clock_(clock),
      log_(std::move(log)),
      file_systems_(std::move(file_systems)),
      options_(std::move(options)),
      disk_("history", 1) {}

Result<fs::Path> HistoryWriter::FileOf(const std::string& job, const char* suffix) const {
  MRD_ASSIGN_OR_RETURN(const fs::Path directory, fs::Path::Parse(options_.directory));
  return directory.Child(job + suffix);
}

Status HistoryWriter::Begin(const std::string& job, std::unique_ptr<fs::OutputFile>* out) {
  MRD_ASSIGN_OR_RETURN(const fs::Path file, FileOf(job, kSuffix));
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> system, file_systems_.For(file));
  const Result<fs::FileStatus> there = system->Stat(file);
  if (there.ok()) return Status::Ok();  // written before, perhaps by an earlier life
  if (there.status().code() != Code::kNotFound) return there.status();
  MRD_RETURN_IF_ERROR(system->Mkdirs(file.parent()));
  MRD_ASSIGN_OR_RETURN(const fs::Path unfinished, FileOf(job, kUnfinishedSuffix));
  MRD_ASSIGN_OR_RETURN(*out, system->Create(unfinished, true));
  return Status::Ok();
}

Status HistoryWriter::Publish(const std::string& job, fs::OutputFile& out) {
  MRD_RETURN_IF_ERROR(out.Close());
  MRD_ASSIGN_OR_RETURN(const fs::Path unfinished, FileOf(job, kUnfinishedSuffix));
  MRD_ASSIGN_OR_RETURN(const fs::Path file, FileOf(job, kSuffix));
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> system, file_systems_.For(file));
  return system->Rename(unfinished, file);
}

Status HistoryWriter::RemoveOld() {
  const std::int64_t now = clock_.WallMillis();
  if (options_.keep_ms == 0 || now - swept_ms_ < kSweepEveryMs) return Status::Ok();
  swept_ms_ = now;
  MRD_ASSIGN_OR_RETURN(const fs::Path directory, fs::Path::Parse(options_.directory));
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> system, file_systems_.For(directory));
  MRD_ASSIGN_OR_RETURN(const std::vector<fs::FileStatus> files, system->List(directory));
  for (const fs::FileStatus& file : files) {
    // Only what bears one of our names.
    const std::string name = file.path.name();
    const bool ours = name.starts_with("job_") && (name.ends_with(kSuffix) || name.ends_with(kUnfinishedSuffix));
    if (!ours || file.is_directory || now - file.modified_ms < options_.keep_ms) continue;
    MRD_RETURN_IF_ERROR(system->Delete(file.path, false).status());
  }
  return Status::Ok();
}

Result<std::string> HistoryWriter::FirstLine(const std::string& job) const {
  MRD_ASSIGN_OR_RETURN(const proto::GetJobSpecResponseProto spec, reader_.Spec(job, options_.user));
  json::object line;
  line["version"] = kFormatVersion;
  json::object content = web::ToJson(spec.spec());
  for (auto& [name, value] : content) line[name] = std::move(value);
  return Line("job", std::move(line));
}

Result<std::string> HistoryWriter::TaskLines(const std::string& job, std::uint32_t from, std::uint32_t* total) const {
  proto::GetTasksRequestProto request;
  request.set_jobid(job);
  request.set_from(from);
  request.set_count(kTasksPerPiece);
  MRD_ASSIGN_OR_RETURN(const proto::GetTasksResponseProto page, reader_.Tasks(request, options_.user));
  *total = page.total();
  std::string lines;
  for (const proto::TaskReportProto& task : page.tasks()) lines += Line("task", web::ToJson(task, true));
  return lines;
}

Result<std::string> HistoryWriter::LastLine(const std::string& job) const {
  MRD_ASSIGN_OR_RETURN(const proto::GetJobResultResponseProto result, reader_.ResultOf(job, options_.user));
  json::object line = web::ToJson(result.status());
  line["counters"] = web::ToJson(result.counters());
  line["ledger"] = web::ToJson(result.ledger());
  json::array failures;
  for (const proto::FailureGroupProto& group : result.failures()) failures.push_back(web::ToJson(group));
  line["failures"] = std::move(failures);
  json::array warnings;
  for (const std::string& warning : result.warnings()) warnings.emplace_back(Utf8(warning));
  if (!warnings.empty()) line["warnings"] = std::move(warnings);
  return Line("end", std::move(line));
}

net::awaitable<Status> HistoryWriter::Write(std::string job) {
  std::unique_ptr<fs::OutputFile> out;
  auto begin = [&] { return Begin(job, &out); };
  MRD_CO_RETURN_IF_ERROR(co_await disk_.Run(begin));
  if (out == nullptr) co_return Status::Ok();
  MRD_CO_ASSIGN_OR_RETURN(std::string text, FirstLine(job));
  auto append = [&] { return out->Append(text.data(), text.size()); };
  MRD_CO_RETURN_IF_ERROR(co_await disk_.Run(append));
  std::uint32_t total = 1;
  // By and by: the core has other things to do between two pieces.
  for (std::uint32_t from = 0; from < total; from += kTasksPerPiece) {
    if (stopping_) co_return Cancelled("the jobtracker stops");
    MRD_CO_ASSIGN_OR_RETURN(text, TaskLines(job, from, &total));
    MRD_CO_RETURN_IF_ERROR(co_await disk_.Run(append));
  }
  MRD_CO_ASSIGN_OR_RETURN(text, LastLine(job));
  MRD_CO_RETURN_IF_ERROR(co_await disk_.Run(append));
  auto publish = [&] { return Publish(job, *out); };
  MRD_CO_RETURN_IF_ERROR(co_await disk_.Run(publish));
  auto sweep = [&] { return RemoveOld(); };
  const Status swept = co_await disk_.Run(sweep);
  if (!swept.ok()) log_.Warn("old history not removed why=" + swept.message());
  co_return Status::Ok();
}

}  // namespace mrd::jobtracker
