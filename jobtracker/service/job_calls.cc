#include "jobtracker/service/job_calls.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "common/net/co_status.h"
#include "mapred/ids.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

namespace {

constexpr std::uint64_t kWaitMsMax = 60'000;
constexpr std::size_t kNameBytesMax = 4096;
constexpr std::size_t kWithdrawnMax = 1'000;

bool IsOver(const proto::JobStatusProto& status) {
  return status.state() != proto::JOB_RUNNING && status.state() != proto::JOB_PREP;
}

// The start and the number of "job_<start>_<number>".
struct JobNumber {
  std::uint64_t start = 0;
  std::uint64_t number = 0;
};
JobNumber NumberOf(const std::string& job) {
  JobNumber result;
  const std::size_t last = job.rfind('_');
  const std::size_t first = job.find('_');
  std::from_chars(job.data() + first + 1, job.data() + last, result.start);
  std::from_chars(job.data() + last + 1, job.data() + job.size(), result.number);
  return result;
}

}  // namespace

JobCalls::JobCalls(Dispatcher& dispatcher, Access& access, const JobReader& reader, Logger log, JobCallsOptions options)
    : dispatcher_(dispatcher), access_(access), reader_(reader), log_(std::move(log)), options_(std::move(options)) {}

net::awaitable<Result<proto::NewJobResponseProto>> JobCalls::NewJob(std::string) {
  proto::NewJobResponseProto response;
  response.set_jobid(mapred::JobId(dispatcher_.epoch(), ++last_number_));
  response.set_systemdir(options_.system_dir);
  response.set_webaddress(reader_.web_address());
  const ClusterView cluster = dispatcher_.core().Cluster(dispatcher_.Now());
  response.set_runningjobs(cluster.running_jobs);
  response.set_trackers(static_cast<std::uint32_t>(
      std::count_if(cluster.trackers.begin(), cluster.trackers.end(),
                    [](const TrackerView& tracker) { return tracker.state == TrackerState::kLive; })));
  co_return response;
}

Status JobCalls::CheckLimits(const std::string& user, std::size_t tasks) const {
  if (tasks > options_.tasks_max) {
    return InvalidArgument("the job has " + std::to_string(tasks) + " tasks, more than the " +
                           std::to_string(options_.tasks_max) +
                           " of mapreduce.jobtracker.maxtasks.perjob; larger splits "
                           "(mapreduce.input.fileinputformat.split.minsize) or fewer reduces make fewer");
  }
  const std::size_t own = dispatcher_.JobsOf(user);
  if (own >= options_.jobs_per_user_max) {
    return ResourceExhausted(std::to_string(own) + " jobs of user " + user + " are under way or wait, as many as "
                             "mr.jobtracker.jobs.per.user.max permits; submit again when some of them have ended");
  }
  return Status::Ok();
}

Status JobCalls::CheckSubmission(const std::string& user, const proto::SubmitJobRequestProto& request) {
  const proto::JobSpecProto& spec = request.spec();
  if (!mapred::IsJobId(spec.jobid())) {
    return InvalidArgument("\"" + spec.jobid().substr(0, kNameBytesMax) + "\" is no job's id; newJob gives one");
  }
  const JobNumber number = NumberOf(spec.jobid());
  const bool of_this_life = number.start == dispatcher_.epoch();
  if (number.start > dispatcher_.epoch() || (of_this_life && number.number > last_number_)) {
    return InvalidArgument(spec.jobid() + " was not given to anybody; newJob gives ids");
  }
  if (spec.user() != user) {
    return PermissionDenied("user " + user + " may not submit a job as " + spec.user());
  }
  if (std::find(withdrawn_.begin(), withdrawn_.end(), std::pair(spec.jobid(), user)) != withdrawn_.end()) {
    return AlreadyExists(spec.jobid() + " comes too late: its output was given to another job of " + user +
                         " meanwhile, since nothing was heard of it; run it again");
  }
  if (spec.jobname().size() > kNameBytesMax) return InvalidArgument("the job's name is longer than 4096 bytes");
  if (spec.pack().path().empty() || spec.pack().sha256().size() != 64) {
    return InvalidArgument(spec.jobid() + " names no job pack");
  }
  MRD_RETURN_IF_ERROR(access_.MaySubmit(user, spec.queue(), dispatcher_.Now().mono_ms));
  return CheckLimits(user, static_cast<std::size_t>(request.splits_size()) + spec.reduces());
}

