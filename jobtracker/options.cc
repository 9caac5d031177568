#include "jobtracker/options.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "common/base/environment.h"

namespace mrd::jobtracker {
namespace {

constexpr const char* kAddressKey = "mapreduce.jobtracker.address";
constexpr const char* kBindKey = "mr.jobtracker.bind.host";
constexpr const char* kHttpKey = "mapreduce.jobtracker.http.address";
constexpr const char* kQueuePrefix = "mapreduce.jobtracker.queue.";

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

Result<HostPort> ParseHostPort(const std::string& text, const char* key, std::uint16_t default_port) {
  const std::size_t colon = text.rfind(':');
  HostPort result{text.substr(0, colon), default_port};
  bool good = !result.host.empty();
  if (colon != std::string::npos) {
    const std::string port = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
    good = good && error == std::errc() && end == port.data() + port.size();
  }
  if (!good) return InvalidArgument(std::string(key) + ": \"" + text + "\" is not host:port");
  return result;
}

// "file:///a/b" and "/a/b" are the same directory.
std::string LocalPath(const std::string& text) {
  std::string path = text;
  if (path.starts_with("file://")) path = path.substr(7);
  if (path.starts_with("file:")) path = path.substr(5);
  return path.starts_with('/') ? path : CurrentDirectory() + "/" + path;
}

// A path of the default file system, with scheme and authority.
std::string Qualified(const Config& config, const std::string& path) {
  if (path.find("://") != std::string::npos || path.starts_with("file:")) return path;
  std::string uri = config.GetString("fs.defaultFS", "file:///");
  if (!uri.starts_with("hdfs://")) return "file://" + LocalPath(path);
  while (uri.ends_with('/')) uri.pop_back();
  return uri + (path.starts_with('/') ? path : "/user/" + CurrentUserName() + "/" + path);
}

// Where nothing is said: in the file system that all hosts share, if there is one.
std::string DefaultSharedDir(const Config& config, const char* name) {
  const bool shared = config.GetString("fs.defaultFS").starts_with("hdfs://");
  return (shared ? std::string("/tmp") : config.GetString("hadoop.tmp.dir")) + "/mapred/" + name;
}

std::string ParentOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "" : path.substr(0, slash);
}

Result<Policy> ParsePolicy(const std::string& text) {
  std::string name = text.substr(text.rfind('.') + 1);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (name == "fifo" || name == "jobqueuetaskscheduler") return Policy::kFifo;
  if (name == "fair" || name == "fairscheduler" || name == "capacitytaskscheduler") return Policy::kFair;
  return InvalidArgument("mapreduce.jobtracker.taskscheduler: \"" + text + "\" is neither fifo nor fair");
}

// Reads keys one after another and keeps the first error, so that each line below says one thing.
class Reader {
 public:
  explicit Reader(const Config& config) : config_(config) {}
  template <typename T>
  void Int(const std::string& key, T* out) {
    Take(key, config_.GetInt(key), out);
  }
  template <typename T>
  void Millis(const std::string& key, T* out) {
    Take(key, config_.GetDurationMs(key), out);
  }
  template <typename T>
  void Size(const std::string& key, T* out) {
    Take(key, config_.GetSize(key), out);
  }
  void Double(const std::string& key, double* out) { Take(key, config_.GetDouble(key), out); }
  void Bool(const std::string& key, bool* out) { Take(key, config_.GetBool(key), out); }
  // Keys of one queue are in no table: what is not set leaves the value alone, and what is below 0 is refused here.
  template <typename T>
  void QueueInt(const std::string& key, T* out) {
    const Result<std::int64_t> value = config_.GetInt(key);
    if (value.status().code() == Code::kNotFound) return;
    if (value.ok() && value.value() < 0) return Keep(InvalidArgument(key + ": " + std::to_string(value.value()) + " is below 0"));
    Take(key, value, out);
  }
  void QueueDouble(const std::string& key, double* out) {
    const Result<double> value = config_.GetDouble(key);
    if (value.status().code() == Code::kNotFound) return;
    if (value.ok() && !(value.value() > 0)) return Keep(InvalidArgument(key + ": a weight is above 0"));
    Take(key, value, out);
  }
  void Keep(Status status) {
    if (status_.ok()) status_ = std::move(status);
  }
  const Status& status() const { return status_; }

