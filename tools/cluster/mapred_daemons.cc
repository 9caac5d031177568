#include "tools/cluster/mapred_daemons.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

#include "common/base/env.h"
#include "tools/cluster/ports.h"
#include "tools/cluster/site_writer.h"
#include "tools/environment.h"

namespace mrd::tools {
namespace {

constexpr int kTrackersMax = 64;
constexpr int kJobtrackerPort = 8021;
constexpr int kJobtrackerHttpPort = 50030;
constexpr int kTrackerHttpPort = 50060;
constexpr int kShufflePort = 13562;
constexpr auto kStartPatience = std::chrono::seconds(60);

constexpr const char* kAddressKey = "mapreduce.jobtracker.address";
constexpr const char* kHttpKey = "mapreduce.jobtracker.http.address";

const PortKeys& JobtrackerPortKeys() {
  static const PortKeys keys = {{kAddressKey, "rpc"}, {kHttpKey, "http"}};
  return keys;
}

// Keys that only tasktrackers know: other programs refuse what stands below "mr." and is none of theirs.
bool IsTrackersOwn(std::string_view assignment) {
  return assignment.starts_with("mr.tasktracker.") || assignment.starts_with("mr.shuffle.sessions.");
}

bool IsOfMapred(std::string_view name) { return name.starts_with("mapred") || name.starts_with("mr."); }

// The cores of the machine go round among the trackers, which all are on it.
int Slots(int trackers) {
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return std::max(1, cores / std::max(1, trackers));
}

}  // namespace

MapredDaemons::MapredDaemons(std::string directory, Describe describe)
    : directory_(std::move(directory)), describe_(std::move(describe)) {}

Daemon MapredDaemons::Jobtracker() const { return describe_("jobtracker", "jobtracker"); }

Daemon MapredDaemons::Tracker(int number) const {
  return describe_("tasktracker-" + std::to_string(number), "tasktracker");
}

std::vector<Daemon> MapredDaemons::All(const ClusterSettings& settings) const {
  std::vector<Daemon> daemons;
  if (Daemon jobtracker = Jobtracker(); settings.mapred || PathExists(jobtracker.pid_file)) {
    daemons.push_back(std::move(jobtracker));
  }
  for (int number = 1; number <= kTrackersMax; ++number) {
    Daemon daemon = Tracker(number);
    if ((settings.mapred && number <= settings.datanodes) || PathExists(daemon.pid_file)) {
      daemons.push_back(std::move(daemon));
    }
  }
  return daemons;
}

Status MapredDaemons::WriteSite(const ClusterSettings& settings, int rpc_port) const {
  SiteWriter site;
  site.Set("mapreduce.framework.name", "cluster");
  site.Set(kAddressKey, Loopback(rpc_port));
  // Of commands that run a job in their own process; the trackers have their own.
  site.Set("mapreduce.cluster.local.dir", directory_ + "/local");
  // All parts are on one machine and heal together, so a silent tracker is missed sooner than in a big cluster.
  site.Set("mapreduce.jobtracker.expire.trackers.interval", "10000");
  // Who reaches the loopback interface may run programs here anyhow.
  site.Set("mr.jobtracker.http.plan.enabled", "true");
  for (const std::string& assignment : settings.assignments) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || !IsOfMapred(assignment) || IsTrackersOwn(assignment)) continue;
    const std::string name = assignment.substr(0, equals);
    if (name != kAddressKey) site.Set(name, assignment.substr(equals + 1));  // the port as it came out stands above
  }
  return WriteFileDurably(Env::Posix(), SitePath(), site.ToXml());
}

Result<pid_t> MapredDaemons::LaunchJobtracker(int rpc_port, int http_port, Launches& launches) const {
  Daemon daemon = Jobtracker();
  daemon.words.insert(daemon.words.end(), {"-D", std::string(kAddressKey) + "=" + Loopback(rpc_port), "-D",
                                           std::string(kHttpKey) + "=" + Loopback(http_port), "-D",
                                           "mr.jobtracker.dir=" + directory_ + "/jobtracker"});
  return launches.Launch(daemon);
}

