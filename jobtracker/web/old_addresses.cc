// Where bookmarks, scripts and log lines of Hadoop 1 point to.
#include <string>

#include "common/http/uri.h"
#include "jobtracker/web/routes.h"
#include "mapred/ids.h"

namespace mrd::jobtracker::web {
namespace {

using Target = std::string (*)(const http::Request&);

// "/jobs/<id>" + rest, or the list of jobs when no id is given.
std::string JobPage(const http::Request& request, std::string_view rest = "") {
  const std::string id = request.Query("jobid");
  return mapred::IsJobId(id) ? "/jobs/" + id + std::string(rest) : "/jobs";
}

std::string TasksPage(const http::Request& request) {
  return JobPage(request, request.Query("type") == "reduce" ? "#tasks-reduce" : "#tasks");
}

std::string TaskPage(const http::Request& request) {
  const std::string id = request.Query("tipid");
  return mapred::ParseTaskId(id) ? "/tasks/" + id : "/jobs";
}

void Redirect(http::Router& router, std::string_view from, Target target) {
  router.Get(from, [target](const http::Request& request) -> awaitable<http::Response> {
    co_return http::RedirectTo(target(request));
  });
}

}  // namespace

void AddOldAddresses(http::Router& router) {
  const Target first = [](const http::Request&) -> std::string { return "/"; };
  const Target jobs = [](const http::Request&) -> std::string { return "/jobs"; };
  const Target nodes = [](const http::Request&) -> std::string { return "/nodes"; };
  const Target queues = [](const http::Request&) -> std::string { return "/#queues"; };
  Redirect(router, "/index.html", first);
  Redirect(router, "/jobtracker.jsp", first);
  Redirect(router, "/jobhistory.jsp", jobs);
  Redirect(router, "/jobhistoryhome.jsp", jobs);
  Redirect(router, "/machines.jsp", nodes);
  Redirect(router, "/scheduler", queues);
  Redirect(router, "/queueinfo.jsp", queues);
  Redirect(router, "/queuetable.jsp", queues);
  Redirect(router, "/jobdetails.jsp", [](const http::Request& request) { return JobPage(request); });
  Redirect(router, "/jobdetailshistory.jsp", [](const http::Request& request) { return JobPage(request); });
  Redirect(router, "/analysejobhistory.jsp", [](const http::Request& request) { return JobPage(request); });
  Redirect(router, "/jobfailures.jsp", [](const http::Request& request) { return JobPage(request, "#failures"); });
  Redirect(router, "/jobconf.jsp", [](const http::Request& request) { return JobPage(request, "#conf"); });
  Redirect(router, "/jobtasks.jsp", TasksPage);
  Redirect(router, "/taskdetails.jsp", TaskPage);
}

}  // namespace mrd::jobtracker::web
