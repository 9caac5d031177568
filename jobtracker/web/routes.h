#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "common/http/live.h"
#include "common/http/router.h"
#include "jobtracker/web/pages.h"
#include "jobtracker/web/view.h"

// For the sources of this folder.
namespace mrd::jobtracker::web {

// What every handler of a router needs. Shared by them.
struct Site {
  View& view;
  const http::LiveStreams& live;
  PagesOptions options;

  // Who asks: ?user.name=, else the visitor of the configuration.
  std::string UserOf(const http::Request& request) const { return request.Query("user.name", options.visitor); }
};

inline http::Response Json(const boost::json::value& value, unsigned status = 200) {
  return http::JsonResponse(boost::json::serialize(value) + "\n", status);
}

// A function that answers, as a handler that keeps its site.
using Answer = awaitable<http::Response> (*)(const http::Request&, const Site&);
inline http::Handler Bind(std::shared_ptr<const Site> site, Answer answer) {
  return [site = std::move(site), answer](const http::Request& request) -> awaitable<http::Response> {
    http::Response response = co_await answer(request, *site);
    co_return response;
  };
}

void AddClusterRoutes(http::Router& router, std::shared_ptr<const Site> site);  // /api/cluster, /api/jobs
void AddJobRoutes(http::Router& router, std::shared_ptr<const Site> site);      // /api/jobs/ID/…
void AddTaskRoutes(http::Router& router, std::shared_ptr<const Site> site);     // tasks and timeline
void AddScheduleRoutes(http::Router& router, std::shared_ptr<const Site> site);  // /api/schedules
void AddChangeRoutes(http::Router& router, std::shared_ptr<const Site> site);   // everything that changes something
void AddHistoryRoutes(http::Router& router, std::shared_ptr<const Site> site);  // /ws/v1/history
void AddOldAddresses(http::Router& router);                                     // /jobdetails.jsp?jobid= and the like

// Why this request may change nothing: changes are not for here, or it does not say who asks. What a visitor without a
// name may see, it may not change.
std::optional<http::Response> RefuseChange(const http::Request& request, const Site& site);

// The most tasks of a job that are looked at for one answer, of each kind.
inline constexpr std::uint32_t kTasksMax = 10'000;

}  // namespace mrd::jobtracker::web
