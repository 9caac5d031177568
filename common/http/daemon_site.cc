#include "common/http/daemon_site.h"

#include <utility>

#include "common/base/check.h"

namespace mrd::http {
namespace {

Metric Figure(std::string name, MetricKind kind, std::string help, double value) {
  Metric metric;
  metric.name = std::move(name);
  metric.kind = kind;
  metric.help = std::move(help);
  metric.value = value;
  return metric;
}

}  // namespace

DaemonSite::DaemonSite(net::Runtime& runtime, Env& env, Log& log, const Config& config, Options options)
    : runtime_(runtime),
      log_(log),
      config_(config),
      server_options_(options.server),
      pool_("http-files", 1),
      metrics_(std::move(options.service)) {
  metrics_.Add("Process", ProcessMetrics());
  metrics_.Add("Http", [this] { return OwnMetrics(); });
  AddDaemonPages(router_, DaemonPages{env, pool_, config_, std::move(options.keys), metrics_, std::move(options.log_file)});
}

DaemonSite::~DaemonSite() = default;

std::string DaemonSite::visitor() const { return config_.GetString("hadoop.http.staticuser.user", "dr.who"); }

void DaemonSite::Start(std::unique_ptr<net::Listener> listener, boost::asio::any_io_executor executor) {
  MRD_CHECK(!server_);
  server_.emplace(runtime_, Logger(log_, "http.Server"), server_options_, std::move(router_));
  server_->Start(std::move(listener), std::move(executor));
}

awaitable<void> DaemonSite::Stop() {
  if (server_) co_await server_->Stop();
}

awaitable<std::vector<Metric>> DaemonSite::OwnMetrics() const {
  const ServerFigures figures = server_->figures();
  std::vector<Metric> out;
  out.push_back(Figure("http_connections", MetricKind::kGauge, "Open connections.", double(figures.connections)));
  out.push_back(Figure("http_live_streams", MetricKind::kGauge, "Pages that are told of changes.", double(live_.open())));
  out.push_back(Figure("http_connections_refused_total", MetricKind::kCounter, "Connections over the limit.", double(figures.refused)));
  out.push_back(Figure("http_requests_total", MetricKind::kCounter, "Requests answered.", double(figures.requests)));
  out.push_back(Figure("http_errors_total", MetricKind::kCounter, "Requests answered with 5xx.", double(figures.errors)));
  out.push_back(Figure("http_sent_bytes", MetricKind::kCounter, "Bytes of bodies sent.", double(figures.bytes_sent)));
  co_return out;
}

}  // namespace mrd::http