 private:
  template <typename From, typename To>
  void Take(const std::string&, const Result<From>& value, To* out) {
    if (value.ok()) {
      *out = static_cast<To>(*value);
    } else {
      Keep(value.status());
    }
  }
  const Config& config_;
  Status status_;
};

void ReadQueue(const Config& config, const std::string& name, Reader* reader, JobtrackerOptions* options) {
  const std::string prefix = kQueuePrefix + name + ".";
  QueueOptions queue;
  reader->QueueDouble(prefix + "weight", &queue.weight);
  reader->QueueInt(prefix + "minshare", &queue.min_maps);
  reader->QueueInt(prefix + "minshare", &queue.min_reduces);
  reader->QueueInt(prefix + "minmaps", &queue.min_maps);
  reader->QueueInt(prefix + "minreduces", &queue.min_reduces);
  reader->QueueInt(prefix + "maxrunning", &queue.running_jobs_max);
  reader->QueueInt(prefix + "maxjobs", &queue.jobs_max);
  reader->QueueInt(prefix + "user.maxrunning", &queue.user_jobs_max);
  reader->QueueInt(prefix + "user.maxslots", &queue.user_slots_max);
  const std::string state = config.GetString(prefix + "state", "running");
  queue.stopped = state == "stopped" || state == "STOPPED";
  if (!queue.stopped && state != "running" && state != "RUNNING") {
    reader->Keep(InvalidArgument(prefix + "state: \"" + state + "\" is neither running nor stopped"));
  }
  queue.fifo = config.GetString(prefix + "order") == "fifo";
  // Hadoop's older name of the list, too.
  std::optional<std::string> submitters = config.Get(prefix + "acl-submit-job");
  if (!submitters) submitters = config.Get("mapred.queue." + name + ".acl-submit-job");
  if (submitters) options->access.submitters[name] = AccessList::Parse(*submitters);
  options->dispatcher.core.queues[name] = queue;
}

Status ReadAddresses(const Config& config, JobtrackerOptions* options) {
  const std::string address = config.GetString(kAddressKey, "local");
  MRD_ASSIGN_OR_RETURN(const HostPort rpc, ParseHostPort(address == "local" ? "127.0.0.1" : address, kAddressKey, 8021));
  options->rpc_ip = config.GetString(kBindKey, rpc.host);
  options->rpc_port = rpc.port;
  options->rpc_key = config.GetString(kBindKey).empty() ? kAddressKey : kBindKey;
  MRD_ASSIGN_OR_RETURN(const HostPort http, ParseHostPort(config.GetString(kHttpKey), kHttpKey, 50030));
  options->http_ip = http.host;
  options->http_port = http.port;
  return Status::Ok();
}

}  // namespace

Result<JobtrackerOptions> ReadOptions(const Config& config) {
  JobtrackerOptions options;
  MRD_RETURN_IF_ERROR(ReadAddresses(config, &options));
  options.dir = LocalPath(config.GetString("mr.jobtracker.dir"));
  options.system_dir = Qualified(config, config.GetString("mapreduce.jobtracker.system.dir", DefaultSharedDir(config, "system")));
  const std::string done = config.GetString("mapreduce.jobhistory.done-dir");
  options.done_dir = done.empty() ? ParentOf(options.system_dir) + "/history" : Qualified(config, done);

  Reader reader(config);
  CoreOptions& core = options.dispatcher.core;
  reader.Millis("mr.jobtracker.heartbeat.interval", &core.heartbeat_ms);
  reader.Millis("mapreduce.jobtracker.expire.trackers.interval", &core.tracker_expiry_ms);
  reader.Int("mapreduce.jobtracker.tasktracker.maxblacklists", &core.tracker_faults_max);
  reader.Millis("mapreduce.job.locality.wait", &core.locality_wait_ms);
  reader.Int("mapreduce.jobtracker.maxtasks.perjob", &options.tasks_max);
  reader.Int("mr.jobtracker.jobs.max", &core.jobs_max);
  reader.Int("mr.jobtracker.jobs.per.user.max", &options.jobs_per_user_max);
  reader.Millis("mapreduce.jobtracker.retirejob.interval", &options.dispatcher.keep_ended_ms);
  reader.Int("mapreduce.jobtracker.retiredjobs.cache.size", &options.dispatcher.ended_jobs_max);
  reader.Millis("mapreduce.jobhistory.max-age-ms", &options.history_keep_ms);
  reader.Bool("mapreduce.cluster.acls.enabled", &options.access.lists_heeded);
  reader.Bool("mr.jobtracker.http.plan.enabled", &options.plan_enabled);
  reader.Millis("mr.jobtracker.http.plan.timeout", &options.plan_timeout_ms);
  reader.Size("mr.jobtracker.http.submission.max", &options.submission_bytes_max);
  core.queues.clear();
  for (const std::string& name : config.GetList("mapreduce.jobtracker.queues")) ReadQueue(config, name, &reader, &options);
  MRD_RETURN_IF_ERROR(reader.status());
  if (core.queues.empty()) return InvalidArgument("mapreduce.jobtracker.queues names no queue");
  if (core.tracker_expiry_ms < 2 * core.heartbeat_ms) {
    return InvalidArgument("mapreduce.jobtracker.expire.trackers.interval: " + std::to_string(core.tracker_expiry_ms) +
                           " ms is less than two heartbeats (mr.jobtracker.heartbeat.interval: " +
                           std::to_string(core.heartbeat_ms) + " ms), so that healthy trackers would be lost");
  }
  MRD_ASSIGN_OR_RETURN(core.policy, ParsePolicy(config.GetString("mapreduce.jobtracker.taskscheduler")));
  core.tasks_max = static_cast<std::uint32_t>(std::min<std::size_t>(options.tasks_max, UINT32_MAX));

  options.access.superuser = CurrentUserName();
  options.access.administrators = AccessList::Parse(config.GetString("mapreduce.cluster.administrators", " "));
  options.hosts_file = config.GetString("mapreduce.jobtracker.hosts.filename");
  options.hosts_exclude_file = config.GetString("mapreduce.jobtracker.hosts.exclude.filename");
  return options;
}

}  // namespace mrd::jobtracker
