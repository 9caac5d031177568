#include "jobtracker/web/pages.h"

#include <memory>
#include <utility>

#include "jobtracker/web/routes.h"

namespace mrd::jobtracker::web {
void AddJobtrackerPages(http::Router& router,
                        View& view,
                        const http::LiveStreams& live,
                        std::span<const http::Asset> assets,
                        PagesOptions options) {
  const auto site = std::make_shared<const Site>(Site{view, live, std::move(options)});
  http::AddAssets(router, assets);
  http::AddPage(router, "/", assets, "cluster.html");
  http::AddPage(router, "/jobs", assets, "jobs.html");
  http::AddPage(router, "/nodes", assets, "nodes.html");
  http::AddPage(router, "/schedules", assets, "schedules.html");
  http::AddPage(router, "/jobs/{job}", assets, "job.html");
  http::AddPage(router, "/tasks/{task}", assets, "task.html");
  router.Get("/api/live", live.Together());
  AddClusterRoutes(router, site);
  AddJobRoutes(router, site);
  AddTaskRoutes(router, site);
  AddScheduleRoutes(router, site);
  AddChangeRoutes(router, site);
  AddHistoryRoutes(router, site);
  AddOldAddresses(router);
}

}  // namespace mrd::jobtracker::web
