// Options of `job` that show something.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

#include "common/base/env.h"
#include "mapred/client/failure_text.h"
#include "mapred/ids.h"
#include "mapred/wire/convert.h"
#include "tools/cluster/site_writer.h"
#include "tools/jobs/options.h"

namespace mrd::jobs {
namespace {

constexpr const char* kUnknown = "N/A";
constexpr std::size_t kNameShown = 20;
constexpr std::uint32_t kEventsMax = 10'000;

// Right-aligned, tab after it, as Hadoop's printf has it.
std::string Column(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

std::string Row(const std::vector<std::string>& cells) {
  constexpr std::size_t kWidths[] = {23, 20, 10, 14, 12, 12, 10, 15, 15, 8, 8, 10, 10};
  std::string line;
  for (std::size_t at = 0; at < cells.size(); ++at) line += (at == 0 ? "" : "\t") + Column(cells[at], kWidths[at]);
  return line + "\n";
}

std::optional<std::uint32_t> ParseNumber(const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

int ListTrackers(Session& session, bool active) {
  const auto cluster = session.client.Cluster();
  if (!cluster.ok()) return session.Fail(cluster.status());
  if (!active) session.PrintLine("BlackListedNode \t Reason");
  for (const auto& tracker : cluster->trackers()) {
    if (active && tracker.state() == "LIVE") session.PrintLine(tracker.name());
    if (!active && tracker.state() == "BLACKLISTED") session.PrintLine(tracker.name() + "\t" + tracker.reason());
  }
  return kOk;
}

}  // namespace

std::string JobTable(const google::protobuf::RepeatedPtrField<mapred::proto::JobStatusProto>& jobs) {
  std::string text = "Total jobs:" + std::to_string(jobs.size()) + "\n";
  text += Row({"JobId", "JobName", "State", "StartTime", "UserName", "Queue", "Priority", "UsedContainers",
               "RsvdContainers", "UsedMem", "RsvdMem", "NeededMem", "AM info"});
  for (const auto& job : jobs) {
    text += Row({job.jobid(), job.jobname().substr(0, kNameShown), StateName(job.state()),
                 std::to_string(job.has_startms() ? job.startms() : job.submitms()), job.user().substr(0, kNameShown),
                 job.queue(), job.priority(), std::to_string(job.mapsrunning() + job.reducesrunning()), kUnknown,
                 kUnknown, kUnknown, kUnknown, job.trackingurl()});
  }
  return text;
}

int ListJobs(Session& session, const Words& words) {
  if (!words.empty() && words[0] != "all") {
    session.console.Err("usage: mapred job [-list [all]]\n");
    return kFailed;
  }
  const auto jobs = session.client.List(!words.empty(), "");
  if (!jobs.ok()) return session.Fail(jobs.status());
  session.console.Out(JobTable(jobs->jobs()));
  return kOk;
}

int ShowStatus(Session& session, const Words& words) {
  const std::string& id = words[0];
  if (const Status form = CheckJobId(id); !form.ok()) return session.Fail(form);
  const auto result = session.client.JobResult(id);
  if (!result.ok()) return session.Fail(result.status(), id);
  const auto spec = session.client.Spec(id);  // absent for a job of the history
  const auto& status = result->status();
  std::string text = "\nJob: " + id + "\nJob File: " + (spec.ok() ? spec->pack().path() : kUnknown) +
                     "\nJob Tracking URL : " + status.trackingurl() +
                     "\nUber job : " + (status.whole() ? "true" : "false") +
                     "\nNumber of maps: " + std::to_string(status.maps()) +
                     "\nNumber of reduces: " + std::to_string(status.reduces()) +
                     "\nmap() completion: " + FloatText(status.mapprogress()) +
                     "\nreduce() completion: " + FloatText(status.reduceprogress()) +
                     "\nJob state: " + StateName(status.state()) + "\nretired: " + (spec.ok() ? "false" : "true") +
                     "\nreason for failure: " + status.failure() + "\n";
  for (const auto& reason : status.waiting()) {
    text += mapred::WaitingText(reason) + "\n";
  }
  const engine::Counters counters = mapred::wire::FromProto(result->counters());
  text += counters.size() == 0 ? "Counters: 0\n" : counters.ToString();
  session.console.Out(text);
  return kOk;
}

int ShowCounter(Session& session, const Words& words) {
  if (const Status form = CheckJobId(words[0]); !form.ok()) return session.Fail(form);
  const auto result = session.client.JobResult(words[0]);
  if (!result.ok()) return session.Fail(result.status(), words[0]);
  const engine::Counters counters = mapred::wire::FromProto(result->counters());
  session.PrintLine(std::to_string(counters.Get(words[1], words[2])));
  return kOk;
}

int ShowEvents(Session& session, const Words& words) {
  const std::string& id = words[0];
  if (const Status form = CheckJobId(id); !form.ok()) return session.Fail(form);
  const std::optional<std::uint32_t> from = ParseNumber(words[1]);
  const std::optional<std::uint32_t> count = ParseNumber(words[2]);
  if (!from || !count || *from == 0) {
    session.console.Err("-events: events are numbered from 1, and two numbers are wanted\n");
    return kFailed;
  }
  const auto events = session.client.Events(id, *from, std::min(*count, kEventsMax));
  if (!events.ok()) return session.Fail(events.status(), id);
  std::string text = "Task completion events for " + id + "\nNumber of events (from " + words[1] +
                     ") are: " + std::to_string(events->events_size()) + "\n";
  for (const auto& event : events->events()) {
    text += event.status() + " " + event.attemptid() + " " + event.trackerurl() + "/tasklog?attemptid=" +
            event.attemptid() + "&all=true\n";
  }
  session.console.Out(text);
  return kOk;
}

int ListActiveTrackers(Session& session, const Words& /*words*/) { return ListTrackers(session, true); }
int ListBlacklistedTrackers(Session& session, const Words& /*words*/) { return ListTrackers(session, false); }

int ListAttemptIds(Session& session, const Words& words) {
  const std::string& id = words[0];
  if (const Status form = CheckJobId(id); !form.ok()) return session.Fail(form);
  std::string type = words[1];
  for (char& c : type) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::string& state = words[2];
  if (type != "MAP" && type != "REDUCE") {
    session.console.Err("Invalid task-type: " + words[1] + ". It is MAP or REDUCE.\n");
    return kFailed;
  }
  const std::string attempt_state = state == "running"     ? "RUNNING"
                                    : state == "completed" ? "SUCCEEDED"
                                    : state == "failed"    ? "FAILED"
                                    : state == "killed"    ? "KILLED"
                                    : state == "pending"   ? "PENDING"
                                                           : "";
  if (attempt_state.empty()) {
    session.console.Err("Invalid task-state: " + state + ". It is pending, running, completed, failed or killed.\n");
    return kFailed;
  }
  const auto tasks = session.client.AllTasks(id);
  if (!tasks.ok()) return session.Fail(tasks.status(), id);
  const auto kind = type == "MAP" ? mapred::proto::MAP : mapred::proto::REDUCE;
  for (const auto& task : *tasks) {
    if (task.kind() != kind) continue;
    // A pending task has no attempt yet: what can be named is the task.
    if (state == "pending" && task.state() == "PENDING") session.PrintLine(task.taskid());
    for (const auto& attempt : task.attempts()) {
      const bool running = attempt_state == "RUNNING" && attempt.state() == "COMMIT_PENDING";
      if (attempt.state() == attempt_state || running) session.PrintLine(attempt.attemptid());
    }
  }
  return kOk;
}

int WriteConfig(Session& session, const Words& words) {
  if (const Status form = CheckJobId(words[0]); !form.ok()) return session.Fail(form);
  const auto spec = session.client.Spec(words[0]);
  if (!spec.ok()) return session.Fail(spec.status(), words[0]);
  tools::SiteWriter site("Configuration of " + words[0]);
  for (const auto& property : spec->config()) site.Set(property.name(), property.value());
  const std::string xml = site.ToXml();
  auto file = Env::Posix().CreateOrTruncate(words[1]);
  if (!file.ok()) return session.Fail(file.status());
  Status written = (*file)->Append(xml.data(), xml.size());
  if (written.ok()) written = (*file)->Close();
  return written.ok() ? kOk : session.Fail(written);
}

}  // namespace mrd::jobs
