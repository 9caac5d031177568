#include "jobtracker/web/json.h"

#include <algorithm>
#include <cctype>

#include "common/base/hex.h"
#include "common/base/utf8.h"
#include "engine/counters.h"
#include "mapred/wire/convert.h"

namespace mrd::jobtracker::web {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// The part of an enumeration's name after its prefix, in lower case.
std::string WordAfter(std::string_view prefix, std::string_view name) {
  return Lower(name.starts_with(prefix) ? name.substr(prefix.size()) : name);
}

template <typename List>
json::array Texts(const List& list) {
  json::array out;
  for (const auto& text : list) out.emplace_back(Utf8(text));
  return out;
}

json::object ToJson(const proto::ReasonProto& reason) {
  json::object out = {{"code", Utf8(reason.code())}, {"text", Utf8(reason.text())}};
  if (reason.has_tasks()) out["tasks"] = reason.tasks();
  return out;
}

json::object ToJson(const proto::PropertyProto& property) {
  return {{"name", Utf8(property.name())}, {"value", Utf8(property.value())}};
}

void AddStatus(const proto::AttemptStatusProto& status, bool whole, json::object* out) {
  (*out)["phase"] = PhaseWord(status.phase());
  (*out)["progress"] = status.progress();
  (*out)["records"] = status.records();
  (*out)["bytes"] = status.bytes();
  if (status.has_statustext()) (*out)["statusText"] = Utf8(status.statustext());
  if (status.has_startms()) (*out)["startMs"] = status.startms();
  if (status.has_endms()) (*out)["endMs"] = status.endms();
  if (status.has_shuffleendms()) (*out)["shuffleEndMs"] = status.shuffleendms();
  if (status.has_sortendms()) (*out)["sortEndMs"] = status.sortendms();
  if (status.has_peakbytes()) (*out)["peakBytes"] = status.peakbytes();
  if (status.has_cpums()) (*out)["cpuMs"] = status.cpums();
  if (status.has_failure()) (*out)["failure"] = web::ToJson(status.failure());
  if (whole && status.has_counters()) (*out)["counters"] = web::ToJson(status.counters());
}

json::object ToJson(const proto::AttemptReportProto& attempt, bool whole) {
  json::object out = {{"attemptId", Utf8(attempt.attemptid())},
                      {"state", Lower(Utf8(attempt.state()))},
                      {"tracker", Utf8(attempt.tracker())},
                      {"trackerUrl", Utf8(attempt.trackerurl())}};
  if (attempt.has_locality()) out["locality"] = Utf8(attempt.locality());
  if (attempt.speculative()) out["speculative"] = true;
  AddStatus(attempt.status(), whole, &out);
  return out;
}

}  // namespace

