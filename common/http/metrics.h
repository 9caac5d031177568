#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/message.h"

namespace mrd::http {

enum class MetricKind { kCounter, kGauge };

// One number of a daemon at a moment.
struct Metric {
  std::string name;  // "jobtracker_jobs_running"; ends in _total, _bytes or _seconds where it is one
  MetricKind kind = MetricKind::kGauge;
  std::string help;  // one sentence
  double value = 0;
  std::vector<std::pair<std::string, std::string>> labels;  // {"queue", "default"}
};

// Gives numbers when somebody asks. May hop to the executor that owns them.
using MetricSource = std::function<awaitable<std::vector<Metric>>()>;

// Everything that a daemon can be asked for by /metrics and /jmx. Filled before the server starts.
class MetricRegistry {
 public:
  // `service` is Hadoop's word for the daemon: "JobTracker".
  explicit MetricRegistry(std::string service);
  // Numbers of one noun; `bean` becomes "Hadoop:service=JobTracker,name=BEAN".
  void Add(std::string bean, MetricSource source);

  // Prometheus' text format, version 0.0.4.
  awaitable<std::string> Prometheus() const;
  // {"beans":[…]}; `query` is a name that may contain '*', "" stands for all.
  awaitable<std::string> Jmx(std::string query) const;

 private:
  std::string service_;
  std::vector<std::pair<std::string, MetricSource>> sources_;
};

// Memory, CPU time and age of this process.
MetricSource ProcessMetrics();

}  // namespace mrd::http
