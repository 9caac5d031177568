// `job -history`: what is kept of a job, whether it has ended or not.

#include <algorithm>
#include <map>

#include <boost/json.hpp>

#include "common/base/env.h"
#include "common/fs/registry.h"
#include "mapred/ids.h"
#include "mapred/wire/convert.h"
#include "tools/jobs/history_file.h"
#include "tools/jobs/options.h"

namespace mrd::jobs {
namespace {

namespace json = boost::json;
using mapred::proto::AttemptReportProto;
using mapred::proto::TaskReportProto;

using Kept = KeptJob;

const char* KindName(mapred::proto::TaskKindProto kind) {
  switch (kind) {
    case mapred::proto::MAP:
      return "Map";
    case mapred::proto::REDUCE:
      return "Reduce";
    case mapred::proto::COMMIT:
      return "Cleanup";
    case mapred::proto::ABORT:
      return "Abort";
    case mapred::proto::WHOLE:
      return "Whole";
  }
  return "";
}

std::uint64_t Took(const AttemptReportProto& attempt) {
  const auto& status = attempt.status();
  return status.endms() > status.startms() ? status.endms() - status.startms() : 0;
}

const AttemptReportProto* Best(const TaskReportProto& task) {
  for (const AttemptReportProto& attempt : task.attempts()) {
    if (attempt.state() == "SUCCEEDED") return &attempt;
  }
  return nullptr;
}

std::string Summary(const Kept& kept) {
  const auto& status = kept.result.status();
  const std::string line = "=====================================\n";
  std::string text = "\nHadoop job: " + status.jobid() + "\n" + line + "User: " + status.user() + "\nJobName: " +
                     status.jobname() + "\nSubmitted At: " + TimeText(status.submitms()) + "\nLaunched At: " +
                     TimeText(status.startms()) + "\nFinished At: " + TimeText(status.endms());
  if (status.has_endms() && status.has_startms() && status.endms() >= status.startms()) {
    text += " (" + DurationText(status.endms() - status.startms()) + ")";
  }
  text += std::string("\nStatus: ") + StateName(status.state()) + "\n";
  if (!status.failure().empty()) text += "Reason: " + status.failure() + "\n";
  text += mapred::wire::FromProto(kept.result.counters()).ToString();
  return text + line;
}

std::string TaskSummary(const Kept& kept) {
  std::string text = "\nTask Summary\n============================\n"
                     "Kind\tTotal\tSuccessful\tFailed\tKilled\tStartTime\tFinishTime\n";
  for (const auto kind : {mapred::proto::MAP, mapred::proto::REDUCE, mapred::proto::WHOLE, mapred::proto::COMMIT,
                          mapred::proto::ABORT}) {
    std::map<std::string, int> states;
    int total = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    for (const TaskReportProto& task : kept.tasks) {
      if (task.kind() != kind) continue;
      ++total;
      ++states[task.state()];
      for (const AttemptReportProto& attempt : task.attempts()) {
        if (begin == 0 || attempt.status().startms() < begin) begin = attempt.status().startms();
        end = std::max<std::uint64_t>(end, attempt.status().endms());
      }
    }
    if (total == 0) continue;
    text += std::string("\n") + KindName(kind) + "\t" + std::to_string(total) + "\t" +
            std::to_string(states["SUCCEEDED"]) + "\t\t" + std::to_string(states["FAILED"]) + "\t" +
            std::to_string(states["KILLED"]) + "\t" + TimeText(begin) + "\t" + TimeText(end) + "\n";
  }
  return text + "============================\n";
}

std::string Analysis(const Kept& kept) {
  std::string text = "\nAnalysis\n=========\n";
  for (const auto kind : {mapred::proto::MAP, mapred::proto::REDUCE}) {
    std::vector<std::pair<std::uint64_t, std::string>> times;
    std::uint64_t sum = 0;
    for (const TaskReportProto& task : kept.tasks) {
      const AttemptReportProto* best = task.kind() == kind ? Best(task) : nullptr;
      if (best == nullptr) continue;
      times.emplace_back(Took(*best), task.taskid());
      sum += times.back().first;
    }
    if (times.empty()) continue;
    std::sort(times.begin(), times.end());
    const std::string name = kind == mapred::proto::MAP ? "map" : "reduce";
    text += "\nTime taken by best performing " + name + " task " + times.front().second + ": " +
            std::to_string(times.front().first) + "ms\nAverage time taken by " + name + " tasks: " +
            std::to_string(sum / times.size()) + "ms\nWorse performing " + name + " tasks: \nTaskId\t\tTimetaken\n";
    for (std::size_t at = 0; at < std::min<std::size_t>(10, times.size()); ++at) {
      const auto& [ms, id] = times[times.size() - 1 - at];
      text += id + " " + std::to_string(ms) + "ms\n";
    }
  }
  return text + "=========\n";
}

std::string AttemptLine(const AttemptReportProto& attempt) {
  const auto& status = attempt.status();
  std::string text = attempt.attemptid() + "\t" + TimeText(status.startms()) + "\t" + TimeText(status.endms()) + " (" +
                     std::to_string(Took(attempt)) + "ms)\t" + attempt.tracker();
  if (!status.failure().message().empty()) text += "\t" + status.failure().message();
  return text + "\n";
}

// Failed and killed ones, or all.
std::string AttemptsText(const Kept& kept, bool all) {
  std::string text;
  for (const char* state : {"SUCCEEDED", "FAILED", "KILLED"}) {
    if (!all && std::string_view(state) == "SUCCEEDED") continue;
    std::string lines;
    for (const TaskReportProto& task : kept.tasks) {
      for (const AttemptReportProto& attempt : task.attempts()) {
        if (attempt.state() == state) lines += AttemptLine(attempt);
      }
    }
    if (lines.empty()) continue;
    text += std::string("\n") + state + " task attempts\n============================\n" +
            "AttemptId\tStartTime\tFinishTime\tTracker\tError\n" + lines + "============================\n";
  }
  return text;
}

std::string Json(const Kept& kept, bool all) {
  const auto& status = kept.result.status();
  json::object object{{"hadoopJob", status.jobid()},
                      {"user", status.user()},
                      {"jobName", status.jobname()},
                      {"submittedAt", status.submitms()},
                      {"launchedAt", status.startms()},
                      {"finishedAt", status.endms()},
                      {"status", StateName(status.state())},
                      {"diagnostics", status.failure()}};
  json::object counters;
  for (const auto& group : mapred::wire::FromProto(kept.result.counters()).Groups()) {
    json::object cells;
    for (const auto& cell : group.cells) cells[cell.name] = cell.value;
    counters[group.name] = std::move(cells);
  }
  object["counters"] = std::move(counters);
  json::array attempts;
  for (const TaskReportProto& task : kept.tasks) {
    for (const AttemptReportProto& attempt : task.attempts()) {
      if (!all && attempt.state() != "FAILED" && attempt.state() != "KILLED") continue;
      attempts.push_back({{"attemptId", attempt.attemptid()},
                          {"type", KindName(task.kind())},
                          {"status", attempt.state()},
                          {"startTime", attempt.status().startms()},
                          {"finishTime", attempt.status().endms()},
                          {"tracker", attempt.tracker()},
                          {"error", attempt.status().failure().message()}});
    }
  }
  object["attempts"] = std::move(attempts);
  return json::serialize(object) + "\n";
}

constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 30;

Result<Kept> ReadFile(fs::Registry& file_systems, const std::string& name) {
  MRD_ASSIGN_OR_RETURN(const fs::Path parsed, fs::Path::Parse(name));
  MRD_ASSIGN_OR_RETURN(const fs::Path path, file_systems.Qualify(parsed));
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> system, file_systems.For(path));
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<fs::InputFile> file, system->Open(path));
  MRD_ASSIGN_OR_RETURN(const std::uint64_t size, file->Size());
  if (size > kFileBytesMax) return InvalidArgument(path.ToString() + " is longer than any file of the job history");
  std::string text(static_cast<std::size_t>(size), '\0');
  for (std::size_t at = 0; at < text.size();) {
    MRD_ASSIGN_OR_RETURN(const std::size_t got, file->ReadAt(at, text.data() + at, text.size() - at));
    if (got == 0) break;
    at += got;
  }
  Result<Kept> kept = ParseHistoryFile(text);
  if (!kept.ok()) return std::move(kept).status().WithContext(path.ToString());
  return kept;
}