net::awaitable<Result<proto::SubmitJobResponseProto>> JobCalls::Submit(std::string user,
                                                                       proto::SubmitJobRequestProto request) {
  const std::string job = request.spec().jobid();
  const JobPapers* const known = dispatcher_.Papers(job);
  const bool repeated = known != nullptr && known->spec().user() == user &&
                        known->spec().pack().sha256() == request.spec().pack().sha256();
  if (!repeated) {
    MRD_CO_RETURN_IF_ERROR(CheckSubmission(user, request));
    SplitTable splits;
    for (const proto::SplitProto& split : request.splits()) splits.Add(split);
    proto::JobSpecProto spec = std::move(*request.mutable_spec());
    spec.set_maps(static_cast<std::uint32_t>(splits.size()));
    if (spec.priority() == "DEFAULT") spec.set_priority("NORMAL");
    const Status submitted = dispatcher_.Submit(std::move(spec), std::move(splits));
    if (!submitted.ok()) {
      log_.Warn("job refused id=" + job + " user=" + user + " why=" + submitted.message());
      co_return submitted;
    }
  }
  MRD_CO_RETURN_IF_ERROR(co_await dispatcher_.Settled());
  proto::SubmitJobResponseProto response;
  MRD_CO_ASSIGN_OR_RETURN(*response.mutable_status(), reader_.JobStatus(job));
  co_return response;
}

net::awaitable<Result<proto::GetJobStatusResponseProto>> JobCalls::GetStatus(proto::GetJobStatusRequestProto request) {
  proto::GetJobStatusResponseProto response;
  const std::string& job = request.jobid();
  const std::int64_t until =
      dispatcher_.Now().mono_ms + static_cast<std::int64_t>(std::min(request.waitms(), kWaitMsMax));
  while (true) {
    // One that is not known here is unknown, or was let go of.
    const JobPapers* const papers = dispatcher_.Papers(job);
    const std::int64_t left = until - dispatcher_.Now().mono_ms;
    if (papers == nullptr || papers->over() || left <= 0 || dispatcher_.stopping()) break;
    if (dispatcher_.core().JobVersion(job) > request.seen()) break;
    std::shared_ptr<Bell> bell = dispatcher_.JobBell(job);
    co_await Bell::Wait(std::move(bell), std::chrono::milliseconds(left));
  }
  MRD_CO_ASSIGN_OR_RETURN(*response.mutable_status(), reader_.JobStatus(job));
  // That a job has ended is told when nothing can take it back.
  if (IsOver(response.status())) MRD_CO_RETURN_IF_ERROR(co_await dispatcher_.Settled());
  co_return response;
}

net::awaitable<Result<proto::GetJobResultResponseProto>> JobCalls::GetResult(std::string user, std::string job) {
  MRD_CO_RETURN_IF_ERROR(co_await dispatcher_.Settled());
  co_return reader_.ResultOf(job, user);
}

Status JobCalls::MayModify(const std::string& user, const std::string& job) {
  MRD_ASSIGN_OR_RETURN(const Access::Job access, reader_.AccessOf(job));
  return access_.MayModify(user, access, dispatcher_.Now().mono_ms);
}

