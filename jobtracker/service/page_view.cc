#include "jobtracker/service/page_view.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mrd::jobtracker {

namespace asio = boost::asio;
namespace proto = mapred::proto;

template <typename T>
net::awaitable<T> PageView::OnCore(std::function<net::awaitable<T>()> work) {
  co_return co_await asio::co_spawn(executor_, std::move(work), asio::use_awaitable);
}

net::awaitable<Result<proto::GetClusterResponseProto>> PageView::Cluster() {
  using T = Result<proto::GetClusterResponseProto>;
  std::function<net::awaitable<T>()> work = [this]() -> net::awaitable<T> { co_return calls_.reader().Cluster(); };
  co_return co_await OnCore<T>(std::move(work));
}

net::awaitable<Result<proto::ListJobsResponseProto>> PageView::Jobs(std::string, proto::ListJobsRequestProto request) {
  using T = Result<proto::ListJobsResponseProto>;
  std::function<net::awaitable<T>()> work = [&]() -> net::awaitable<T> { co_return calls_.reader().List(request); };
  co_return co_await OnCore<T>(std::move(work));
}

net::awaitable<Result<proto::GetJobStatusResponseProto>> PageView::Status(std::string, std::string job_id) {
  using T = Result<proto::GetJobStatusResponseProto>;
  proto::GetJobStatusRequestProto request;
  request.set_jobid(job_id);
  std::function<net::awaitable<T>()> work = [&]() -> net::awaitable<T> { co_return co_await calls_.GetStatus(request); };
  co_return co_await OnCore<T>(std::move(work));
}

net::awaitable<Result<proto::GetJobResultResponseProto>> PageView::JobResult(std::string user, std::string job_id) {
  using T = Result<proto::GetJobResultResponseProto>;
  std::function<net::awaitable<T>()> work = [&]() -> net::awaitable<T> { co_return co_await calls_.GetResult(user, job_id); };
  co_return co_await OnCore<T>(std::move(work));
}

net::awaitable<Result<proto::GetTasksResponseProto>> PageView::Tasks(std::string user, proto::GetTasksRequestProto request) {
  using T = Result<proto::GetTasksResponseProto>;
  std::function<net::awaitable<T>()> work = [&]() -> net::awaitable<T> { co_return calls_.reader().Tasks(request, user); };
  co_return co_await OnCore<T>(std::move(work));
}

net::awaitable<Result<proto::GetEventsResponseProto>> PageView::Events(std::string user,
                                                                       proto::GetEventsRequestProto request) {
  using T = Result<proto::GetEventsResponseProto>;
  std::function<net::awaitable<T>()> work = [&]() -> net::awaitable<T> { co_return calls_.reader().Events(request, user); };
  co_return co_await OnCore<T>(std::move(work));
}

net::awaitable<Result<proto::GetJobSpecResponseProto>> PageView::Spec(std::string user, std::string job_id) {
  using T = Result<proto::GetJobSpecResponseProto>;
  std::function<net::awaitable<T>()> work = [&]() -> net::awaitable<T> { co_return calls_.reader().Spec(job_id, user); };
  co_return co_await OnCore<T>(std::move(work));
}

net::awaitable<Result<proto::NewJobResponseProto>> PageView::NewJob(std::string user) {
  using T = Result<proto::NewJobResponseProto>;
  std::function<net::awaitable<T>()> work = [&]() -> net::awaitable<T> { co_return co_await calls_.NewJob(user); };
  co_return co_await OnCore<T>(std::move(work));
}

net::awaitable<Result<proto::SubmitJobResponseProto>> PageView::Submit(std::string user,
                                                                       proto::SubmitJobRequestProto request) {
  using T = Result<proto::SubmitJobResponseProto>;
  std::function<net::awaitable<T>()> work = [&]() -> net::awaitable<T> { co_return co_await calls_.Submit(user, request); };
  co_return co_await OnCore<T>(std::move(work));
}

net::awaitable<Result<std::string>> PageView::PlanAndSubmit(std::string user, const web::JobUpload& upload) {
  using T = Result<std::string>;
  std::function<net::awaitable<T>()> work = [&]() -> net::awaitable<T> { co_return co_await planner_.Submit(user, upload); };
  co_return co_await OnCore<T>(std::move(work));
}

net::awaitable<mrd::Status> PageView::KillJob(std::string user, proto::KillJobRequestProto request) {
  std::function<net::awaitable<mrd::Status>()> work = [&]() -> net::awaitable<mrd::Status> {
    const Result<proto::KillJobResponseProto> killed = co_await calls_.KillJob(user, request);
    co_return killed.status();
  };
  co_return co_await OnCore<mrd::Status>(std::move(work));
}

net::awaitable<Result<bool>> PageView::KillAttempt(std::string user, proto::KillAttemptRequestProto request) {
  std::function<net::awaitable<Result<bool>>()> work = [&]() -> net::awaitable<Result<bool>> {
    const Result<proto::KillAttemptResponseProto> killed = co_await calls_.KillAttempt(user, request);
    if (!killed.ok()) co_return killed.status();
    co_return killed.value().killed();
  };
  co_return co_await OnCore<Result<bool>>(std::move(work));
}

net::awaitable<mrd::Status> PageView::SetPriority(std::string user, proto::SetPriorityRequestProto request) {
  std::function<net::awaitable<mrd::Status>()> work = [&]() -> net::awaitable<mrd::Status> {
    const Result<proto::SetPriorityResponseProto> set = co_await calls_.SetPriority(user, request);
    co_return set.status();
  };
  co_return co_await OnCore<mrd::Status>(std::move(work));
}

net::awaitable<Result<proto::ListSchedulesResponseProto>> PageView::Schedules(proto::ListSchedulesRequestProto request) {
  using T = Result<proto::ListSchedulesResponseProto>;
  std::function<net::awaitable<T>()> work = [&]() -> net::awaitable<T> { co_return schedules_.List(request); };
  co_return co_await OnCore<T>(std::move(work));
}

net::awaitable<mrd::Status> PageView::RemoveSchedule(std::string user, std::string name) {
  std::function<net::awaitable<mrd::Status>()> work = [&]() -> net::awaitable<mrd::Status> {
    const Result<proto::RemoveScheduleResponseProto> removed = co_await schedules_.Remove(user, name);
    co_return removed.status();
  };
  co_return co_await OnCore<mrd::Status>(std::move(work));
}

net::awaitable<mrd::Status> PageView::EnableSchedule(std::string user, std::string name, bool enabled) {
  std::function<net::awaitable<mrd::Status>()> work = [&]() -> net::awaitable<mrd::Status> {
    const Result<proto::EnableScheduleResponseProto> changed = co_await schedules_.Enable(user, name, enabled);
    co_return changed.status();
  };
  co_return co_await OnCore<mrd::Status>(std::move(work));
}

net::awaitable<Result<std::uint64_t>> PageView::RunSchedule(std::string user, std::string name) {
  std::function<net::awaitable<Result<std::uint64_t>>()> work = [&]() -> net::awaitable<Result<std::uint64_t>> {
    const Result<proto::RunScheduleResponseProto> begun = co_await schedules_.RunNow(user, name);
    if (!begun.ok()) co_return begun.status();
    co_return begun.value().number();
  };
  co_return co_await OnCore<Result<std::uint64_t>>(std::move(work));
}

}  // namespace mrd::jobtracker
