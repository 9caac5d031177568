// Schedules: what there is, and run, enable, disable, remove.
#include <chrono>
#include <memory>
#include <optional>

#include "jobtracker/web/routes.h"
#include "jobtracker/web/schedule_json.h"

namespace mrd::jobtracker::web {
namespace {

namespace json = boost::json;
using SharedSite = std::shared_ptr<const Site>;

constexpr std::chrono::milliseconds kInterval{1'000};  // between two looks for a live page

awaitable<http::Response> List(const http::Request& request, const Site& site) {
  Result<proto::ListSchedulesResponseProto> all = co_await site.view.Schedules(proto::ListSchedulesRequestProto());
  if (!all.ok()) co_return http::ErrorResponse(request, all.status());
  json::array schedules;
  for (const proto::ScheduleProto& schedule : all->schedules()) schedules.push_back(ToJson(schedule));
  json::object out;
  out["schedules"] = std::move(schedules);
  co_return Json(out);
}

awaitable<http::Response> One(const http::Request& request, const Site& site) {
  proto::ListSchedulesRequestProto which;
  which.set_name(request.Part("schedule"));
  Result<proto::ListSchedulesResponseProto> found = co_await site.view.Schedules(std::move(which));
  if (!found.ok()) co_return http::ErrorResponse(request, found.status());
  co_return Json(ToJson(found->schedules(0)));
}

http::Response Done() { return Json(json::object{{"done", true}}); }

awaitable<http::Response> Run(const http::Request& request, const Site& site) {
  if (std::optional<http::Response> refusal = RefuseChange(request, site)) co_return std::move(*refusal);
  Result<std::uint64_t> number = co_await site.view.RunSchedule(site.UserOf(request), request.Part("schedule"));
  if (!number.ok()) co_return http::ErrorResponse(request, number.status());
  co_return Json(json::object{{"number", *number}});
}

awaitable<http::Response> SetEnabled(const http::Request& request, const Site& site, bool enabled) {
  if (std::optional<http::Response> refusal = RefuseChange(request, site)) co_return std::move(*refusal);
  const Status done = co_await site.view.EnableSchedule(site.UserOf(request), request.Part("schedule"), enabled);
  if (!done.ok()) co_return http::ErrorResponse(request, done);
  co_return Done();
}
awaitable<http::Response> Enable(const http::Request& request, const Site& site) { return SetEnabled(request, site, true); }
awaitable<http::Response> Disable(const http::Request& request, const Site& site) { return SetEnabled(request, site, false); }

awaitable<http::Response> Remove(const http::Request& request, const Site& site) {
  if (std::optional<http::Response> refusal = RefuseChange(request, site)) co_return std::move(*refusal);
  const Status done = co_await site.view.RemoveSchedule(site.UserOf(request), request.Part("schedule"));
  if (!done.ok()) co_return http::ErrorResponse(request, done);
  co_return Done();
}

}  // namespace

void AddScheduleRoutes(http::Router& router, SharedSite site) {
  router.Get("/api/schedules", site->live.Live(Bind(site, List), kInterval));
  router.Get("/api/schedules/{schedule}", site->live.Live(Bind(site, One), kInterval));
  router.Post("/api/schedules/{schedule}/run", Bind(site, Run));
  router.Post("/api/schedules/{schedule}/enable", Bind(site, Enable));
  router.Post("/api/schedules/{schedule}/disable", Bind(site, Disable));
  router.Post("/api/schedules/{schedule}/remove", Bind(site, Remove));
}

}  // namespace mrd::jobtracker::web
