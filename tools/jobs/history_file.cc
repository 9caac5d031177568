#include "tools/jobs/history_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "engine/counters.h"
#include "mapred/wire/convert.h"

namespace mrd::jobs {
namespace {

namespace json = boost::json;
namespace proto = mapred::proto;

std::string Text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

std::uint64_t Number(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  boost::system::error_code error;
  const std::uint64_t number = value == nullptr ? 0 : value->to_number<std::uint64_t>(error);
  return error ? 0 : number;
}

double Fraction(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  boost::system::error_code error;
  const double number = value == nullptr ? 0 : value->to_number<double>(error);
  return error ? 0 : number;
}

// The objects of a list; others in it are passed over.
template <typename Visit>
void ForEach(const json::object& object, std::string_view name, Visit visit) {
  const json::value* list = object.if_contains(name);
  if (list == nullptr || !list->is_array()) return;
  for (const json::value& one : list->as_array()) {
    if (one.is_object()) visit(one.as_object());
  }
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

proto::TaskKindProto KindOf(const std::string& word) {
  if (word == "map") return proto::MAP;
  if (word == "reduce") return proto::REDUCE;
  if (word == "commit") return proto::COMMIT;
  return word == "abort" ? proto::ABORT : proto::WHOLE;
}

proto::JobStateProto StateOf(const std::string& word) {
  static constexpr std::array kStates = {std::pair{"running", proto::JOB_RUNNING}, std::pair{"succeeded", proto::JOB_SUCCEEDED},
                                         std::pair{"failed", proto::JOB_FAILED}, std::pair{"killed", proto::JOB_KILLED}};
  for (const auto& [name, state] : kStates) {
    if (word == name) return state;
  }
  return proto::JOB_PREP;
}

void ReadAttempt(const json::object& from, proto::AttemptReportProto* to) {
  to->set_attemptid(Text(from, "attemptId"));
  to->set_state(Upper(Text(from, "state")));
  to->set_tracker(Text(from, "tracker"));
  to->set_trackerurl(Text(from, "trackerUrl"));
  proto::AttemptStatusProto* const status = to->mutable_status();
  status->set_attemptid(to->attemptid());
  status->set_state(proto::ATTEMPT_SUCCEEDED);
  status->set_startms(Number(from, "startMs"));
  status->set_endms(Number(from, "endMs"));
  const json::value* failure = from.if_contains("failure");
  if (failure == nullptr || !failure->is_object()) return;
  status->set_state(proto::ATTEMPT_FAILED);
  status->mutable_failure()->set_message(Text(failure->as_object(), "message"));
}

proto::TaskReportProto ReadTask(const json::object& from) {
  proto::TaskReportProto task;
  task.set_taskid(Text(from, "taskId"));
  task.set_kind(KindOf(Text(from, "kind")));
  task.set_state(Upper(Text(from, "state")));
  task.set_progress(Fraction(from, "progress"));
  ForEach(from, "attempts", [&](const json::object& attempt) { ReadAttempt(attempt, task.add_attempts()); });
  return task;
}

void ReadEnd(const json::object& from, proto::GetJobResultResponseProto* to) {
  proto::JobStatusProto* const status = to->mutable_status();
  status->set_jobid(Text(from, "jobId"));
  status->set_jobname(Text(from, "jobName"));
  status->set_user(Text(from, "user"));
  status->set_queue(Text(from, "queue"));
  status->set_priority(Upper(Text(from, "priority")));
  status->set_state(StateOf(Text(from, "state")));
  status->set_version(Number(from, "version"));
  status->set_submitms(Number(from, "submitMs"));
  // A job that was killed while it waited has no start.
  if (from.contains("startMs")) status->set_startms(Number(from, "startMs"));
  if (from.contains("endMs")) status->set_endms(Number(from, "endMs"));
  if (std::string failure = Text(from, "failure"); !failure.empty()) status->set_failure(std::move(failure));
  ForEach(from, "counters", [&](const json::object& group) {
    proto::CounterGroupProto* const out = to->mutable_counters()->add_groups();
    out->set_name(Text(group, "group"));
    ForEach(group, "counters", [&](const json::object& cell) {
      proto::CounterProto* const counter = out->add_counters();
      counter->set_name(Text(cell, "name"));
      boost::system::error_code error;
      const json::value* value = cell.if_contains("value");
      counter->set_value(value == nullptr ? 0 : value->to_number<std::int64_t>(error));
    });
  });
}

}  // namespace

Result<KeptJob> ParseHistoryFile(std::string_view text) {
  KeptJob kept;
  bool ended = false;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    boost::system::error_code error;
    const json::value value = json::parse(line, error);
    if (error || !value.is_object()) {
      return InvalidArgument("line " + std::to_string(number) + " is no object of JSON; is this a file of the job history?");
    }
    const std::string type = Text(value.as_object(), "type");
    if (type == "task") kept.tasks.push_back(ReadTask(value.as_object()));
    if (type == "end") {
      ReadEnd(value.as_object(), &kept.result);
      ended = true;
    }
  }
  if (!ended) return InvalidArgument("there is no line of the type \"end\"; is this a whole file of the job history?");
  return kept;
}

}  // namespace mrd::jobs
