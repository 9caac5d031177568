// `mr schedule`, but for `add`.

#include <algorithm>

#include <boost/json.hpp>

#include "common/base/clock.h"
#include "tools/jobs/session.h"
#include "tools/nearest.h"

namespace mrd::jobs {
namespace {

namespace json = boost::json;
using mapred::proto::ScheduleProto;
using mapred::proto::ScheduleRunProto;

constexpr const char* kUsage =
    "usage: mr schedule add NAME --cron EXPRESSION [OPTION...] PLUGIN.so INPUT... OUTPUT\n"
    "       mr schedule list [--json] | show NAME [--json] | run NAME [--wait] | enable NAME | disable NAME | rm NAME\n";
constexpr int kRefused = 1;
constexpr std::int64_t kAskAgainMs = 200;

std::string Time(std::int64_t ms) { return ms <= 0 ? "-" : TimeText(static_cast<std::uint64_t>(ms)); }

const ScheduleRunProto* LastRun(const ScheduleProto& schedule) {
  return schedule.runs().empty() ? nullptr : &*schedule.runs().rbegin();
}

std::string RunLine(const ScheduleRunProto& run) {
  std::string line = "  " + std::to_string(run.number()) + "\t" + Time(run.duems()) + "\t" + run.state();
  if (run.count() > 1) line += " x" + std::to_string(run.count());
  line += "\t" + (run.jobid().empty() ? "-" : run.jobid());
  if (run.endms() > run.startms() && run.startms() > 0) {
    line += "\t" + DurationText(static_cast<std::uint64_t>(run.endms() - run.startms()));
  } else {
    line += "\t-";
  }
  if (run.byhand()) line += "\tby hand";
  if (!run.message().empty()) line += "\t" + run.message();
  return line + "\n";
}

json::object ToJson(const ScheduleRunProto& run) {
  json::object out{{"number", run.number()}, {"dueMs", run.duems()}, {"state", run.state()}, {"byHand", run.byhand()}};
  if (run.has_jobid()) out["jobId"] = run.jobid();
  if (run.has_startms()) out["startMs"] = run.startms();
  if (run.has_endms()) out["endMs"] = run.endms();
  if (run.has_message()) out["message"] = run.message();
  if (run.count() != 1) out["count"] = run.count();
  return out;
}

json::object ToJson(const ScheduleProto& schedule) {
  const auto& terms = schedule.terms();
  json::array inputs(schedule.inputs().begin(), schedule.inputs().end());
  json::array runs;
  for (const ScheduleRunProto& run : schedule.runs()) runs.push_back(ToJson(run));
  json::object out{{"name", terms.name()},
                   {"owner", terms.owner()},
                   {"cron", terms.cron()},
                   {"zone", terms.zone()},
                   {"overlap", terms.overlap()},
                   {"missed", terms.missed()},
                   {"missedMax", terms.missedmax()},
                   {"historyMax", terms.historymax()},
                   {"enabled", schedule.enabled()},
                   {"createdMs", schedule.createdms()},
                   {"jobName", schedule.jobname()},
                   {"plugin", schedule.plugin()},
                   {"entry", schedule.entry()},
                   {"queue", schedule.queue()},
                   {"inputs", std::move(inputs)},
                   {"output", schedule.output()},
                   {"runs", std::move(runs)}};
  if (schedule.has_nextms()) out["nextMs"] = schedule.nextms();
  return out;
}

int Refuse(Session& session, const Status& why) {
  session.console.Err("mr schedule: " + why.message() + "\n");
  return kRefused;
}

int List(Session& session, bool as_json) {
  const auto all = session.client.Schedules("");
  if (!all.ok()) return Refuse(session, all.status());
  if (as_json) {
    json::array list;
    for (const ScheduleProto& schedule : all->schedules()) list.push_back(ToJson(schedule));
    session.PrintLine(json::serialize(list));
    return kOk;
  }
  session.PrintLine("Total schedules:" + std::to_string(all->schedules_size()));
  session.PrintLine("Name\tOwner\tWhen\tZone\tNext\tLast run");
  for (const ScheduleProto& schedule : all->schedules()) {
    const ScheduleRunProto* const last = LastRun(schedule);
    session.PrintLine(schedule.terms().name() + "\t" + schedule.terms().owner() + "\t" + schedule.terms().cron() + "\t" +
                      schedule.terms().zone() + "\t" + (schedule.enabled() ? Time(schedule.nextms()) : "disabled") + "\t" +
                      (last == nullptr ? "-" : last->state() + (last->jobid().empty() ? "" : " " + last->jobid())));
  }
  return kOk;
}

int Show(Session& session, const std::string& name, bool as_json) {
  const auto found = session.client.Schedules(name);
  if (!found.ok()) return Refuse(session, found.status());
  session.console.Out(as_json ? json::serialize(ToJson(found->schedules(0))) + "\n" : ScheduleText(found->schedules(0)));
  return kOk;
}

// Returns when the run is over, with how it went.
Result<ScheduleRunProto> Await(Session& session, const std::string& name, std::uint64_t number) {
  while (true) {
    MRD_ASSIGN_OR_RETURN(const auto found, session.client.Schedules(name));
    const auto& runs = found.schedules(0).runs();
    const auto run = std::find_if(runs.begin(), runs.end(), [&](const auto& one) { return one.number() == number; });
    if (run == runs.end()) {
      return NotFound("run " + std::to_string(number) + " is not remembered any more; mr job -list all has its job");
    }
    if (run->state() != "queued" && run->state() != "starting" && run->state() != "running") return *run;
    Pause(kAskAgainMs);
  }
}

int RunNow(Session& session, const std::string& name, bool wait) {
  const Result<std::uint64_t> number = session.client.RunSchedule(name);
  if (!number.ok()) return Refuse(session, number.status());
  session.PrintLine("Run " + std::to_string(*number) + " of " + name + (wait ? " began" : " begins; mr schedule show " + name + " tells how it goes"));
  if (!wait) return kOk;
  const Result<ScheduleRunProto> end = Await(session, name, *number);
  if (!end.ok()) return Refuse(session, end.status());
  session.PrintLine("Run " + std::to_string(*number) + " of " + name + ": " + end->state() +
                    (end->jobid().empty() ? "" : " " + end->jobid()) + (end->message().empty() ? "" : ": " + end->message()));
  return end->state() == "succeeded" ? kOk : kRefused;
}

int Done(Session& session, const Status& status, const std::string& sentence) {
  if (!status.ok()) return Refuse(session, status);
  session.PrintLine(sentence);
  return kOk;
}

}  // namespace

std::string ScheduleText(const ScheduleProto& schedule) {
  const auto& terms = schedule.terms();
  std::string text = "Schedule: " + terms.name() + "\nOwner: " + terms.owner() + "\nWhen: " + terms.cron() + " in " + terms.zone() +
                     "\nNext: " + (schedule.enabled() ? Time(schedule.nextms()) : "disabled") + "\nJob: " + schedule.jobname() +
                     " (" + schedule.entry() + " of " + schedule.plugin() + ")\nInput:";
  for (const std::string& input : schedule.inputs()) text += " " + input;
  text += "\nOutput: " + (schedule.output().empty() ? "-" : schedule.output()) + "\nQueue: " + schedule.queue() +
          "\nOverlap: " + terms.overlap() + "\nMissed: " + terms.missed();
  if (terms.missed() == "all") text += ", at most " + std::to_string(terms.missedmax());
  text += "\n";
  if (schedule.runs().empty()) return text;
  text += "Runs, the last one first:\n  Run\tDue\tState\tJob\tTook\n";
  for (auto run = schedule.runs().rbegin(); run != schedule.runs().rend(); ++run) text += RunLine(*run);
  return text;
}

int RunSchedules(Session& session, const Words& words) {
  const std::string& word = words[0];
  const std::string name = words.size() > 1 ? words[1] : "";
  const std::string last = words.back();
  const bool named = words.size() == 2 && !name.starts_with("--");
  if (word == "list" && (words.size() == 1 || (words.size() == 2 && last == "--json"))) return List(session, words.size() == 2);
  if (word == "show" && (named || (words.size() == 3 && last == "--json"))) return Show(session, name, words.size() == 3);
  if (word == "run" && (named || (words.size() == 3 && last == "--wait"))) return RunNow(session, name, words.size() == 3);
  if (word == "enable" && named) return Done(session, session.client.EnableSchedule(name, true), "Enabled schedule " + name);
  if (word == "disable" && named) return Done(session, session.client.EnableSchedule(name, false), "Disabled schedule " + name);
  if (word == "rm" && named) return Done(session, session.client.RemoveSchedule(name), "Removed schedule " + name);
  static const Words kWords = {"add", "list", "show", "run", "enable", "disable", "rm"};
  const bool known = std::find(kWords.begin(), kWords.end(), word) != kWords.end();
  if (!known) session.console.Err("mr schedule: unknown word " + word + tools::DidYouMean(word, kWords) + "\n");
  session.console.Err(kUsage);
  return kFailed;
}

}  // namespace mrd::jobs
