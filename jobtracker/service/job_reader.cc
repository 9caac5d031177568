#include "jobtracker/service/job_reader.h"

#include <algorithm>
#include <utility>

#include "jobtracker/service/enum_convert.h"
#include "jobtracker/service/submission.h"
#include "jobtracker/service/view_convert.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

constexpr std::uint32_t kTasksPerPageMax = 10'000;
constexpr std::uint32_t kEventsPerPageMax = 10'000;

Status Unknown(const std::string& job) { return NotFound("Could not find job " + job); }

}  // namespace

Result<Access::Job> JobReader::AccessOf(const std::string& job) const {
  if (const JobPapers* const papers = dispatcher_.Papers(job)) return papers->access();
  if (!dispatcher_.retired().Has(job)) return Unknown(job);
  MRD_ASSIGN_OR_RETURN(const proto::RetiredJobProto retired, dispatcher_.retired().Get(job));
  MRD_ASSIGN_OR_RETURN(const Config config, JobConfig(retired.spec(), dispatcher_.keys()));
  return Access::Job{job, retired.spec().user(), config.GetString("mapreduce.job.acl-view-job", " "),
                     config.GetString("mapreduce.job.acl-modify-job", " ")};
}

Status JobReader::MayView(const std::string& job, const std::string& user) const {
  MRD_ASSIGN_OR_RETURN(const Access::Job access, AccessOf(job));
  return access_.MayView(user, access, dispatcher_.Now().mono_ms);
}

proto::JobStatusProto JobReader::StatusOf(const JobView& view) const {
  proto::JobStatusProto status;
  ToProto(view, &status);
  if (const JobPapers* const papers = dispatcher_.Papers(view.id)) {
    if (!papers->spec().output().empty()) status.set_output(papers->spec().output());
  }
  if (!options_.web_address.empty()) {
    status.set_trackingurl("http://" + options_.web_address + "/jobdetails.jsp?jobid=" + view.id);
  }
  return status;
}

Result<proto::JobStatusProto> JobReader::JobStatus(const std::string& job) const {
  const Result<JobView> view = dispatcher_.core().JobStatus(job, dispatcher_.Now());
  if (view.ok()) return StatusOf(view.value());
  Result<proto::JobStatusProto> retired = dispatcher_.retired().StatusOf(job);
  if (!retired.ok()) return Unknown(job);
  return retired;
}

Result<proto::GetJobResultResponseProto> JobReader::ResultOf(const std::string& job, const std::string& user) const {
  MRD_RETURN_IF_ERROR(MayView(job, user));
  if (dispatcher_.Papers(job) == nullptr) {
    MRD_ASSIGN_OR_RETURN(const proto::RetiredJobProto retired, dispatcher_.retired().Get(job));
    return retired.result();
  }
  MRD_ASSIGN_OR_RETURN(proto::GetJobResultResponseProto result, dispatcher_.ResultOf(job));
  MRD_ASSIGN_OR_RETURN(*result.mutable_status(), JobStatus(job));
  return result;
}

Result<proto::GetEventsResponseProto> JobReader::Events(const proto::GetEventsRequestProto& request,
                                                        const std::string& user) const {
  MRD_RETURN_IF_ERROR(MayView(request.jobid(), user));
  proto::GetEventsResponseProto response;
  const JobPapers* const papers = dispatcher_.Papers(request.jobid());
  if (papers == nullptr) return response;  // let go of: the history has them
  MRD_ASSIGN_OR_RETURN(const std::vector<TaskEvent> events,
                       dispatcher_.core().Events(request.jobid(), std::max(request.from(), 1u),
                                                 std::min(request.count(), kEventsPerPageMax)));
  for (const TaskEvent& event : events) {
    proto::TaskEventProto* const to = response.add_events();
    ToProto(event, to);
    const bool failed = event.status == EventStatus::kFailed || event.status == EventStatus::kTipFailed;
    const proto::FailureProto* const failure = failed ? papers->FailureOf(to->attemptid()) : nullptr;
    if (failure != nullptr) *to->mutable_failure() = *failure;
  }
  return response;
}

Result<proto::GetTasksResponseProto> JobReader::Tasks(const proto::GetTasksRequestProto& request,
                                                      const std::string& user) const {
  MRD_RETURN_IF_ERROR(MayView(request.jobid(), user));
  proto::GetTasksResponseProto response;
  const JobPapers* const papers = dispatcher_.Papers(request.jobid());
  if (papers == nullptr) {
    response.set_total(0);
    return response;
  }
  std::optional<TaskKind> kind;
  if (request.has_kind()) kind = FromProto(request.kind());
  const std::uint32_t count = request.has_count() ? std::min(request.count(), kTasksPerPageMax) : kTasksPerPageMax;
  MRD_ASSIGN_OR_RETURN(const TaskPage page,
                       dispatcher_.core().Tasks(request.jobid(), kind, request.from(), count, dispatcher_.Now()));
  response.set_total(page.total);
  for (const TaskView& task : page.tasks) {
    proto::TaskReportProto* const to = response.add_tasks();
    ToProto(task, to);
    if (task.kind == TaskKind::kMap) papers->AddSplit(to, task.number);
    for (proto::AttemptReportProto& attempt : *to->mutable_attempts()) papers->AddDetail(&attempt);
  }
  return response;
}

Result<proto::GetJobSpecResponseProto> JobReader::Spec(const std::string& job, const std::string& user) const {
  MRD_RETURN_IF_ERROR(MayView(job, user));
  proto::GetJobSpecResponseProto response;
  if (const JobPapers* const papers = dispatcher_.Papers(job)) {
    *response.mutable_spec() = papers->spec();
    return response;
  }
  MRD_ASSIGN_OR_RETURN(const proto::RetiredJobProto retired, dispatcher_.retired().Get(job));
  *response.mutable_spec() = retired.spec();
  return response;
}

proto::ListJobsResponseProto JobReader::List(const proto::ListJobsRequestProto& request) const {
  proto::ListJobsResponseProto response;
  const auto wanted = [&](const std::string& queue) { return !request.has_queue() || request.queue() == queue; };
  if (request.all()) {
    for (proto::JobStatusProto& status : dispatcher_.retired().List()) {
      if (wanted(status.queue())) *response.add_jobs() = std::move(status);
    }
  }
  for (const JobView& view : dispatcher_.core().Jobs(request.all(), dispatcher_.Now())) {
    if (wanted(view.queue)) *response.add_jobs() = StatusOf(view);
  }
  return response;
}

proto::GetClusterResponseProto JobReader::Cluster() const {
  const ClusterView view = dispatcher_.core().Cluster(dispatcher_.Now());
  proto::GetClusterResponseProto response;
  response.set_startms(dispatcher_.epoch());
  response.set_epoch(dispatcher_.epoch());
  response.set_version(options_.version);
  response.set_runningjobs(view.running_jobs);
  for (const TrackerView& tracker : view.trackers) ToProto(tracker, response.add_trackers());
  for (const QueueView& queue : view.queues) {
    proto::QueueStatusProto* const to = response.add_queues();
    ToProto(queue, to);
    for (std::string& submitter : access_.Submitters(queue.name)) to->add_submitters(std::move(submitter));
  }
  return response;
}

}  // namespace mrd::jobtracker
