#include "tests/support/invented_jobs.h"

#include <algorithm>
#include <array>
#include <optional>

#include "common/base/random.h"
#include "mapred/ids.h"
#include "mapred/wire/convert.h"

namespace mrd::test {

InventedJobs::InventedJobs(std::function<std::uint64_t()> now_ms, std::uint64_t ahead_ms)
    : now_ms_(std::move(now_ms)), start_ms_(now_ms_() - ahead_ms), schedules_(static_cast<std::int64_t>(start_ms_)) {
  Random random(7);
  AddFinishedJobs();

  AddJob(7, kHostileName, "ann");
  InventedJob& running = *jobs_[mapred::JobId(kEpoch, 7)];
  running.submit_ms = start_ms_;
  running.maps = 72;
  running.reduces = 6;
  running.Plan(random, 9000, 12000, false);

  AddJob(8, "sessions of the week, by visitor and country, with a name that is rather longer than any column", "bob");
  InventedJob& failing = *jobs_[mapred::JobId(kEpoch, 8)];
  failing.submit_ms = start_ms_ - 90'000;
  failing.maps = 24;
  failing.reduces = 2;
  failing.Plan(random, 8000, 4000, true);
  failing.killed_ms = start_ms_ - 45'000;
  failing.ends_as = proto::JOB_FAILED;
  failing.failure = "Task task_1709633520000_0008_m_000002 failed 4 times; the last time: " + InventedFailure(false).message();

  AddJob(9, "nightly aggregation", "etl");
  InventedJob& waiting = *jobs_[mapred::JobId(kEpoch, 9)];
  waiting.submit_ms = start_ms_ + ahead_ms / 2;
  waiting.maps = 40;
  waiting.reduces = 8;
  waiting.held = true;
  waiting.spec.set_queue("etl");
  waiting.Plan(random, 8000, 4000, false);
}

InventedJobs::~InventedJobs() = default;

void InventedJobs::AddJob(std::uint32_t number, const std::string& name, const std::string& user) {
  auto job = std::make_unique<InventedJob>();
  proto::JobSpecProto& spec = job->spec;
  spec.set_jobid(mapred::JobId(kEpoch, number));
  spec.set_jobname(name);
  spec.set_user(user);
  spec.set_entry("wordcount");
  spec.set_queue(number % 3 == 1 ? "adhoc" : "default");
  spec.set_priority("NORMAL");
  spec.mutable_pack()->set_path("hdfs://namenode.example:8020/tmp/mapred/system/packs/5c1f0b");
  spec.mutable_pack()->set_sha256("5c1f0b9a2d7e4c6f8a1b3d5e7f90123456789abcdef0123456789abcdef01234");
  spec.mutable_pack()->set_bytes(812'544);
  spec.mutable_pack()->set_plugin("wordcount.so");
  spec.add_inputs("hdfs://namenode.example:8020/texts");
  spec.set_output("hdfs://namenode.example:8020/counts-" + std::to_string(number));
  spec.set_reduces(6);
  for (const auto& [key, value] : {std::pair{"mapreduce.job.reduces", "6"}, std::pair{"mapreduce.task.io.sort.mb", "256"},
                                   std::pair{"fs.defaultFS", "hdfs://namenode.example:8020"},
                                   std::pair{"mapreduce.job.name", "<em>not markup</em>"}}) {
    proto::PropertyProto* property = spec.add_config();
    property->set_name(key);
    property->set_value(value);
  }
  proto::PropertyProto* option = spec.add_options();
  option->set_name("min-length");
  option->set_value("3");
  jobs_[spec.jobid()] = std::move(job);
}

void InventedJobs::AddFinishedJobs() {
  constexpr std::array kNames = {"wordcount", "terasort", "inverted index of the wiki", "pi", "join visits with users"};
  constexpr std::array kUsers = {"ann", "bob", "etl", "zoë"};
  for (std::uint32_t i = 20; i < 95; ++i) {
    Random random(i);
    AddJob(i, std::string(kNames[i % kNames.size()]), kUsers[i % kUsers.size()]);
    InventedJob& job = *jobs_[mapred::JobId(kEpoch, i)];
    job.submit_ms = start_ms_ - (100 - i) * 400'000;
    job.maps = 4 + i % 30;
    job.reduces = i % 6;
    job.Plan(random, 5000, 6000, false);
    if (i % 17 == 3) {
      job.killed_ms = job.submit_ms + 8000;
      job.ends_as = proto::JOB_KILLED;
      job.failure = "Killed by ann: started it twice.";
    }
  }
}

Result<InventedJob*> InventedJobs::Find(const std::string& id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return NotFound("There is no job " + id + ".");
  return found->second.get();
}

proto::JobStatusProto InventedJobs::StatusOf(const InventedJob& job) const {
  const std::uint64_t now = now_ms_();
  proto::JobStatusProto status;
  status.set_jobid(job.spec.jobid());
  status.set_jobname(job.spec.jobname());
  status.set_user(job.spec.user());
  status.set_queue(job.spec.queue());
  status.set_priority(job.spec.priority());
  status.set_submitms(job.submit_ms);
  status.set_version(now / 100);
  status.set_output(job.spec.output());
  status.set_maps(job.maps);
  status.set_reduces(job.reduces);
  double maps = 0;
  double reduces = 0;
  std::uint32_t waiting = 0;
  std::string waiting_text;
  for (std::size_t i = 0; i < job.tasks.size(); ++i) {
    const proto::TaskReportProto task = job.Report(i, now);
    const bool is_map = task.kind() == proto::MAP;
    (is_map ? maps : reduces) += task.progress();
    for (const proto::AttemptReportProto& attempt : task.attempts()) {
      if (attempt.state() == "FAILED") status.set_attemptsfailed(status.attemptsfailed() + 1);
      if (attempt.state() == "KILLED") status.set_attemptskilled(status.attemptskilled() + 1);
      if (attempt.state() == "RUNNING") {
        is_map ? status.set_mapsrunning(status.mapsrunning() + 1) : status.set_reducesrunning(status.reducesrunning() + 1);
      }
      if (status.startms() == 0) status.set_startms(attempt.status().startms());
    }
    if (task.state() == "SUCCEEDED") {
      is_map ? status.set_mapsdone(status.mapsdone() + 1) : status.set_reducesdone(status.reducesdone() + 1);
    }
    if (task.has_waiting() && is_map) {
      ++waiting;
      *status.mutable_waiting() = {};
      *status.add_waiting() = task.waiting();
    }
  }
  if (waiting > 0) status.mutable_waiting(0)->set_tasks(waiting);
  status.set_mapprogress(job.maps == 0 ? 1 : maps / job.maps);
  status.set_reduceprogress(job.reduces == 0 ? 1 : reduces / job.reduces);
  status.set_inputbytes(std::uint64_t(job.maps) * (128 << 20));
  status.set_bytes(static_cast<std::uint64_t>(status.mapprogress() * double(status.inputbytes())));
  status.set_records(static_cast<std::uint64_t>(maps * 1.3e6));
  status.set_state(job.held ? proto::JOB_PREP : proto::JOB_RUNNING);
  if (job.killed_ms && now >= *job.killed_ms) {
    status.set_state(job.ends_as == proto::JOB_FAILED ? proto::JOB_FAILED : proto::JOB_KILLED);
    status.set_endms(*job.killed_ms);
    status.set_failure(job.failure);
    status.clear_waiting();
  } else if (!job.held && now >= job.end_ms) {
    status.set_state(proto::JOB_SUCCEEDED);
    status.set_endms(job.end_ms + 40);
    status.set_mapprogress(1);
    status.set_reduceprogress(1);
    status.clear_waiting();
  }
  return status;
}

InventedJobs::awaitable<Result<proto::GetClusterResponseProto>> InventedJobs::Cluster() {
  proto::GetClusterResponseProto cluster;
  cluster.set_startms(start_ms_ - 86'400'000);
  cluster.set_version("0.1.0");
  cluster.set_epoch(kEpoch);
  std::array<std::uint32_t, kTrackers> maps = {};
  std::array<std::uint32_t, kTrackers> reduces = {};
  const std::uint64_t now = now_ms_();
  std::uint32_t running = 0;
  for (const auto& [id, job] : jobs_) {
    if (job->killed_ms || job->held || job->end_ms < now) continue;
    ++running;
    for (const PlannedTask& task : job->tasks) {
      for (const auto& plan : task.attempts) {
        if (plan.start_ms <= now && now < plan.end_ms) ++(task.kind == proto::MAP ? maps : reduces)[plan.tracker];
      }
    }
  }
  cluster.set_runningjobs(running);
  for (std::size_t i = 0; i < kTrackers + 2; ++i) {
    proto::TrackerStatusProto* tracker = cluster.add_trackers();
    tracker->set_name(TrackerName(i));
    tracker->set_host(TrackerHost(i));
    tracker->set_httpport(50060);
    tracker->set_state(i < kTrackers ? "LIVE" : i == kTrackers ? "LOST" : "BLACKLISTED");
    tracker->set_mapslots(kMapSlots);
    tracker->set_reduceslots(kReduceSlots);
    tracker->set_lastreportms(i == kTrackers ? now - 754'000 : now - 200 * i);
    tracker->set_memorybytes(std::uint64_t(16) << 30);
    tracker->set_freediskbytes((std::uint64_t(410) << 30) - i * (std::uint64_t(33) << 30));
    if (i < kTrackers) {
      tracker->set_runningmaps(std::min<std::uint32_t>(maps[i], kMapSlots));
      tracker->set_runningreduces(std::min<std::uint32_t>(reduces[i], kReduceSlots));
      if (reduces[i] < kReduceSlots) tracker->set_idle("No reduce waits.");
    }
    if (i == 2) tracker->add_troubles("/disk3/mapred/local: read-only file system; it is left out.");
    if (i == 2) tracker->set_failures(3);
    if (i == kTrackers) tracker->set_reason("Silent for 12 min 34 s.");
    if (i == kTrackers + 1) {
      tracker->set_reason("11 attempts of 4 jobs failed here, the average of the others is 0.6.");
      tracker->set_failures(11);
    }
  }
  for (const auto& [name, weight, jobs, tasks] : {std::tuple{"adhoc", 1.0, 1U, 9U}, std::tuple{"default", 2.0, 1U, 6U},
                                                 std::tuple{"etl", 3.0, 0U, 0U}}) {
    proto::QueueStatusProto* queue = cluster.add_queues();
    queue->set_name(name);
    queue->set_weight(weight);
    queue->set_runningjobs(jobs);
    queue->set_waitingjobs(weight == 3.0 ? 1 : 0);
    queue->set_runningtasks(tasks);
    queue->set_fairshare(weight * 2.5);
    queue->set_minshare(weight == 3.0 ? 4 : 0);
    queue->add_submitters("*");
    queue->set_state("RUNNING");
  }
  co_return cluster;
}

InventedJobs::awaitable<Result<proto::ListJobsResponseProto>> InventedJobs::Jobs(std::string,
                                                                                 proto::ListJobsRequestProto request) {
  proto::ListJobsResponseProto list;
  for (const auto& [id, job] : jobs_) {
    const proto::JobStatusProto status = StatusOf(*job);
    const bool active = status.state() == proto::JOB_RUNNING || status.state() == proto::JOB_PREP;
    if (active || request.all()) *list.add_jobs() = status;
  }
  co_return list;
}

InventedJobs::awaitable<Result<proto::GetJobStatusResponseProto>> InventedJobs::Status(std::string, std::string job_id) {
  MRD_CO_ASSIGN_OR_RETURN(InventedJob* job, Find(job_id));
  proto::GetJobStatusResponseProto response;
  *response.mutable_status() = StatusOf(*job);
  co_return response;
}

InventedJobs::awaitable<Result<proto::GetJobResultResponseProto>> InventedJobs::JobResult(std::string, std::string job_id) {
  MRD_CO_ASSIGN_OR_RETURN(InventedJob* job, Find(job_id));
  proto::GetJobResultResponseProto response;
  *response.mutable_status() = StatusOf(*job);
  const double done = (response.status().mapprogress() * 2 + response.status().reduceprogress()) / 3;
  *response.mutable_counters() = job->Counters(done);
  *response.mutable_ledger() = job->Ledger(done);
  for (const bool crash : {false, true}) {
    std::vector<std::string> attempts;
    for (std::size_t i = crash ? 1 : 0; i < job->tasks.size(); i += 2) {
      const proto::TaskReportProto task = job->Report(i, now_ms_());
      for (const proto::AttemptReportProto& attempt : task.attempts()) {
        if (attempt.state() == "FAILED") attempts.push_back(attempt.attemptid());
      }
    }
    if (attempts.empty()) continue;
    proto::FailureGroupProto* group = response.add_failures();
    *group->mutable_first() = InventedFailure(crash);
    group->set_kind(group->first().kind());
    group->set_signature(crash ? "SIGSEGV in Sessions::map" : "std::invalid_argument in Sessions::map");
    group->set_count(static_cast<std::uint32_t>(attempts.size()));
    group->set_attemptid(attempts.front());
    group->set_tracker(TrackerName(2));
    for (std::string& attempt : attempts) group->add_attempts(std::move(attempt));
    group->add_trackers(TrackerName(2));
    group->add_trackers(TrackerName(4));
    group->add_common("All of them read /logs/2024-03-05/part-00017.");
    group->add_common("They ran on 2 trackers; the record is to blame, not a machine.");
  }
  co_return response;
}

InventedJobs::awaitable<Result<proto::GetTasksResponseProto>> InventedJobs::Tasks(std::string,
                                                                                  proto::GetTasksRequestProto request) {
  MRD_CO_ASSIGN_OR_RETURN(InventedJob* job, Find(request.jobid()));
  proto::GetTasksResponseProto response;
  std::uint32_t index = 0;
  for (std::size_t i = 0; i < job->tasks.size(); ++i) {
    if (request.has_kind() && job->tasks[i].kind != request.kind()) continue;
    const std::uint32_t place = index++;
    if (place < request.from() || (request.has_count() && place - request.from() >= request.count())) continue;
    *response.add_tasks() = job->Report(i, now_ms_());
  }
  response.set_total(index);
  co_return response;
}

InventedJobs::awaitable<Result<proto::GetEventsResponseProto>> InventedJobs::Events(std::string,
                                                                                    proto::GetEventsRequestProto request) {
  MRD_CO_ASSIGN_OR_RETURN(InventedJob* job, Find(request.jobid()));
  std::vector<proto::TaskEventProto> events;
  for (std::size_t i = 0; i < job->tasks.size(); ++i) {
    const proto::TaskReportProto task = job->Report(i, now_ms_());
    for (const proto::AttemptReportProto& attempt : task.attempts()) {
      if (attempt.state() == "RUNNING") continue;
      proto::TaskEventProto event;
      event.set_status(attempt.state());
      event.set_attemptid(attempt.attemptid());
      event.set_trackerurl(attempt.trackerurl());
      event.set_atms(attempt.status().endms());
      events.push_back(std::move(event));
    }
  }
  std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.atms() < b.atms(); });
  proto::GetEventsResponseProto response;
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].set_number(static_cast<std::uint32_t>(i + 1));
    if (i + 1 >= request.from() && i + 1 < request.from() + request.count()) *response.add_events() = events[i];
  }
  co_return response;
}

