#include "jobtracker/web/schedule_json.h"

#include <string>
#include <utility>

#include "common/base/utf8.h"

namespace mrd::jobtracker::web {

namespace json = boost::json;

namespace {

// What users wrote may be any bytes.
json::string Text(const std::string& text) { return json::string(Utf8(text)); }

}  // namespace

json::object ToJson(const mapred::proto::ScheduleRunProto& run) {
  json::object out{{"number", run.number()}, {"dueMs", run.duems()}, {"state", run.state()}, {"byHand", run.byhand()}};
  if (run.has_jobid()) out["jobId"] = run.jobid();
  if (run.has_startms()) out["startMs"] = run.startms();
  if (run.has_endms()) out["endMs"] = run.endms();
  if (run.has_message()) out["message"] = Text(run.message());
  if (run.count() != 1) out["count"] = run.count();
  return out;
}

json::object ToJson(const mapred::proto::ScheduleProto& schedule) {
  const auto& terms = schedule.terms();
  json::array inputs;
  for (const std::string& input : schedule.inputs()) inputs.push_back(Text(input));
  json::array runs;
  for (const auto& run : schedule.runs()) runs.push_back(ToJson(run));
  json::object out{{"name", terms.name()},
                   {"owner", Text(terms.owner())},
                   {"cron", Text(terms.cron())},
                   {"zone", Text(terms.zone())},
                   {"overlap", terms.overlap()},
                   {"missed", terms.missed()},
                   {"missedMax", terms.missedmax()},
                   {"historyMax", terms.historymax()},
                   {"enabled", schedule.enabled()},
                   {"createdMs", schedule.createdms()},
                   {"jobName", Text(schedule.jobname())},
                   {"plugin", Text(schedule.plugin())},
                   {"entry", Text(schedule.entry())},
                   {"queue", Text(schedule.queue())},
                   {"inputs", std::move(inputs)},
                   {"output", Text(schedule.output())},
                   {"runs", std::move(runs)}};
  if (schedule.has_nextms()) out["nextMs"] = schedule.nextms();
  return out;
}

}  // namespace mrd::jobtracker::web
