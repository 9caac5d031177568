#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/env.h"
#include "common/http/metrics.h"
#include "common/http/router.h"
#include "common/net/runtime.h"

namespace mrd::http {

// What every daemon shows, whatever it does. All references outlive the server.
struct DaemonPages {
  Env& env;
  net::BlockingPool& pool;       // for files of logs
  const Config& config;
  std::vector<std::span<const ConfigKey>> keys;  // whose defaults /conf shows too
  const MetricRegistry& metrics;
  std::string log_file;          // "": /logs/ says that there is none; also shown are files that begin with its name
};

// /conf (?format=json, ?name=KEY), /metrics, /prom, /jmx (?qry=), /logs/ and its files (?tail=BYTES, ranges), /stacks,
// /isActive. Values of keys whose names speak of passwords or secrets are not shown.
void AddDaemonPages(Router& router, const DaemonPages& pages);

}  // namespace mrd::http