// A client that asks this is about to take over what the job's client has left, see engine/output_claim.h. What a restart
// forgets would need a client that sleeps through both.
Result<proto::KillJobResponseProto> JobCalls::Withdraw(const std::string& user, const std::string& job) {
  if (!mapred::IsJobId(job)) return InvalidArgument("\"" + job.substr(0, kNameBytesMax) + "\" is no job's id");
  if (reader_.AccessOf(job).ok()) return FailedPrecondition(job + " was submitted");
  if (withdrawn_.size() >= kWithdrawnMax) withdrawn_.pop_front();
  withdrawn_.emplace_back(job, user);
  log_.Info("job withdrawn before it was submitted id=" + job + " by=" + user);
  return proto::KillJobResponseProto();
}

net::awaitable<Result<proto::KillJobResponseProto>> JobCalls::KillJob(std::string user, proto::KillJobRequestProto request) {
  MRD_CO_RETURN_IF_ERROR(MayModify(user, request.jobid()));
  // As Hadoop words it.
  std::string reason = "Kill job " + request.jobid() + " received from " + user;
  if (!request.reason().empty()) reason += ": " + request.reason().substr(0, kNameBytesMax);
  log_.Info("job to be killed id=" + request.jobid() + " by=" + user);
  MRD_CO_RETURN_IF_ERROR(dispatcher_.KillJob(request.jobid(), std::move(reason)));
  MRD_CO_RETURN_IF_ERROR(co_await dispatcher_.Settled());
  co_return proto::KillJobResponseProto();
}

net::awaitable<Result<proto::KillAttemptResponseProto>> JobCalls::KillAttempt(std::string user,
                                                                              proto::KillAttemptRequestProto request) {
  const std::optional<AttemptName> attempt = mapred::ParseAttemptId(request.attemptid());
  if (!attempt) co_return InvalidArgument("\"" + request.attemptid() + "\" is no attempt's id");
  MRD_CO_RETURN_IF_ERROR(MayModify(user, attempt->job_id));
  proto::KillAttemptResponseProto response;
  response.set_killed(false);
  if (dispatcher_.Papers(attempt->job_id) == nullptr) co_return response;
  log_.Info("attempt to be killed id=" + request.attemptid() + " by=" + user);
  MRD_CO_ASSIGN_OR_RETURN(const bool killed,
                          dispatcher_.KillAttempt(*attempt, request.asfailure(), "Killed by user " + user));
  response.set_killed(killed);
  MRD_CO_RETURN_IF_ERROR(co_await dispatcher_.Settled());
  co_return response;
}

net::awaitable<Result<proto::SetPriorityResponseProto>> JobCalls::SetPriority(std::string user,
                                                                              proto::SetPriorityRequestProto request) {
  MRD_CO_RETURN_IF_ERROR(MayModify(user, request.jobid()));
  const std::optional<Priority> priority = ParsePriority(request.priority() == "DEFAULT" ? "NORMAL" : request.priority());
  if (!priority) {
    co_return InvalidArgument("\"" + request.priority() + "\" is none of VERY_HIGH, HIGH, NORMAL, LOW, VERY_LOW");
  }
  if (dispatcher_.Papers(request.jobid()) != nullptr) {
    MRD_CO_RETURN_IF_ERROR(dispatcher_.SetPriority(request.jobid(), *priority));
  }
  MRD_CO_RETURN_IF_ERROR(co_await dispatcher_.Settled());
  co_return proto::SetPriorityResponseProto();
}

net::awaitable<Result<proto::RefreshNodesResponseProto>> JobCalls::RefreshNodes(std::string user) {
  MRD_CO_RETURN_IF_ERROR(access_.MayAdminister(user, dispatcher_.Now().mono_ms));
  if (options_.refresh_nodes) MRD_CO_RETURN_IF_ERROR(options_.refresh_nodes());
  MRD_CO_RETURN_IF_ERROR(co_await dispatcher_.Settled());
  co_return proto::RefreshNodesResponseProto();
}

}  // namespace mrd::jobtracker
