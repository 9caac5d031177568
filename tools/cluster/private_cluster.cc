#include "tools/cluster/private_cluster.h"

#include <sys/un.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include <boost/json.hpp>

#include "common/base/clock.h"
#include "common/base/environment.h"
#include "tools/cluster/ports.h"
#include "tools/cluster/site_writer.h"
#include "tools/environment.h"

namespace mrd::tools {
namespace {

constexpr int kRpcPort = 8020;
constexpr int kNamenodeHttpPort = 9870;
constexpr int kXferPort = 9866;
constexpr int kIpcPort = 9867;
constexpr int kDatanodeHttpPort = 9864;
constexpr auto kStartPatience = std::chrono::seconds(60);  // a namespace of many millions takes its time
constexpr auto kStopPatience = std::chrono::seconds(10);
constexpr auto kLockPatience = std::chrono::seconds(10);

std::string ClustersDirectory() { return EnvironmentOr("XDG_DATA_HOME", (HomeDirectory() + "/.local/share").c_str()) + "/mr/clusters"; }

bool IsPlainWord(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name[0] != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::int64_t NowMs() { return Clock::System().MonotonicNanos() / 1'000'000; }

const PortKeys& NamenodePortKeys() {
  static const PortKeys keys = {{"dfs.namenode.rpc-address", "rpc"}, {"dfs.namenode.http-address", "http"}};
  return keys;
}

// Keys of MapReduce stand in mapred-site.xml alone.
bool IsOfMapred(const std::string& name) {
  return name.starts_with("mapred") || name.starts_with("mr.jobtracker.") || name.starts_with("mr.tasktracker.") ||
         name.starts_with("mr.shuffle.");
}

}  // namespace

Result<PrivateCluster> PrivateCluster::At(const std::string& name) {
  if (!IsPlainWord(name)) {
    return InvalidArgument("cluster name \"" + name + "\": use letters, digits, '-' and '_' only");
  }
  return PrivateCluster(name, ClustersDirectory() + "/" + name);
}

std::vector<std::string> PrivateCluster::Names() {
  std::vector<std::string> names;
  const Result<std::vector<FileInfo>> entries = Env::Posix().ListDir(ClustersDirectory());
  if (!entries.ok()) return names;
  for (const FileInfo& entry : *entries) {
    if (entry.type == FileType::kDirectory && IsPlainWord(entry.name)) names.push_back(entry.name);
  }
  return names;
}

bool PrivateCluster::Exists() const { return PathExists(directory_ + "/settings.json"); }

bool PrivateCluster::IsUp() const { return PathExists(directory_ + "/run/up"); }

Result<std::unique_ptr<File>> PrivateCluster::Lock() const {
  MRD_RETURN_IF_ERROR(CreateDirs(Env::Posix(), directory_ + "/run"));
  const std::int64_t end = NowMs() + std::chrono::milliseconds(kLockPatience).count();
  for (;;) {
    Result<std::unique_ptr<File>> lock = Env::Posix().Lock(directory_ + "/run/lock");
    if (lock.ok() || lock.status().code() != Code::kUnavailable) return lock;
    if (NowMs() >= end) {
      return Unavailable("another mr up or mr down of cluster \"" + name_ + "\" runs at this moment; try again when it is done");
    }
    Pause(20);
  }
}

Daemon PrivateCluster::Describe(const std::string& name, const std::string& program) const {
  Daemon daemon;
  daemon.name = name;
  daemon.program = program;
  daemon.pid_file = directory_ + "/run/" + name + ".pid";
  daemon.ports_file = directory_ + "/run/" + name + ".ports";
  daemon.log_file = directory_ + "/logs/" + name + ".log";
  daemon.words = {"--conf", conf_directory(), "--pid-file", daemon.pid_file, "--ports-file", daemon.ports_file};
  return daemon;
}

Daemon PrivateCluster::Namenode() const { return Describe("namenode", "namenode"); }

Daemon PrivateCluster::Datanode(int number) const {
  return Describe("datanode-" + std::to_string(number), "datanode");
}

std::vector<Daemon> PrivateCluster::Datanodes() const {
  std::vector<Daemon> daemons;
  const Result<ClusterSettings> settings = ReadSettings();
  const int configured = settings.ok() ? settings->datanodes : 0;
  for (int number = 1; number <= kDatanodesMax; ++number) {
    Daemon daemon = Datanode(number);
    if (number <= configured || PathExists(daemon.pid_file)) daemons.push_back(std::move(daemon));
  }
  return daemons;
}

Result<ClusterSettings> PrivateCluster::ReadSettings() const {
  const std::string path = directory_ + "/settings.json";
  MRD_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(Env::Posix(), path));
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  const boost::json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) return Corruption(path + " is not a JSON object; mr down --wipe removes this cluster");
  ClusterSettings settings;
  settings.name = name_;
  if (const auto* number = object->if_contains("datanodes"); number != nullptr && number->is_int64()) {
    settings.datanodes = static_cast<int>(std::clamp<std::int64_t>(number->get_int64(), 1, kDatanodesMax));
  }
  if (const auto* mapred = object->if_contains("mapred"); mapred != nullptr && mapred->is_bool()) {
    settings.mapred = mapred->get_bool();
  }
  const auto read = [&](const char* key, std::vector<std::string>& out) {
    const auto* list = object->if_contains(key);
    if (list == nullptr || !list->is_array()) return;
    for (const boost::json::value& item : list->get_array()) {
      if (item.is_string()) out.emplace_back(item.get_string());
    }
  };
  read("conf", settings.conf_files);
  read("assignments", settings.assignments);
  return settings;
}