Result<pid_t> MapredDaemons::LaunchTracker(int number, const ClusterSettings& settings, PortChoice choice,
                                           Launches& launches) const {
  Daemon daemon = Tracker(number);
  Ports before;
  if (Result<Ports> ports = ReadPorts(daemon); ports.ok()) before = *std::move(ports);
  if (choice == PortChoice::kAny) before.clear();
  const bool first = number == 1 && choice == PortChoice::kUsual;
  const std::string own = directory_ + "/tracker-" + std::to_string(number);
  const std::string slots = std::to_string(Slots(settings.datanodes));
  std::vector<std::string> assignments = {
      "mapreduce.tasktracker.http.address=" + Loopback(ChoosePort(before, "http", first ? kTrackerHttpPort : 0)),
      "mr.tasktracker.shuffle.address=" + Loopback(ChoosePort(before, "shuffle", first ? kShufflePort : 0)),
      "mapreduce.cluster.local.dir=" + own + "/local",
      "mr.tasktracker.userlogs.dir=" + own + "/userlogs",
  };
  // What the user set holds for every tracker.
  for (const char* key : {"mapreduce.tasktracker.map.tasks.maximum", "mapreduce.tasktracker.reduce.tasks.maximum"}) {
    const std::string begin = std::string(key) + "=";
    const bool given = std::any_of(settings.assignments.begin(), settings.assignments.end(),
                                   [&](const std::string& text) { return text.starts_with(begin); });
    if (!given) assignments.push_back(std::string(key) + "=" + slots);
  }
  for (const std::string& assignment : settings.assignments) {
    if (IsTrackersOwn(assignment)) assignments.push_back(assignment);
  }
  for (std::string& assignment : assignments) {
    daemon.words.emplace_back("-D");
    daemon.words.push_back(std::move(assignment));
  }
  return launches.Launch(daemon);
}

Status MapredDaemons::StartJobtracker(const ClusterSettings& settings, Launches& launches) {
  settings_ = settings;
  jobtracker_ = 0;
  if (RunningProcess(Jobtracker())) return Status::Ok();
  const Ports before = PortsOfSiteFile(SitePath(), JobtrackerPortKeys());
  const Ports wanted = PortsOfAssignments(settings.assignments, JobtrackerPortKeys());
  rpc_port_ = wanted.contains("rpc") ? wanted.at("rpc") : ChoosePort(before, "rpc", kJobtrackerPort);
  Ports before_http;
  if (Result<Ports> ports = ReadPorts(Jobtracker()); ports.ok()) before_http = *std::move(ports);
  const int http = wanted.contains("http") ? wanted.at("http") : ChoosePort(before_http, "http", kJobtrackerHttpPort);
  if (wanted.contains("rpc") && !BecomesFree(rpc_port_)) {
    return FailedPrecondition(std::string(kAddressKey) + " names port " + std::to_string(rpc_port_) +
                              ", which another program has; name another, or leave it to mr up");
  }
  MRD_RETURN_IF_ERROR(WriteSite(settings, rpc_port_));
  MRD_ASSIGN_OR_RETURN(jobtracker_, LaunchJobtracker(rpc_port_, http, launches));
  return Status::Ok();
}

Status MapredDaemons::StartTrackers(const ClusterSettings& settings, Launches& launches,
                                    std::vector<DaemonState>* started) {
  const Daemon jobtracker = Jobtracker();
  const std::optional<pid_t> running = RunningProcess(jobtracker);
  Result<Ports> ports = AwaitPorts(jobtracker, jobtracker_ != 0 ? jobtracker_ : running.value_or(0), kStartPatience);
  if (!ports.ok() && jobtracker_ != 0 && rpc_port_ != 0 && !PortIsFree(rpc_port_)) {
    // Somebody else took the port since it was looked at.
    MRD_ASSIGN_OR_RETURN(jobtracker_, LaunchJobtracker(0, 0, launches));
    ports = AwaitPorts(jobtracker, jobtracker_, kStartPatience);
  }
  MRD_RETURN_IF_ERROR(ports.status());
  MRD_RETURN_IF_ERROR(WriteSite(settings, (*ports)["rpc"]));
  if (jobtracker_ != 0) started->push_back({jobtracker.name, true, jobtracker_, *ports});
  for (int number = 1; number <= settings.datanodes; ++number) {
    const Daemon daemon = Tracker(number);
    if (RunningProcess(daemon)) continue;
    MRD_ASSIGN_OR_RETURN(const pid_t process, LaunchTracker(number, settings, PortChoice::kUsual, launches));
    launched_.push_back({number, daemon, process});
  }
  return Status::Ok();
}

Status MapredDaemons::AwaitTrackers(Launches& launches, std::vector<DaemonState>* started) {
  for (Launched& one : launched_) {
    Result<Ports> serving = AwaitPorts(one.daemon, one.process, kStartPatience);
    if (!serving.ok() && serving.status().code() == Code::kUnavailable) {
      // Perhaps somebody else took a port since it was looked at; with any ports it fails only for another reason.
      MRD_ASSIGN_OR_RETURN(one.process, LaunchTracker(one.number, settings_, PortChoice::kAny, launches));
      serving = AwaitPorts(one.daemon, one.process, kStartPatience);
    }
    MRD_ASSIGN_OR_RETURN(Ports ports, std::move(serving));
    started->push_back({one.daemon.name, true, one.process, std::move(ports)});
  }
  return Status::Ok();
}

}  // namespace mrd::tools
