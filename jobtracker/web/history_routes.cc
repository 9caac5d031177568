// Hadoop's REST interface of the job history, for programs that read it: the part that concerns jobs, counters and tasks.
#include <algorithm>
#include <memory>
#include <optional>

#include "jobtracker/web/job_list.h"
#include "jobtracker/web/json.h"
#include "jobtracker/web/routes.h"
#include "mapred/ids.h"

namespace mrd::jobtracker::web {
namespace {

using SharedSite = std::shared_ptr<const Site>;

std::string_view StateName(proto::JobStateProto state) {
  switch (state) {
    case proto::JOB_RUNNING: return "RUNNING";
    case proto::JOB_SUCCEEDED: return "SUCCEEDED";
    case proto::JOB_FAILED: return "FAILED";
    case proto::JOB_PREP: return "INITED";
    case proto::JOB_KILLED: return "KILLED";
  }
  return "ERROR";
}

bool Ended(const proto::JobStatusProto& job) {
  return job.state() != proto::JOB_RUNNING && job.state() != proto::JOB_PREP;
}

json::object HistoryOf(const proto::JobStatusProto& job) {
  return {{"id", Utf8(job.jobid())},
          {"name", Utf8(job.jobname())},
          {"user", Utf8(job.user())},
          {"queue", Utf8(job.queue())},
          {"state", StateName(job.state())},
          {"submitTime", job.submitms()},
          {"startTime", job.startms()},
          {"finishTime", job.endms()},
          {"mapsTotal", job.maps()},
          {"mapsCompleted", job.mapsdone()},
          {"reducesTotal", job.reduces()},
          {"reducesCompleted", job.reducesdone()},
          {"uberized", job.whole()},
          {"diagnostics", Utf8(job.failure())}};
}

awaitable<http::Response> Info(const http::Request& request, const Site& site) {
  Result<proto::GetClusterResponseProto> cluster = co_await site.view.Cluster();
  if (!cluster.ok()) co_return http::ErrorResponse(request, cluster.status());
  const json::object info = {{"startedOn", cluster->startms()}, {"hadoopVersion", Utf8(cluster->version())}};
  json::object out;
  out["historyInfo"] = info;
  co_return Json(out);
}

awaitable<http::Response> Jobs(const http::Request& request, const Site& site) {
  JobFilter filter;
  filter.state = "finished";
  filter.queue = request.Query("queue");
  filter.user = request.Query("user");
  filter.count = SIZE_MAX;
  const Result<std::uint64_t> limit = request.QueryNumber("limit", 10'000, 10'000);
  const Result<std::uint64_t> begun = request.QueryNumber("startedTimeBegin", 0, UINT64_MAX);
  const Result<std::uint64_t> before = request.QueryNumber("startedTimeEnd", UINT64_MAX, UINT64_MAX);
  for (const auto* number : {&limit, &begun, &before}) {
    if (!number->ok()) co_return http::ErrorResponse(request, number->status());
  }
  proto::ListJobsRequestProto wanted;
  wanted.set_all(true);
  Result<proto::ListJobsResponseProto> jobs = co_await site.view.Jobs(site.UserOf(request), std::move(wanted));
  if (!jobs.ok()) co_return http::ErrorResponse(request, jobs.status());
  const std::string state = request.Query("state");
  json::array list;
  for (const proto::JobStatusProto* job : SelectJobs(*jobs, filter).jobs) {
    if (list.size() >= *limit) break;
    if (job->startms() < *begun || job->startms() > *before) continue;
    if (!state.empty() && state != StateName(job->state())) continue;
    list.push_back(HistoryOf(*job));
  }
  json::object inner;
  inner["job"] = std::move(list);
  json::object out;
  out["jobs"] = std::move(inner);
  co_return Json(out);
}

awaitable<Result<proto::GetJobResultResponseProto>> FinishedJob(const http::Request& request, const Site& site) {
  Result<proto::GetJobResultResponseProto> job = co_await site.view.JobResult(site.UserOf(request), request.Part("job"));
  if (!job.ok()) co_return job.status();
  if (!Ended(job->status())) co_return NotFound("The job " + request.Part("job") + " has not ended; /api/jobs tells of it.");
  co_return job;
}

awaitable<http::Response> Job(const http::Request& request, const Site& site) {
  Result<proto::GetJobResultResponseProto> job = co_await FinishedJob(request, site);
  if (!job.ok()) co_return http::ErrorResponse(request, job.status());
  json::object out;
  out["job"] = HistoryOf(job->status());
  co_return Json(out);
}

awaitable<http::Response> Counters(const http::Request& request, const Site& site) {
  Result<proto::GetJobResultResponseProto> job = co_await FinishedJob(request, site);
  if (!job.ok()) co_return http::ErrorResponse(request, job.status());
  json::array groups;
  for (const proto::CounterGroupProto& group : job->counters().groups()) {
    json::array cells;
    for (const proto::CounterProto& counter : group.counters()) {
      cells.push_back(json::object{{"name", Utf8(counter.name())}, {"totalCounterValue", counter.value()}});
    }
    json::object one = {{"counterGroupName", Utf8(group.name())}};
    one["counter"] = std::move(cells);
    groups.push_back(std::move(one));
  }
  json::object inner = {{"id", request.Part("job")}};
  inner["counterGroup"] = std::move(groups);
  json::object out;
  out["jobCounters"] = std::move(inner);
  co_return Json(out);
}

awaitable<http::Response> Conf(const http::Request& request, const Site& site) {
  Result<proto::GetJobSpecResponseProto> spec = co_await site.view.Spec(site.UserOf(request), request.Part("job"));
  if (!spec.ok()) co_return http::ErrorResponse(request, spec.status());
  json::array properties;
  for (const proto::PropertyProto& property : spec->spec().config()) {
    properties.push_back(json::object{{"name", Utf8(property.name())}, {"value", Utf8(property.value())}});
  }
  json::object inner = {{"path", ""}};
  inner["property"] = std::move(properties);
  json::object out;
  out["conf"] = std::move(inner);
  co_return Json(out);
}

awaitable<http::Response> Tasks(const http::Request& request, const Site& site) {
  proto::GetTasksRequestProto wanted;
  wanted.set_jobid(request.Part("job"));
  if (request.Query("type") == "m") wanted.set_kind(proto::MAP);
  if (request.Query("type") == "r") wanted.set_kind(proto::REDUCE);
  wanted.set_count(kTasksMax);
  Result<proto::GetTasksResponseProto> tasks = co_await site.view.Tasks(site.UserOf(request), std::move(wanted));
  if (!tasks.ok()) co_return http::ErrorResponse(request, tasks.status());
  json::array list;
  for (const proto::TaskReportProto& task : tasks->tasks()) {
    if (task.kind() != proto::MAP && task.kind() != proto::REDUCE) continue;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    for (const proto::AttemptReportProto& attempt : task.attempts()) {
      const std::uint64_t started = attempt.status().startms();
      if (started != 0 && (begin == 0 || started < begin)) begin = started;
      if (attempt.state() == "SUCCEEDED") end = attempt.status().endms();
    }
    list.push_back(json::object{{"id", Utf8(task.taskid())},
                                {"type", task.kind() == proto::MAP ? "MAP" : "REDUCE"},
                                {"state", Utf8(task.state())},
                                {"progress", task.progress() * 100},
                                {"startTime", begin},
                                {"finishTime", end},
                                {"elapsedTime", end > begin ? end - begin : 0}});
  }
  json::object inner;
  inner["task"] = std::move(list);
  json::object out;
  out["tasks"] = std::move(inner);
  co_return Json(out);
}

}  // namespace

void AddHistoryRoutes(http::Router& router, SharedSite site) {
  const std::string root = "/ws/v1/history";
  router.Get(root, Bind(site, Info));
  router.Get(root + "/info", Bind(site, Info));
  const std::string jobs = root + "/mapreduce/jobs";
  router.Get(jobs, Bind(site, Jobs));
  router.Get(jobs + "/{job}", Bind(site, Job));
  router.Get(jobs + "/{job}/counters", Bind(site, Counters));
  router.Get(jobs + "/{job}/conf", Bind(site, Conf));
  router.Get(jobs + "/{job}/tasks", Bind(site, Tasks));
}

}  // namespace mrd::jobtracker::web
