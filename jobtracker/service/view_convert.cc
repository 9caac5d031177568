#include "jobtracker/service/view_convert.h"

#include <algorithm>

#include "jobtracker/service/enum_convert.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

std::uint64_t Millis(std::int64_t ms) { return static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0)); }

}  // namespace

std::string HttpUrl(const std::string& host, std::uint16_t port) {
  const bool colon = host.find(':') != std::string::npos;
  return "http://" + (colon ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

void ToProto(const Reason& reason, std::uint32_t tasks, proto::ReasonProto* message) {
  message->set_code(std::string(reason.Name()));
  message->set_text(reason.Text());
  if (tasks > 0) message->set_tasks(tasks);
}

void ToProto(const JobView& view, proto::JobStatusProto* message) {
  message->set_jobid(view.id);
  message->set_jobname(view.name);
  message->set_user(view.user);
  message->set_queue(view.queue);
  message->set_priority(std::string(PriorityName(view.priority)));
  message->set_state(ToProto(view.state));
  message->set_version(view.version);
  message->set_submitms(Millis(view.submit_ms));
  if (view.start_ms > 0) message->set_startms(Millis(view.start_ms));
  if (view.end_ms > 0) message->set_endms(Millis(view.end_ms));
  message->set_mapprogress(view.map_progress);
  message->set_reduceprogress(view.reduce_progress);
  message->set_maps(view.maps);
  message->set_reduces(view.reduces);
  message->set_mapsdone(view.maps_done);
  message->set_reducesdone(view.reduces_done);
  message->set_mapsrunning(view.maps_running);
  message->set_reducesrunning(view.reduces_running);
  message->set_attemptsfailed(view.attempts_failed);
  message->set_attemptskilled(view.attempts_killed);
  if (!view.failure.empty()) message->set_failure(view.failure);
  for (const WaitingTasks& waiting : view.waiting) ToProto(waiting.reason, waiting.tasks, message->add_waiting());
  if (view.state == JobState::kCommitting) message->set_statustext("All tasks are done; their output is being published.");
  if (view.state == JobState::kEnding) message->set_statustext("What it runs ends, and what it left is removed.");
  message->set_whole(view.whole);
  message->set_records(view.records);
  message->set_bytes(view.bytes);
  message->set_inputbytes(view.input_bytes);
}

void ToProto(const AttemptView& view, proto::AttemptReportProto* message) {
  message->set_attemptid(view.attempt.ToString());
  message->set_state(std::string(AttemptStateName(view.state)));
  message->set_tracker(view.tracker);
  message->set_trackerurl(HttpUrl(view.host, view.http_port));
  message->set_locality(std::string(LocalityName(view.locality)));
  if (view.speculative) message->set_speculative(true);
  proto::AttemptStatusProto* const status = message->mutable_status();
  status->set_attemptid(message->attemptid());
  status->set_state(ToProto(view.state));
  status->set_phase(ToProto(view.phase));
  status->set_progress(view.progress);
  if (view.start_ms > 0) status->set_startms(Millis(view.start_ms));
  if (view.end_ms > 0) status->set_endms(Millis(view.end_ms));
  if (view.failure || (view.state == AttemptState::kKilled && !view.message.empty())) {
    status->mutable_failure()->set_kind(ToProto(view.failure.value_or(FailureKind::kTracker)));
    status->mutable_failure()->set_message(view.message);
  }
}

void ToProto(const TaskView& view, proto::TaskReportProto* message) {
  message->set_taskid(view.id);
  message->set_kind(ToProto(view.kind));
  message->set_state(std::string(TaskStateName(view.state)));
  message->set_progress(view.progress);
  if (view.waiting) ToProto(*view.waiting, 0, message->mutable_waiting());
  for (const AttemptView& attempt : view.attempts) ToProto(attempt, message->add_attempts());
}

void ToProto(const TaskEvent& event, proto::TaskEventProto* message) {
  message->set_number(event.number);
  message->set_status(std::string(EventStatusName(event.status)));
  message->set_attemptid(event.attempt.ToString());
  message->set_trackerurl(HttpUrl(event.host, event.http_port));
  message->set_atms(Millis(event.at_ms));
}

void ToProto(const TrackerView& view, proto::TrackerStatusProto* message) {
  message->set_name(view.info.name);
  message->set_host(view.info.host);
  message->set_httpport(view.info.http_port);
  message->set_state(std::string(TrackerStateName(view.state)));
  if (view.unused) message->set_reason(view.unused->Text());
  message->set_mapslots(view.info.map_slots);
  message->set_reduceslots(view.info.reduce_slots);
  message->set_runningmaps(view.running_maps);
  message->set_runningreduces(view.running_reduces);
  message->set_lastreportms(Millis(view.last_report_ms));
  message->set_failures(view.failures);
  for (const std::string& trouble : view.troubles) message->add_troubles(trouble);
  message->set_memorybytes(view.info.memory);
  message->set_freediskbytes(view.free_disk);
  std::string idle;
  if (view.idle_map) idle = "Maps: " + view.idle_map->Text();
  if (view.idle_reduce) idle += (idle.empty() ? "Reduces: " : " Reduces: ") + view.idle_reduce->Text();
  if (!idle.empty()) message->set_idle(idle);
}

void ToProto(const QueueView& view, proto::QueueStatusProto* message) {
  message->set_name(view.name);
  message->set_runningjobs(view.running_jobs);
  message->set_waitingjobs(view.waiting_jobs);
  message->set_weight(view.weight);
  message->set_minshare(view.min_share);
  message->set_runningtasks(view.running_tasks);
  message->set_fairshare(view.fair_share);
  message->set_state(view.stopped ? "STOPPED" : "RUNNING");
}

}  // namespace mrd::jobtracker