Status PrivateCluster::WriteSettings(const ClusterSettings& settings) const {
  boost::json::object object;
  object["datanodes"] = settings.datanodes;
  object["mapred"] = settings.mapred;
  object["conf"] = boost::json::array(settings.conf_files.begin(), settings.conf_files.end());
  object["assignments"] = boost::json::array(settings.assignments.begin(), settings.assignments.end());
  return WriteFileDurably(Env::Posix(), directory_ + "/settings.json", boost::json::serialize(object) + "\n");
}

Status PrivateCluster::WriteSiteFiles(const ClusterSettings& settings, int rpc_port, int http_port) const {
  SiteWriter core;
  core.Set("fs.defaultFS", "hdfs://" + Loopback(rpc_port));
  core.Set("hadoop.tmp.dir", directory_);
  SiteWriter hdfs;
  hdfs.Set("dfs.namenode.rpc-address", Loopback(rpc_port));
  if (http_port != 0) hdfs.Set("dfs.namenode.http-address", Loopback(http_port));
  hdfs.Set("dfs.namenode.name.dir", directory_ + "/name");
  hdfs.Set("dfs.replication", std::to_string(std::min(3, settings.datanodes)));
  hdfs.Set("dfs.namenode.safemode.extension", "0");
  // All parts are on one machine and heal together, so a silent datanode is missed sooner than in a big cluster.
  hdfs.Set("dfs.heartbeat.interval", "1");
  hdfs.Set("dfs.namenode.heartbeat.recheck-interval", "10000");
  hdfs.Set("dfs.namenode.stale.datanode.interval", "5000");
  hdfs.Set("dfs.client.block.write.replace-datanode-on-failure.best-effort", "true");
  // Clients on this machine, which are all, read blocks from their files. A directory too deep for a socket does without.
  const std::string socket = directory_ + "/run/dn._PORT";
  if (socket.size() < sizeof(sockaddr_un::sun_path)) hdfs.Set("dfs.domain.socket.path", socket);
  for (const std::string& file : settings.conf_files) MRD_RETURN_IF_ERROR(hdfs.Include(Env::Posix(), file));
  for (const std::string& assignment : settings.assignments) {
    const std::size_t equals = assignment.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return InvalidArgument("-D " + assignment + ": expected key=value");
    }
    if (!IsOfMapred(assignment)) hdfs.Set(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  MRD_RETURN_IF_ERROR(CreateDirs(Env::Posix(), conf_directory()));
  MRD_RETURN_IF_ERROR(WriteFileDurably(Env::Posix(), conf_directory() + "/core-site.xml", core.ToXml()));
  return WriteFileDurably(Env::Posix(), conf_directory() + "/hdfs-site.xml", hdfs.ToXml());
}

Result<pid_t> PrivateCluster::StartNamenode(int rpc_port, int http_port, Launches& launches) const {
  Daemon daemon = Namenode();
  // Formats on the first start only: an existing namespace of any kind is left alone.
  daemon.words.insert(daemon.words.end(), {"--format-if-new", "-D", "dfs.namenode.rpc-address=" + Loopback(rpc_port), "-D",
                                           "dfs.namenode.http-address=" + Loopback(http_port)});
  return launches.Launch(daemon);
}

Result<pid_t> PrivateCluster::StartDatanode(int number, PortChoice choice, Launches& launches) const {
  Daemon daemon = Datanode(number);
  std::map<std::string, int> before;
  if (Result<std::map<std::string, int>> ports = ReadPorts(daemon); ports.ok()) before = *std::move(ports);
  if (choice == PortChoice::kAny) before.clear();
  const bool first = number == 1 && choice == PortChoice::kUsual;
  const int xfer = ChoosePort(before, "xfer", first ? kXferPort : 0);
  const int ipc = ChoosePort(before, "ipc", first ? kIpcPort : 0);
  const int http = ChoosePort(before, "http", first ? kDatanodeHttpPort : 0);
  daemon.words.insert(daemon.words.end(),
                      {"-D", "dfs.datanode.data.dir=" + directory_ + "/data-" + std::to_string(number), "-D",
                       "dfs.datanode.address=" + Loopback(xfer), "-D", "dfs.datanode.ipc.address=" + Loopback(ipc), "-D",
                       "dfs.datanode.http.address=" + Loopback(http)});
  return launches.Launch(daemon);
}

Status PrivateCluster::Start(const ClusterSettings& settings, std::vector<DaemonState>* started) {
  Env& env = Env::Posix();
  for (const char* folder : {"/run", "/logs", "/conf"}) MRD_RETURN_IF_ERROR(CreateDirs(env, directory_ + folder));
  Result<ClusterSettings> before = ReadSettings();
  MRD_RETURN_IF_ERROR(WriteSettings(settings));

  const bool was_up = IsUp();
  Launches launches;
  Status status = StartMissing(settings, launches, started);
  if (status.ok()) return status;
  started->clear();
  // What kept the cluster from starting must not keep it from starting the next time, when nobody wrote it.
  if (!before.ok()) {
    before = settings;
    before->assignments.clear();
    before->conf_files.clear();
  }
  if (const Status kept = WriteSettings(*before); !kept.ok()) {
    status = {status.code(), status.message() + "\nThe settings of this start stay: " + kept.message()};
  }
  std::string names;
  for (const std::string& name : launches.End(kStopPatience)) names += (names.empty() ? "" : ", ") + name;
  if (!was_up) (void)env.RemoveFile(directory_ + "/run/up");  // absent when it did not come so far
  if (names.empty()) return status;
  return {status.code(), status.message() + "\nStopped again: " + names};
}

Status PrivateCluster::StartMissing(const ClusterSettings& settings,
                                    Launches& launches,
                                    std::vector<DaemonState>* started) {
  Env& env = Env::Posix();
  const Daemon namenode = Namenode();
  std::map<std::string, int> ports;
  if (const std::optional<pid_t> running = RunningProcess(namenode)) {
    MRD_ASSIGN_OR_RETURN(ports, AwaitPorts(namenode, *running, kStartPatience));
  } else {
    // They outlive the namenode: clients that wait for it know no others.
    const Ports before = PortsOfSiteFile(conf_directory() + "/hdfs-site.xml", NamenodePortKeys());
    const Ports wanted = PortsOfAssignments(settings.assignments, NamenodePortKeys());
    const int rpc = wanted.contains("rpc") ? wanted.at("rpc") : ChoosePort(before, "rpc", kRpcPort);
    const int http = wanted.contains("http") ? wanted.at("http") : ChoosePort(before, "http", kNamenodeHttpPort);
    if (wanted.contains("rpc") && !BecomesFree(rpc)) {
      return FailedPrecondition("dfs.namenode.rpc-address names port " + std::to_string(rpc) +
                                ", which another program has; name another, or leave it to mr up");
    }
    MRD_RETURN_IF_ERROR(WriteSiteFiles(settings, rpc, http));
    MRD_ASSIGN_OR_RETURN(pid_t process, StartNamenode(rpc, http, launches));
    Result<std::map<std::string, int>> serving = AwaitPorts(namenode, process, kStartPatience);
    if (!serving.ok() && rpc != 0 && !wanted.contains("rpc") && !PortIsFree(rpc)) {
      // Somebody else took the port since it was looked at.
      MRD_ASSIGN_OR_RETURN(process, StartNamenode(0, 0, launches));
      serving = AwaitPorts(namenode, process, kStartPatience);
    }
    MRD_ASSIGN_OR_RETURN(ports, std::move(serving));
    started->push_back({namenode.name, true, process, ports});
  }
  // With the ports as they came out: what clients and datanodes read.
  MRD_RETURN_IF_ERROR(WriteSiteFiles(settings, ports["rpc"], ports["http"]));
  MRD_RETURN_IF_ERROR(WriteFileDurably(env, directory_ + "/run/up", ""));

  MapredDaemons mapred = Mapred();
  if (settings.mapred) {
    MRD_RETURN_IF_ERROR(mapred.StartJobtracker(settings, launches));
  } else {
    (void)env.RemoveFile(conf_directory() + "/mapred-site.xml");  // absent is fine
  }
  struct Launched {
    int number;
    Daemon daemon;
    pid_t process;
  };
  std::vector<Launched> launched;
  for (int number = 1; number <= settings.datanodes; ++number) {
    const Daemon daemon = Datanode(number);
    if (RunningProcess(daemon)) continue;
    MRD_ASSIGN_OR_RETURN(const pid_t process, StartDatanode(number, PortChoice::kUsual, launches));
    launched.push_back({number, daemon, process});
  }
  if (settings.mapred) MRD_RETURN_IF_ERROR(mapred.StartTrackers(settings, launches, started));
  for (Launched& one : launched) {
    Result<std::map<std::string, int>> serving = AwaitPorts(one.daemon, one.process, kStartPatience);
    if (!serving.ok() && serving.status().code() == Code::kUnavailable) {
      // Perhaps somebody else took a port since it was looked at; with any ports it fails only for another reason.
      MRD_ASSIGN_OR_RETURN(one.process, StartDatanode(one.number, PortChoice::kAny, launches));
      serving = AwaitPorts(one.daemon, one.process, kStartPatience);
    }
    MRD_ASSIGN_OR_RETURN(Ports ports_of_one, std::move(serving));
    started->push_back({one.daemon.name, true, one.process, std::move(ports_of_one)});
  }
  return mapred.AwaitTrackers(launches, started);
}

MapredDaemons PrivateCluster::Mapred() const {
  return MapredDaemons(directory_, [this](const std::string& name, const std::string& program) {
    return Describe(name, program);
  });
}

std::vector<Daemon> PrivateCluster::MapredAll() const {
  const Result<ClusterSettings> settings = ReadSettings();
  ClusterSettings none;
  none.mapred = false;
  return Mapred().All(settings.ok() ? *settings : none);
}

std::vector<std::string> PrivateCluster::Stop() {
  (void)Env::Posix().RemoveFile(directory_ + "/run/up");  // absent when it is down already
  std::vector<std::string> killed;
  for (const std::vector<Daemon>& daemons : {MapredAll(), Datanodes()}) {
    for (const Daemon& daemon : daemons) AskToStop(daemon);  // all at once, then wait for each
    for (const Daemon& daemon : daemons) {
      if (!AwaitStop(daemon, kStopPatience)) killed.push_back(daemon.name);
    }
  }
  if (!StopProcess(Namenode(), kStopPatience)) killed.push_back("namenode");
  return killed;
}

std::vector<DaemonState> PrivateCluster::States() const {
  std::vector<Daemon> daemons = {Namenode()};
  for (Daemon& daemon : Datanodes()) daemons.push_back(std::move(daemon));
  for (Daemon& daemon : MapredAll()) daemons.push_back(std::move(daemon));
  std::vector<DaemonState> states;
  for (const Daemon& daemon : daemons) {
    DaemonState state;
    state.name = daemon.name;
    if (const std::optional<pid_t> process = RunningProcess(daemon)) {
      state.running = true;
      state.process = *process;
      if (Result<std::map<std::string, int>> ports = ReadPorts(daemon); ports.ok()) state.ports = *std::move(ports);
    }
    states.push_back(std::move(state));
  }
  return states;
}

Status PrivateCluster::Wipe() { return RemoveTree(Env::Posix(), directory_); }

}  // namespace mrd::tools
