#include "common/http/metrics.h"

#include <fnmatch.h>

#include <cmath>
#include <map>

#include <boost/json.hpp>

#include "common/base/clock.h"

namespace mrd::http {
namespace {

std::string NumberText(double value) {
  if (std::floor(value) == value && std::abs(value) < 9e15) return std::to_string(static_cast<std::int64_t>(value));
  return boost::json::serialize(boost::json::value(value));
}

// A label's value within quotes.
std::string EscapeLabel(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out += "\\n";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string Labels(const Metric& metric) {
  if (metric.labels.empty()) return "";
  std::string out = "{";
  for (const auto& [name, value] : metric.labels) {
    out += (out.size() == 1 ? "" : ",") + name + "=\"" + EscapeLabel(value) + "\"";
  }
  return out + "}";
}

}  // namespace

MetricRegistry::MetricRegistry(std::string service) : service_(std::move(service)) {}

void MetricRegistry::Add(std::string bean, MetricSource source) { sources_.emplace_back(std::move(bean), std::move(source)); }

awaitable<std::string> MetricRegistry::Prometheus() const {
  // All values of one name stand together, below its help.
  struct Family {
    std::string head;
    std::string lines;
  };
  std::map<std::string, Family> families;
  for (const auto& [bean, source] : sources_) {
    const std::vector<Metric> metrics = co_await source();
    for (const Metric& metric : metrics) {
      Family& family = families[metric.name];
      if (family.head.empty()) {
        family.head = "# HELP " + metric.name + " " + metric.help + "\n# TYPE " + metric.name +
                      (metric.kind == MetricKind::kCounter ? " counter\n" : " gauge\n");
      }
      family.lines += metric.name + Labels(metric) + " " + NumberText(metric.value) + "\n";
    }
  }
  std::string out;
  for (const auto& [name, family] : families) out += family.head + family.lines;
  co_return out;
}

awaitable<std::string> MetricRegistry::Jmx(std::string query) const {
  boost::json::array beans;
  for (const auto& [bean, source] : sources_) {
    const std::string name = "Hadoop:service=" + service_ + ",name=" + bean;
    if (!query.empty() && ::fnmatch(query.c_str(), name.c_str(), FNM_NOESCAPE) != 0) continue;
    boost::json::object object = {{"name", name}, {"modelerType", bean}};
    const std::vector<Metric> metrics = co_await source();
    for (const Metric& metric : metrics) {
      const std::string key = metric.name + Labels(metric);
      if (std::floor(metric.value) == metric.value && std::abs(metric.value) < 9e15) {
        object[key] = static_cast<std::int64_t>(metric.value);
      } else {
        object[key] = metric.value;
      }
    }
    beans.push_back(std::move(object));
  }
  boost::json::object all;
  all["beans"] = std::move(beans);
  co_return boost::json::serialize(all) + "\n";
}

MetricSource ProcessMetrics() {
  return [began_ns = Clock::System().MonotonicNanos()]() -> awaitable<std::vector<Metric>> {
    Clock& clock = Clock::System();
    const ProcessMemory memory = CurrentProcessMemory();
    std::vector<Metric> out(4);
    out[0] = Metric{"process_resident_memory_bytes", MetricKind::kGauge, "Resident memory.", double(memory.resident), {}};
    out[1] = Metric{"process_virtual_memory_bytes", MetricKind::kGauge, "Address space.", double(memory.virtual_size), {}};
    out[2] = Metric{"process_cpu_seconds_total", MetricKind::kCounter, "CPU time used.", double(clock.ProcessCpuMillis()) / 1e3, {}};
    out[3] = Metric{"process_uptime_seconds", MetricKind::kGauge, "Time since the start.",
                    double(clock.MonotonicNanos() - began_ns) / 1e9, {}};
    co_return out;
  };
}

}  // namespace mrd::http
