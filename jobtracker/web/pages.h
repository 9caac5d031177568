#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "common/http/asset.h"
#include "common/http/live.h"
#include "common/http/metrics.h"
#include "common/http/router.h"
#include "jobtracker/web/view.h"

namespace mrd::jobtracker::web {

struct PagesOptions {
  // Whom requests without ?user.name= stand for: hadoop.http.staticuser.user.
  std::string visitor = "dr.who";
  // Whether job pages may be changed by anybody who gives a name, as RPC with simple authentication lets them.
  bool allow_changes = true;
  std::uint64_t submission_bytes_max = 64u << 20;  // of one POST /api/jobs
};

// Adds the jobtracker's pages, their JSON below /api, Hadoop's old addresses, and its history below /ws/v1/history.
// `view`, `live` and `assets` outlive the router.
void AddJobtrackerPages(http::Router& router,
                        View& view,
                        const http::LiveStreams& live,
                        std::span<const http::Asset> assets,
                        PagesOptions options);

// Numbers of the cluster for /metrics and /jmx.
http::MetricSource ClusterMetrics(View& view);

}  // namespace mrd::jobtracker::web