InventedJobs::awaitable<Result<proto::GetJobSpecResponseProto>> InventedJobs::Spec(std::string, std::string job_id) {
  MRD_CO_ASSIGN_OR_RETURN(InventedJob* job, Find(job_id));
  proto::GetJobSpecResponseProto response;
  *response.mutable_spec() = job->spec;
  co_return response;
}

InventedJobs::awaitable<Result<proto::NewJobResponseProto>> InventedJobs::NewJob(std::string) {
  proto::NewJobResponseProto response;
  response.set_jobid(mapred::JobId(kEpoch, next_number_++));
  response.set_systemdir("/tmp/mapred/system");
  response.set_webaddress("localhost:50030");
  co_return response;
}

InventedJobs::awaitable<Result<proto::SubmitJobResponseProto>> InventedJobs::Submit(std::string,
                                                                                    proto::SubmitJobRequestProto request) {
  auto job = std::make_unique<InventedJob>();
  job->spec = request.spec();
  job->maps = static_cast<std::uint32_t>(request.splits_size());
  job->submit_ms = now_ms_();
  job->held = true;
  Random random(1);
  job->Plan(random, 1000, 1000, false);
  proto::SubmitJobResponseProto response;
  *response.mutable_status() = StatusOf(*job);
  jobs_[request.spec().jobid()] = std::move(job);
  co_return response;
}

