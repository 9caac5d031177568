#include "tasktracker/web/pages.h"

#include <chrono>
#include <memory>
#include <utility>

#include "tasktracker/web/json.h"
#include "tasktracker/web/task_log.h"

namespace mrd::tasktracker::web {
namespace {

constexpr std::chrono::milliseconds kInterval{1000};

void Add(std::vector<http::Metric>* out, std::string name, http::MetricKind kind, std::string help, double value) {
  http::Metric metric;
  metric.name = "tasktracker_" + std::move(name);
  metric.kind = kind;
  metric.help = std::move(help);
  metric.value = value;
  out->push_back(std::move(metric));
}

std::vector<http::Metric> MetricsOf(const TrackerView& view) {
  constexpr auto kGauge = http::MetricKind::kGauge;
  constexpr auto kCounter = http::MetricKind::kCounter;
  std::vector<http::Metric> out;
  Add(&out, "map_slots", kGauge, "Maps that may run at once.", view.map_slots);
  Add(&out, "reduce_slots", kGauge, "Reduces that may run at once.", view.reduce_slots);
  Add(&out, "attempts", kGauge, "Attempts that are here.", double(view.attempts.size()));
  Add(&out, "jobs", kGauge, "Jobs of which something is here.", double(view.jobs.size()));
  Add(&out, "free_disk_bytes", kGauge, "Free room of the local directories.", double(view.free_disk_bytes));
  Add(&out, "attempts_total", kCounter, "Attempts started.", double(view.attempts_total));
  Add(&out, "attempts_succeeded_total", kCounter, "Attempts that succeeded.", double(view.succeeded_total));
  Add(&out, "attempts_failed_total", kCounter, "Attempts that failed.", double(view.failed_total));
  Add(&out, "attempts_killed_total", kCounter, "Attempts that were killed.", double(view.killed_total));
  Add(&out, "shuffle_connections", kGauge, "Connections that fetch from here.", double(view.shuffle.connections));
  Add(&out, "shuffle_served_bytes", kCounter, "Map output sent to others.", double(view.shuffle.served_bytes));
  Add(&out, "shuffle_fetched_bytes", kCounter, "Map output fetched from others.", double(view.shuffle.fetched_bytes));
  Add(&out, "shuffle_linked_bytes", kCounter, "Map output of other trackers on this host, linked instead of fetched.",
      double(view.shuffle.linked_bytes));
  Add(&out, "shuffle_fetch_failures_total", kCounter, "Fetches that failed.", double(view.shuffle.fetch_failures));
  Add(&out, "shuffle_fetch_damaged_total", kCounter, "Fetches with a wrong checksum.", double(view.shuffle.fetch_damaged));
  return out;
}

}  // namespace

void AddTasktrackerPages(http::Router& router,
                         Views& views,
                         Env& env,
                         net::BlockingPool& pool,
                         const http::LiveStreams& live,
                         std::span<const http::Asset> assets,
                         PagesOptions options) {
  http::AddAssets(router, assets);
  http::AddPage(router, "/", assets, "tracker.html");
  router.Get("/tasktracker.jsp", [](const http::Request&) -> http::awaitable<http::Response> {
    co_return http::RedirectTo("/");
  });
  const http::Handler tracker = [&views](const http::Request&) -> http::awaitable<http::Response> {
    const TrackerView view = co_await views.Snapshot();
    co_return http::JsonResponse(ToJson(view));
  };
  router.Get("/api/live", live.Together());
  router.Get("/api/tracker", live.Live(tracker, kInterval));
  const auto logs = std::make_shared<const TaskLogPage>(views, env, pool, std::move(options));
  router.Get("/tasklog", [logs](const http::Request& request) -> http::awaitable<http::Response> {
    http::Response response = co_await logs->Answer(request);
    co_return response;
  });
}

http::MetricSource TrackerMetrics(Views& views) {
  return [&views]() -> http::awaitable<std::vector<http::Metric>> {
    const TrackerView view = co_await views.Snapshot();
    co_return MetricsOf(view);
  };
}

}  // namespace mrd::tasktracker::web