std::string KeyText(std::string_view bytes) {
  const bool printable = std::none_of(bytes.begin(), bytes.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  // A key that was cut may end within a character; that alone does not make it binary.
  std::string text = Utf8(bytes);
  const std::size_t broken = text.find(kReplacementCharacter);
  if (printable && (broken == std::string::npos || broken + 12 >= text.size())) return text;
  return "0x" + ToHex(bytes.data(), bytes.size());
}

std::string_view StateWord(proto::JobStateProto state) {
  switch (state) {
    case proto::JOB_RUNNING: return "running";
    case proto::JOB_SUCCEEDED: return "succeeded";
    case proto::JOB_FAILED: return "failed";
    case proto::JOB_PREP: return "waiting";
    case proto::JOB_KILLED: return "killed";
  }
  return "unknown";
}

std::string_view KindWord(proto::TaskKindProto kind) {
  switch (kind) {
    case proto::MAP: return "map";
    case proto::REDUCE: return "reduce";
    case proto::COMMIT: return "commit";
    case proto::ABORT: return "abort";
    case proto::WHOLE: return "whole";
  }
  return "unknown";
}

std::string KindWord(proto::FailureKindProto kind) { return WordAfter("FAILED_", proto::FailureKindProto_Name(kind)); }
std::string PhaseWord(proto::AttemptPhaseProto phase) { return WordAfter("PHASE_", proto::AttemptPhaseProto_Name(phase)); }

json::object ToJson(const proto::JobStatusProto& status) {
  json::object out = {{"jobId", Utf8(status.jobid())},
                      {"jobName", Utf8(status.jobname())},
                      {"user", Utf8(status.user())},
                      {"queue", Utf8(status.queue())},
                      {"priority", Lower(Utf8(status.priority()))},
                      {"state", StateWord(status.state())},
                      {"version", status.version()},
                      {"submitMs", status.submitms()},
                      {"mapProgress", status.mapprogress()},
                      {"reduceProgress", status.reduceprogress()},
                      {"maps", status.maps()},
                      {"reduces", status.reduces()},
                      {"mapsDone", status.mapsdone()},
                      {"reducesDone", status.reducesdone()},
                      {"mapsRunning", status.mapsrunning()},
                      {"reducesRunning", status.reducesrunning()},
                      {"attemptsFailed", status.attemptsfailed()},
                      {"attemptsKilled", status.attemptskilled()},
                      {"records", status.records()},
                      {"bytes", status.bytes()},
                      {"inputBytes", status.inputbytes()},
                      {"whole", status.whole()}};
  if (status.startms() != 0) out["startMs"] = status.startms();
  if (status.endms() != 0) out["endMs"] = status.endms();
  if (!status.failure().empty()) out["failure"] = Utf8(status.failure());
  if (status.has_output()) out["output"] = Utf8(status.output());
  if (status.has_statustext()) out["statusText"] = Utf8(status.statustext());
  json::array waiting;
  for (const proto::ReasonProto& reason : status.waiting()) waiting.push_back(ToJson(reason));
  out["waiting"] = std::move(waiting);
  return out;
}

json::object ToJson(const proto::FailureProto& failure) {
  json::object out = {{"kind", KindWord(failure.kind())}, {"message", Utf8(failure.message())}};
  if (failure.has_file()) out["file"] = Utf8(failure.file());
  if (failure.has_offset()) out["offset"] = failure.offset();
  if (failure.has_record()) out["record"] = Utf8(failure.record());
  if (failure.backtrace_size() > 0) out["backTrace"] = Texts(failure.backtrace());
  if (failure.has_stderrtail()) out["stderrTail"] = Utf8(failure.stderrtail());
  if (failure.has_peakbytes()) out["peakBytes"] = failure.peakbytes();
  return out;
}

json::object ToJson(const proto::FailureGroupProto& group) {
  return {{"signature", Utf8(group.signature())}, {"kind", KindWord(group.kind())},
          {"count", group.count()},               {"first", ToJson(group.first())},
          {"attemptId", Utf8(group.attemptid())}, {"tracker", Utf8(group.tracker())},
          {"trackers", Texts(group.trackers())},  {"attempts", Texts(group.attempts())},
          {"common", Texts(group.common())}};
}

json::object ToJson(const proto::LedgerProto& ledger) {
  json::array histogram;
  for (const std::uint64_t groups : ledger.grouphistogram()) histogram.emplace_back(groups);
  while (!histogram.empty() && histogram.back() == 0) histogram.pop_back();
  return {{"splitBytes", ledger.splitbytes()},
          {"mapBytes", ledger.mapbytes()},
          {"combineBytes", ledger.combinebytes()},
          {"spillBytes", ledger.spillbytes()},
          {"shuffleBytes", ledger.shufflebytes()},
          {"reduceBytes", ledger.reducebytes()},
          {"outputBytes", ledger.outputbytes()},
          {"inputRecords", ledger.inputrecords()},
          {"mapRecords", ledger.maprecords()},
          {"shuffledRecords", ledger.shuffledrecords()},
          {"outputRecords", ledger.outputrecords()},
          {"groups", ledger.groups()},
          {"largestGroupRecords", ledger.largestgrouprecords()},
          {"largestGroupBytes", ledger.largestgroupbytes()},
          {"largestGroupKey", KeyText(ledger.largestgroupkey())},
          {"groupHistogram", std::move(histogram)}};
}

json::array ToJson(const proto::CountersProto& counters) {
  json::array out;
  for (const engine::Counters::Group& group : mapred::wire::FromProto(counters).Groups()) {
    json::array cells;
    for (const engine::Counters::Cell& cell : group.cells) {
      cells.push_back(
          json::object{{"name", Utf8(cell.name)}, {"title", Utf8(cell.display_name)}, {"value", cell.value}});
    }
    out.push_back(json::object{
        {"group", Utf8(group.name)}, {"title", Utf8(group.display_name)}, {"counters", std::move(cells)}});
  }
  return out;
}

json::object ToJson(const proto::TaskReportProto& task, bool whole) {
  json::object out = {{"taskId", Utf8(task.taskid())},
                      {"kind", KindWord(task.kind())},
                      {"state", Lower(Utf8(task.state()))},
                      {"progress", task.progress()},
                      {"hosts", Texts(task.hosts())},
                      {"bytes", task.bytes()}};
  if (task.has_waiting()) out["waiting"] = ToJson(task.waiting());
  json::array attempts;
  for (const proto::AttemptReportProto& attempt : task.attempts()) attempts.push_back(ToJson(attempt, whole));
  out["attempts"] = std::move(attempts);
  return out;
}

json::object ToJson(const proto::TaskEventProto& event) {
  json::object out = {{"number", event.number()},
                      {"status", Lower(Utf8(event.status()))},
                      {"attemptId", Utf8(event.attemptid())},
                      {"trackerUrl", Utf8(event.trackerurl())},
                      {"atMs", event.atms()}};
  if (event.has_failure()) out["failure"] = ToJson(event.failure());
  return out;
}

json::object ToJson(const proto::JobSpecProto& spec) {
  json::array config;
  for (const proto::PropertyProto& property : spec.config()) config.push_back(ToJson(property));
  json::array options;
  for (const proto::PropertyProto& property : spec.options()) options.push_back(ToJson(property));
  return {{"jobId", Utf8(spec.jobid())},
          {"jobName", Utf8(spec.jobname())},
          {"user", Utf8(spec.user())},
          {"pack", json::object{{"path", Utf8(spec.pack().path())},
                                {"sha256", Utf8(spec.pack().sha256())},
                                {"bytes", spec.pack().bytes()},
                                {"plugin", Utf8(spec.pack().plugin())}}},
          {"entry", Utf8(spec.entry())},
          {"config", std::move(config)},
          {"options", std::move(options)},
          {"inputs", Texts(spec.inputs())},
          {"output", Utf8(spec.output())},
          {"reduces", spec.reduces()},
          {"queue", Utf8(spec.queue())},
          {"priority", Lower(Utf8(spec.priority()))},
          {"inputBytes", spec.inputbytes()},
          {"maps", spec.maps()}};
}

json::object ToJson(const proto::TrackerStatusProto& tracker) {
  json::object out = {{"name", Utf8(tracker.name())},
                      {"host", Utf8(tracker.host())},
                      {"httpPort", tracker.httpport()},
                      {"state", Lower(Utf8(tracker.state()))},
                      {"mapSlots", tracker.mapslots()},
                      {"reduceSlots", tracker.reduceslots()},
                      {"runningMaps", tracker.runningmaps()},
                      {"runningReduces", tracker.runningreduces()},
                      {"lastReportMs", tracker.lastreportms()},
                      {"failures", tracker.failures()},
                      {"troubles", Texts(tracker.troubles())},
                      {"memoryBytes", tracker.memorybytes()},
                      {"freeDiskBytes", tracker.freediskbytes()}};
  if (!tracker.reason().empty()) out["reason"] = Utf8(tracker.reason());
  if (!tracker.idle().empty()) out["idle"] = Utf8(tracker.idle());
  return out;
}

json::object ToJson(const proto::QueueStatusProto& queue) {
  return {{"name", Utf8(queue.name())},
          {"runningJobs", queue.runningjobs()},
          {"waitingJobs", queue.waitingjobs()},
          {"weight", queue.has_weight() ? queue.weight() : 1.0},
          {"minShare", queue.minshare()},
          {"runningTasks", queue.runningtasks()},
          {"fairShare", queue.fairshare()},
          {"submitters", Texts(queue.submitters())},
          {"state", Lower(queue.has_state() ? Utf8(queue.state()) : "RUNNING")}};
}

json::object ToJson(const proto::GetClusterResponseProto& cluster) {
  json::array trackers;
  for (const proto::TrackerStatusProto& tracker : cluster.trackers()) trackers.push_back(ToJson(tracker));
  json::array queues;
  for (const proto::QueueStatusProto& queue : cluster.queues()) queues.push_back(ToJson(queue));
  return {{"startMs", cluster.startms()},         {"version", Utf8(cluster.version())},
          {"epoch", cluster.epoch()},             {"runningJobs", cluster.runningjobs()},
          {"trackers", std::move(trackers)},      {"queues", std::move(queues)}};
}

}  // namespace mrd::jobtracker::web
