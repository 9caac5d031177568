#include "tasktracker/options.h"

#include <charconv>
#include <utility>

#include "common/base/environment.h"

namespace mrd::tasktracker {
namespace {

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

Result<HostPort> ParseHostPort(const std::string& text, const std::string& key, std::uint16_t default_port) {
  const std::size_t colon = text.rfind(':');
  HostPort result{text.substr(0, colon), default_port};
  bool good = !result.host.empty();
  if (colon != std::string::npos) {
    const std::string port = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
    good = good && error == std::errc() && end == port.data() + port.size();
  }
  if (!good) return InvalidArgument(key + ": \"" + text + "\" is not host:port");
  return result;
}

std::string LocalPath(std::string text) {
  if (text.starts_with("file://")) {
    text = text.substr(7);
  } else if (text.starts_with("file:")) {
    text = text.substr(5);
  }
  if (!text.starts_with('/')) text = CurrentDirectory() + "/" + text;
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

Result<std::chrono::milliseconds> Duration(const Config& config, const char* key) {
  MRD_ASSIGN_OR_RETURN(const std::int64_t ms, config.GetDurationMs(key));
  return std::chrono::milliseconds(ms);
}

Status ReadAddresses(const Config& config, Options* options) {
  MRD_ASSIGN_OR_RETURN(const HostPort shuffle, ParseHostPort(config.GetString("mr.tasktracker.shuffle.address"),
                                                             "mr.tasktracker.shuffle.address", 13562));
  MRD_ASSIGN_OR_RETURN(const HostPort http, ParseHostPort(config.GetString("mapreduce.tasktracker.http.address"),
                                                          "mapreduce.tasktracker.http.address", 50060));
  options->shuffle_host = shuffle.host;
  options->shuffle_port = shuffle.port;
  options->http_host = http.host;
  options->http_port = http.port;
  std::string jobtracker = config.GetString("mapreduce.jobtracker.address", "local");
  // With "local", commands run jobs in their own process; a jobtracker that was started nevertheless listens here.
  if (jobtracker == "local") jobtracker = "127.0.0.1:8021";
  MRD_ASSIGN_OR_RETURN(const HostPort address, ParseHostPort(jobtracker, "mapreduce.jobtracker.address", 8021));
  options->jobtracker_host = address.host;
  options->jobtracker_port = address.port;
  if (config.Get("mapreduce.jobtracker.expire.trackers.interval")) {
    MRD_ASSIGN_OR_RETURN(options->expiry, Duration(config, "mapreduce.jobtracker.expire.trackers.interval"));
  }
  return Status::Ok();
}

// "user1,user2 group1": the users. Whoever runs the tracker may see everything anyway.
Status ReadAccess(const Config& config, Options* options) {
  MRD_ASSIGN_OR_RETURN(options->lists_heeded, config.GetBool("mapreduce.cluster.acls.enabled"));
  const std::string lists = config.GetString("mapreduce.cluster.administrators");
  if (lists == "*") options->lists_heeded = false;
  std::string name;
  for (const char c : lists.substr(0, lists.find(' ')) + ",") {
    if (c != ',') {
      name += c;
    } else if (!name.empty()) {
      options->administrators.insert(std::exchange(name, {}));
    }
  }
  options->administrators.insert(options->user);
  return Status::Ok();
}

Status ReadDisk(const Config& config, Options* options) {
  for (const std::string& dir : config.GetList("mapreduce.cluster.local.dir")) {
    options->local_dirs.push_back(LocalPath(dir));
  }
  if (options->local_dirs.empty()) return InvalidArgument("mapreduce.cluster.local.dir names no directory");
  MRD_ASSIGN_OR_RETURN(const std::int64_t free_min, config.GetSize("mapreduce.tasktracker.local.dir.minspacestart"));
  options->local_free_min_bytes = static_cast<std::uint64_t>(free_min);
  MRD_ASSIGN_OR_RETURN(const std::int64_t cache, config.GetSize("mapreduce.tasktracker.cache.local.size"));
  options->cache_bytes = static_cast<std::uint64_t>(cache);
  options->userlogs_dir = LocalPath(config.GetString("mr.tasktracker.userlogs.dir"));
  MRD_ASSIGN_OR_RETURN(const std::int64_t hours, config.GetInt("mapreduce.job.userlog.retain.hours"));
  options->userlogs_retained = std::chrono::hours(hours);
  return Status::Ok();
}

Status ReadSandbox(const Config& config, Options* options) {
  for (const std::string& word : config.GetList("mr.tasktracker.sandbox")) {
    if (word == "landlock") {
      options->confine_attempts = true;
    } else if (word == "seccomp") {
      options->filter_calls = true;
    } else if (word != "none") {
      return InvalidArgument("mr.tasktracker.sandbox=" + config.GetString("mr.tasktracker.sandbox") +
                             ": none, landlock, seccomp or landlock,seccomp is expected");
    }
  }
  return Status::Ok();
}

Status ReadShuffle(const Config& config, Options* options) {
  MRD_ASSIGN_OR_RETURN(const std::int64_t copies, config.GetInt("mapreduce.reduce.shuffle.parallelcopies"));
  options->fetch_trackers_max = static_cast<std::size_t>(copies);
  MRD_ASSIGN_OR_RETURN(options->fetch_connect_timeout, Duration(config, "mapreduce.reduce.shuffle.connect.timeout"));
  MRD_ASSIGN_OR_RETURN(options->fetch_read_timeout, Duration(config, "mapreduce.reduce.shuffle.read.timeout"));
  MRD_ASSIGN_OR_RETURN(const std::int64_t sessions, config.GetInt("mr.shuffle.sessions.max"));
  options->shuffle_sessions_max = static_cast<std::size_t>(sessions);
  return Status::Ok();
}

}  // namespace

Result<Options> ReadOptions(const Config& config) {
  Options options;
  options.host = config.GetString("mapreduce.tasktracker.host.name");
  options.rack = config.GetString("mr.tasktracker.rack");
  options.user = CurrentUserName();
  MRD_ASSIGN_OR_RETURN(const std::int64_t maps, config.GetInt("mapreduce.tasktracker.map.tasks.maximum"));
  MRD_ASSIGN_OR_RETURN(const std::int64_t reduces, config.GetInt("mapreduce.tasktracker.reduce.tasks.maximum"));
  options.map_slots = static_cast<std::uint32_t>(maps);
  options.reduce_slots = static_cast<std::uint32_t>(reduces);
  if (maps + reduces == 0) {
    return InvalidArgument(
        "mapreduce.tasktracker.map.tasks.maximum and mapreduce.tasktracker.reduce.tasks.maximum are both 0: this "
        "tracker would run nothing");
  }
  MRD_ASSIGN_OR_RETURN(const std::int64_t memory, config.GetSize("mr.tasktracker.memory.mb"));
  options.memory_bytes = static_cast<std::uint64_t>(memory);
  MRD_RETURN_IF_ERROR(ReadAddresses(config, &options));
  MRD_RETURN_IF_ERROR(ReadAccess(config, &options));
  MRD_RETURN_IF_ERROR(ReadDisk(config, &options));
  MRD_RETURN_IF_ERROR(ReadSandbox(config, &options));
  MRD_RETURN_IF_ERROR(ReadShuffle(config, &options));
  MRD_ASSIGN_OR_RETURN(options.task_user, TaskUser::Make(config.GetString("mr.tasktracker.task.user")));
  options.cgroup = config.GetString("mr.tasktracker.cgroup");
  options.worker_program = config.GetString("mr.tasktracker.worker.program");
  MRD_ASSIGN_OR_RETURN(options.kill_grace, Duration(config, "mapreduce.tasktracker.tasks.sleeptimebeforesigkill"));
  MRD_ASSIGN_OR_RETURN(options.zygote_idle, Duration(config, "mr.tasktracker.zygote.idle"));
  MRD_ASSIGN_OR_RETURN(const std::int64_t network, config.GetInt("mr.tasktracker.network.threads"));
  options.network_threads = static_cast<std::size_t>(network);
  MRD_ASSIGN_OR_RETURN(const std::int64_t disk, config.GetInt("mr.tasktracker.disk.threads"));
  options.disk_threads = static_cast<std::size_t>(disk);
  return options;
}

}  // namespace mrd::tasktracker