Result<Kept> AskFor(mapred::JobClient& client, const std::string& id) {
  Kept kept;
  MRD_ASSIGN_OR_RETURN(kept.result, client.JobResult(id));
  MRD_ASSIGN_OR_RETURN(kept.tasks, client.AllTasks(id));
  return kept;
}

}  // namespace

int ShowHistory(Session& session, const Words& words) {
  bool all = false;
  std::string id;
  std::string file;
  std::string format = "human";
  for (std::size_t at = 0; at < words.size(); ++at) {
    const bool has_value = at + 1 < words.size();
    if (words[at] == "all" && id.empty()) {
      all = true;
    } else if (words[at] == "-outfile" && has_value) {
      file = words[++at];
    } else if (words[at] == "-format" && has_value) {
      format = words[++at];
    } else if (id.empty()) {
      id = words[at];
    } else {
      session.console.Err("-history: unexpected word " + words[at] + "\n");
      return kFailed;
    }
  }
  if (format != "human" && format != "json") {
    session.console.Err("-history: -format is human or json\n");
    return kFailed;
  }
  // What looks like neither an id nor a file is told what an id looks like.
  const bool is_file = session.file_systems != nullptr && !mapred::IsJobId(id) && id.find_first_of("/.") != std::string::npos;
  if (!is_file) {
    if (const Status form = CheckJobId(id); !form.ok()) return session.Fail(form);
  }
  const Result<Kept> found = is_file ? ReadFile(*session.file_systems, id) : AskFor(session.client, id);
  if (!found.ok()) return is_file ? session.Fail(found.status()) : session.Fail(found.status(), id);
  const Kept& kept = *found;
  const std::string text = format == "json"
                               ? Json(kept, all)
                               : Summary(kept) + TaskSummary(kept) + Analysis(kept) + AttemptsText(kept, all);
  if (file.empty()) {
    session.console.Out(text);
    return kOk;
  }
  auto out = Env::Posix().CreateOrTruncate(file);
  if (!out.ok()) return session.Fail(out.status());
  Status written = (*out)->Append(text.data(), text.size());
  if (written.ok()) written = (*out)->Close();
  return written.ok() ? kOk : session.Fail(written);
}

}  // namespace mrd::jobs
