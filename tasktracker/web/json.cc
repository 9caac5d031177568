#include "tasktracker/web/json.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <boost/json.hpp>

#include "common/base/utf8.h"

namespace mrd::tasktracker::web {
namespace {

namespace json = boost::json;
namespace proto = mapred::proto;

// The part of an enumeration's name after its prefix, in lower case.
std::string WordAfter(std::string_view prefix, std::string_view name) {
  std::string out(name.starts_with(prefix) ? name.substr(prefix.size()) : name);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

json::object ToJson(const AttemptView& attempt) {
  const proto::AttemptStatusProto& status = attempt.status;
  return {{"attemptId", Utf8(status.attemptid())},
          {"jobId", Utf8(attempt.job_id)},
          {"kind", WordAfter("", proto::TaskKindProto_Name(attempt.kind))},
          {"state", WordAfter("ATTEMPT_", proto::AttemptStateProto_Name(status.state()))},
          {"phase", WordAfter("PHASE_", proto::AttemptPhaseProto_Name(status.phase()))},
          {"progress", status.progress()},
          {"records", status.records()},
          {"bytes", status.bytes()},
          {"statusText", Utf8(status.statustext())},
          {"startMs", status.startms()},
          {"endMs", status.endms()},
          {"peakBytes", status.peakbytes()},
          {"memoryLimitBytes", attempt.memory_limit_bytes},
          {"cpuMs", status.cpums()},
          {"processId", status.processid()},
          {"mapsMissing", attempt.maps_missing}};
}

json::object ToJson(const JobView& job) {
  return {{"jobId", Utf8(job.job_id)},        {"name", Utf8(job.name)},
          {"user", Utf8(job.user)},           {"zygoteProcess", job.zygote_process},
          {"attempts", job.attempts},         {"outputsKept", job.outputs_kept},
          {"outputBytes", job.output_bytes}};
}

json::object ToJson(const ShuffleView& shuffle) {
  return {{"connections", shuffle.connections},         {"servedOutputs", shuffle.served_outputs},
          {"servedBytes", shuffle.served_bytes},        {"refused", shuffle.refused},
          {"fetchedOutputs", shuffle.fetched_outputs},  {"fetchedBytes", shuffle.fetched_bytes},
          {"linkedBytes", shuffle.linked_bytes},
          {"fetchFailures", shuffle.fetch_failures},    {"fetchDamaged", shuffle.fetch_damaged},
          {"fetchWaiting", shuffle.fetch_waiting}};
}

}  // namespace

std::string ToJson(const TrackerView& view) {
  json::array attempts;
  for (const AttemptView& attempt : view.attempts) attempts.push_back(ToJson(attempt));
  json::array jobs;
  for (const JobView& job : view.jobs) jobs.push_back(ToJson(job));
  json::array troubles;
  for (const std::string& trouble : view.troubles) troubles.emplace_back(Utf8(trouble));
  const json::object out = {{"name", Utf8(view.name)},
                            {"host", Utf8(view.host)},
                            {"shufflePort", view.shuffle_port},
                            {"mapSlots", view.map_slots},
                            {"reduceSlots", view.reduce_slots},
                            {"memoryBytes", view.memory_bytes},
                            {"memoryWatch", Utf8(view.memory_watch)},
                            {"startMs", view.start_ms},
                            {"jobtracker", Utf8(view.jobtracker)},
                            {"waitingFor", Utf8(view.waiting_for)},
                            {"epoch", view.epoch},
                            {"freeDiskBytes", view.free_disk_bytes},
                            {"troubles", std::move(troubles)},
                            {"attemptsTotal", view.attempts_total},
                            {"succeededTotal", view.succeeded_total},
                            {"failedTotal", view.failed_total},
                            {"killedTotal", view.killed_total},
                            {"attempts", std::move(attempts)},
                            {"jobs", std::move(jobs)},
                            {"shuffle", ToJson(view.shuffle)}};
  return json::serialize(out) + "\n";
}

}  // namespace mrd::tasktracker::web