// Takes what names a plugin or a pack: the running job stands for the new one.
InventedJobs::awaitable<Result<std::string>> InventedJobs::PlanAndSubmit(std::string,
                                                                         const jobtracker::web::JobUpload& upload) {
  if (upload.request.find("nothing.so") != std::string::npos) co_return InvalidArgument("nothing.so is no plugin");
  co_return jobs_.begin()->first;
}

InventedJobs::awaitable<mrd::Status> InventedJobs::KillJob(std::string user, proto::KillJobRequestProto request) {
  MRD_CO_ASSIGN_OR_RETURN(InventedJob* job, Find(request.jobid()));
  if (user != job->spec.user()) co_return PermissionDenied("User " + user + " may not kill " + request.jobid() + ".");
  job->killed_ms = now_ms_();
  job->failure = request.reason();
  co_return mrd::Status::Ok();
}

InventedJobs::awaitable<Result<bool>> InventedJobs::KillAttempt(std::string, proto::KillAttemptRequestProto) {
  co_return false;
}

InventedJobs::awaitable<mrd::Status> InventedJobs::SetPriority(std::string, proto::SetPriorityRequestProto request) {
  MRD_CO_ASSIGN_OR_RETURN(InventedJob* job, Find(request.jobid()));
  job->spec.set_priority(request.priority());
  co_return mrd::Status::Ok();
}

InventedJobs::awaitable<Result<proto::ListSchedulesResponseProto>> InventedJobs::Schedules(
    proto::ListSchedulesRequestProto request) {
  co_return schedules_.List(request);
}

InventedJobs::awaitable<mrd::Status> InventedJobs::RemoveSchedule(std::string user, std::string name) {
  co_return schedules_.Remove(user, name);
}

InventedJobs::awaitable<mrd::Status> InventedJobs::EnableSchedule(std::string user, std::string name, bool enabled) {
  co_return schedules_.Enable(user, name, enabled);
}

InventedJobs::awaitable<Result<std::uint64_t>> InventedJobs::RunSchedule(std::string user, std::string name) {
  co_return schedules_.Run(user, name, static_cast<std::int64_t>(now_ms_()));
}

}  // namespace mrd::test
