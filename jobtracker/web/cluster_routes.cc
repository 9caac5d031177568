#include <chrono>
#include <memory>

#include "jobtracker/web/job_list.h"
#include "jobtracker/web/json.h"
#include "jobtracker/web/routes.h"

namespace mrd::jobtracker::web {
namespace {

constexpr std::chrono::milliseconds kInterval{1000};
constexpr std::uint64_t kJobsMax = 1000;

using SharedSite = std::shared_ptr<const Site>;

awaitable<http::Response> Cluster(const http::Request& request, const Site& site) {
  Result<proto::GetClusterResponseProto> cluster = co_await site.view.Cluster();
  if (!cluster.ok()) co_return http::ErrorResponse(request, cluster.status());
  co_return Json(ToJson(*cluster));
}

awaitable<http::Response> Jobs(const http::Request& request, const Site& site) {
  JobFilter filter;
  filter.state = request.Query("state");
  filter.text = request.Query("q");
  filter.queue = request.Query("queue");
  filter.user = request.Query("user");
  const Result<std::uint64_t> from = request.QueryNumber("from", 0, 10'000'000);
  if (!from.ok()) co_return http::ErrorResponse(request, from.status());
  const Result<std::uint64_t> count = request.QueryNumber("count", 50, kJobsMax);
  if (!count.ok()) co_return http::ErrorResponse(request, count.status());
  filter.from = *from;
  filter.count = *count;
  proto::ListJobsRequestProto wanted;
  wanted.set_all(filter.state != "active" && filter.state != "running" && filter.state != "waiting");
  Result<proto::ListJobsResponseProto> jobs = co_await site.view.Jobs(site.UserOf(request), std::move(wanted));
  if (!jobs.ok()) co_return http::ErrorResponse(request, jobs.status());
  const JobPage page = SelectJobs(*jobs, filter);
  json::array list;
  for (const proto::JobStatusProto* job : page.jobs) list.push_back(ToJson(*job));
  json::object out = {{"total", page.total}, {"from", filter.from}};
  out["jobs"] = std::move(list);
  co_return Json(out);
}

void Count(std::vector<http::Metric>* out, std::string name, std::string help, double value) {
  http::Metric metric;
  metric.name = "jobtracker_" + std::move(name);
  metric.help = std::move(help);
  metric.value = value;
  out->push_back(std::move(metric));
}

std::vector<http::Metric> MetricsOf(const proto::GetClusterResponseProto& cluster) {
  double map_slots = 0;
  double reduce_slots = 0;
  double maps = 0;
  double reduces = 0;
  double live = 0;
  for (const proto::TrackerStatusProto& tracker : cluster.trackers()) {
    if (tracker.state() != "LIVE") continue;
    ++live;
    map_slots += tracker.mapslots();
    reduce_slots += tracker.reduceslots();
    maps += tracker.runningmaps();
    reduces += tracker.runningreduces();
  }
  std::vector<http::Metric> out;
  Count(&out, "trackers", "Trackers that are known.", cluster.trackers_size());
  Count(&out, "trackers_live", "Trackers that get work.", live);
  Count(&out, "map_slots", "Map slots of live trackers.", map_slots);
  Count(&out, "reduce_slots", "Reduce slots of live trackers.", reduce_slots);
  Count(&out, "maps_running", "Map attempts that run.", maps);
  Count(&out, "reduces_running", "Reduce attempts that run.", reduces);
  Count(&out, "jobs_running", "Jobs that run.", cluster.runningjobs());
  for (const proto::QueueStatusProto& queue : cluster.queues()) {
    const std::pair<std::string, std::string> label = {"queue", queue.name()};
    Count(&out, "queue_jobs_running", "Jobs of the queue that run.", queue.runningjobs());
    out.back().labels.push_back(label);
    Count(&out, "queue_jobs_waiting", "Jobs of the queue that wait.", queue.waitingjobs());
    out.back().labels.push_back(label);
    Count(&out, "queue_tasks_running", "Attempts of the queue that run.", queue.runningtasks());
    out.back().labels.push_back(label);
  }
  return out;
}

}  // namespace

void AddClusterRoutes(http::Router& router, SharedSite site) {
  router.Get("/api/cluster", site->live.Live(Bind(site, Cluster), kInterval));
  router.Get("/api/jobs", site->live.Live(Bind(site, Jobs), kInterval));
}

http::MetricSource ClusterMetrics(View& view) {
  return [&view]() -> awaitable<std::vector<http::Metric>> {
    Result<proto::GetClusterResponseProto> cluster = co_await view.Cluster();
    std::vector<http::Metric> none;
    if (!cluster.ok()) co_return none;
    co_return MetricsOf(*cluster);
  };
}

}  // namespace mrd::jobtracker::web
