#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/config.h"
#include "common/base/env.h"
#include "common/base/log.h"
#include "common/http/daemon_pages.h"
#include "common/http/live.h"
#include "common/http/metrics.h"
#include "common/http/server.h"

namespace mrd::http {

// The HTTP port of a daemon with everything that belongs to it: what every daemon shows is there already, the daemon adds
// its own pages and numbers before Start().
class DaemonSite {
 public:
  struct Options {
    std::string service;                           // Hadoop's word for the daemon: "JobTracker"
    std::vector<std::span<const ConfigKey>> keys;  // whose defaults /conf shows
    std::string log_file;                          // "": the log is not in a file
    ServerOptions server;
  };
  // `runtime`, `env` and `log` must outlive it; the configuration is copied.
  DaemonSite(net::Runtime& runtime, Env& env, Log& log, const Config& config, Options options);
  ~DaemonSite();  // REQUIRES: Stop() was awaited, or Start() never called

  Router& router() { return router_; }
  MetricRegistry& metrics() { return metrics_; }
  const LiveStreams& live() const { return live_; }
  net::BlockingPool& pool() { return pool_; }  // for files
  // Whom visitors without a name are.
  std::string visitor() const;

  // Once. With `executor` all connections are served there, else each on a strand of its own.
  void Start(std::unique_ptr<net::Listener> listener, boost::asio::any_io_executor executor = {});
  awaitable<void> Stop();
  // Of a site that was started.
  const net::Endpoint& local() const { return server_->local(); }

 private:
  awaitable<std::vector<Metric>> OwnMetrics() const;

  net::Runtime& runtime_;
  Log& log_;
  const Config config_;
  const ServerOptions server_options_;
  net::BlockingPool pool_;
  LiveStreams live_;
  MetricRegistry metrics_;
  Router router_;
  std::optional<Server> server_;
};

}  // namespace mrd::http
