#pragma once

#include <set>
#include <span>
#include <string>

#include "common/base/env.h"
#include "common/http/asset.h"
#include "common/http/live.h"
#include "common/http/metrics.h"
#include "common/http/router.h"
#include "common/net/runtime.h"
#include "tasktracker/views.h"

namespace mrd::tasktracker::web {

struct PagesOptions {
  std::string visitor = "dr.who";  // whom requests without ?user.name= stand for
  // mapreduce.cluster.acls.enabled: only a job's owner and these may read what its attempts printed.
  bool lists_heeded = false;
  std::set<std::string> administrators;
};

// Adds the tracker's page, its JSON at /api/tracker, and what attempts printed:
//   /tasklog?attemptid=A                  the ends of all its files, in one text
//   /tasklog?attemptid=A&file=stdout      a file, with ranges; &offset=N from there on, &tail=N its last bytes,
//                                         &follow=true also what is appended until the attempt has ended
// The header X-Attempt-State of the latter says "running" or "ended". All references outlive the router.
void AddTasktrackerPages(http::Router& router,
                         Views& views,
                         Env& env,
                         net::BlockingPool& pool,
                         const http::LiveStreams& live,
                         std::span<const http::Asset> assets,
                         PagesOptions options);

// Numbers of the tracker for /metrics and /jmx.
http::MetricSource TrackerMetrics(Views& views);

}  // namespace mrd::tasktracker::web
