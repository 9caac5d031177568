#include <chrono>
#include <memory>

#include "common/base/utf8.h"
#include "jobtracker/web/json.h"
#include "jobtracker/web/progress.h"
#include "jobtracker/web/routes.h"

namespace mrd::jobtracker::web {
namespace {

constexpr std::chrono::milliseconds kInterval{500};
constexpr std::uint64_t kEventsMax = 10'000;

using SharedSite = std::shared_ptr<const Site>;

// Status, progress by phase, failures, and what was sent where.
awaitable<http::Response> Job(const http::Request& request, const Site& site) {
  const std::string user = site.UserOf(request);
  const std::string id = request.Part("job");
  Result<proto::GetJobResultResponseProto> result = co_await site.view.JobResult(user, id);
  if (!result.ok()) co_return http::ErrorResponse(request, result.status());
  proto::GetTasksRequestProto wanted;
  wanted.set_jobid(id);
  wanted.set_kind(proto::REDUCE);
  wanted.set_from(0);
  wanted.set_count(kTasksMax);
  Result<proto::GetTasksResponseProto> reduces = co_await site.view.Tasks(user, std::move(wanted));
  const PhaseProgress progress = ProgressOf(result->status(), reduces.ok() ? *reduces : proto::GetTasksResponseProto());
  json::object out;
  out["status"] = ToJson(result->status());
  out["phases"] = {
      {"map", progress.map}, {"shuffle", progress.shuffle}, {"sort", progress.sort}, {"reduce", progress.reduce}};
  json::array failures;
  for (const proto::FailureGroupProto& group : result->failures()) failures.push_back(ToJson(group));
  out["failures"] = std::move(failures);
  json::array warnings;
  for (const std::string& warning : result->warnings()) warnings.emplace_back(Utf8(warning));
  out["warnings"] = std::move(warnings);
  out["ledger"] = ToJson(result->ledger());
  co_return Json(out);
}

awaitable<http::Response> Counters(const http::Request& request, const Site& site) {
  Result<proto::GetJobResultResponseProto> result =
      co_await site.view.JobResult(site.UserOf(request), request.Part("job"));
  if (!result.ok()) co_return http::ErrorResponse(request, result.status());
  json::object out;
  out["groups"] = ToJson(result->counters());
  co_return Json(out);
}

awaitable<http::Response> Conf(const http::Request& request, const Site& site) {
  Result<proto::GetJobSpecResponseProto> spec = co_await site.view.Spec(site.UserOf(request), request.Part("job"));
  if (!spec.ok()) co_return http::ErrorResponse(request, spec.status());
  co_return Json(ToJson(spec->spec()));
}

awaitable<http::Response> Events(const http::Request& request, const Site& site) {
  const Result<std::uint64_t> from = request.QueryNumber("from", 1, UINT32_MAX);
  if (!from.ok()) co_return http::ErrorResponse(request, from.status());
  const Result<std::uint64_t> count = request.QueryNumber("count", 100, kEventsMax);
  if (!count.ok()) co_return http::ErrorResponse(request, count.status());
  proto::GetEventsRequestProto wanted;
  wanted.set_jobid(request.Part("job"));
  wanted.set_from(static_cast<std::uint32_t>(*from));
  wanted.set_count(static_cast<std::uint32_t>(*count));
  Result<proto::GetEventsResponseProto> events = co_await site.view.Events(site.UserOf(request), std::move(wanted));
  if (!events.ok()) co_return http::ErrorResponse(request, events.status());
  json::array list;
  for (const proto::TaskEventProto& event : events->events()) list.push_back(ToJson(event));
  json::object out;
  out["events"] = std::move(list);
  co_return Json(out);
}

}  // namespace

void AddJobRoutes(http::Router& router, SharedSite site) {
  router.Get("/api/jobs/{job}", site->live.Live(Bind(site, Job), kInterval));
  router.Get("/api/jobs/{job}/counters", site->live.Live(Bind(site, Counters), 2 * kInterval));
  router.Get("/api/jobs/{job}/conf", Bind(site, Conf));
  router.Get("/api/jobs/{job}/events", site->live.Live(Bind(site, Events), 2 * kInterval));
}

}  // namespace mrd::jobtracker::web
