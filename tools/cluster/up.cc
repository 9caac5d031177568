#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/fs/registry.h"
#include "dfs/check.h"
#include "dfs/client/check_client.h"
#include "tools/cluster/private_cluster.h"
#include "tools/cluster/words.h"
#include "tools/command.h"
#include "tools/configuration.h"
#include "tools/console.h"
#include "tools/file_systems.h"
#include "tools/job_place.h"
#include "tools/environment.h"

namespace mrd::tools {
namespace {

std::string Describe(const DaemonState& daemon) {
  std::string line = "  " + daemon.name;
  line.resize(std::max<std::size_t>(line.size() + 1, 16), ' ');
  line += "process " + std::to_string(daemon.process);
  for (const auto& [name, port] : daemon.ports) line += ", " + name + " 127.0.0.1:" + std::to_string(port);
  return line + "\n";
}

// How long `mr up` waits for safe mode to end. Datanodes that ran on need a heartbeat to notice a new namenode.
constexpr std::int64_t kWritablePatienceMs = 15'000;
constexpr std::int64_t kWritablePollMs = 20;

// Waits until the file system takes changes. Making the root, which is there, changes nothing and is refused as long as
// changes are. An error says why it is not writable yet.
Status AwaitWritable(const PrivateCluster& cluster) {
  ConfigurationChoices choices;
  choices.directory = cluster.conf_directory();
  MRD_ASSIGN_OR_RETURN(const Configuration configuration, LoadConfiguration(choices));
  fs::Registry file_systems = MakeFileSystems(*configuration.config);
  MRD_ASSIGN_OR_RETURN(const fs::Path root, fs::Path::Parse("/"));
  MRD_ASSIGN_OR_RETURN(const std::shared_ptr<fs::FileSystem> file_system, file_systems.For(root));
  const std::int64_t end = Clock::System().MonotonicNanos() / 1'000'000 + kWritablePatienceMs;
  for (;;) {
    Status made = file_system->Mkdirs(root);
    const bool waiting = made.tag().ends_with("SafeModeException");
    if (!waiting || Clock::System().MonotonicNanos() / 1'000'000 >= end) return made;
    Pause(kWritablePollMs);
  }
}

// How long `mr up` waits until every datanode takes blocks, which is a heartbeat after it has registered.
constexpr std::int64_t kUsablePatienceMs = 5'000;

// Waits until a file could have a replica on each datanode: else the first `put` finds fewer places than there are soon.
// An error says which datanodes take no block, and why.
Status AwaitDatanodes(const PrivateCluster& cluster, int datanodes) {
  ConfigurationChoices choices;
  choices.directory = cluster.conf_directory();
  MRD_ASSIGN_OR_RETURN(const Configuration configuration, LoadConfiguration(choices));
  MRD_ASSIGN_OR_RETURN(const fs::Path root, fs::Path::Parse(configuration.config->GetString("fs.defaultFS")));
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<dfs::client::CheckClient> client,
                       dfs::client::CheckClient::Make(root.authority(), *configuration.config, {}));
  dfs::ExamineRequest request;
  request.replication = static_cast<std::uint32_t>(datanodes);
  const std::int64_t end = Clock::System().MonotonicNanos() / 1'000'000 + kUsablePatienceMs;
  for (;;) {
    MRD_ASSIGN_OR_RETURN(const dfs::Examination found, client->Examine(request));
    if (found.found_targets >= found.wanted_targets) return Status::Ok();
    if (Clock::System().MonotonicNanos() / 1'000'000 >= end) {
      std::string text = std::to_string(found.found_targets) + " of " + std::to_string(datanodes) + " datanodes take new blocks";
      for (const dfs::RefusedNode& node : found.refused) text += "; " + node.address + ": " + node.why;
      return Unavailable(text + "; mr doctor says more");
    }
    Pause(kWritablePollMs);
  }
}

// How long `mr up` waits until every tracker has joined.
constexpr std::int64_t kTrackersPatienceMs = 5'000;

// Waits until as many trackers take tasks; else a job that is started at once runs on fewer. An error says which do not.
Status AwaitTrackers(const PrivateCluster& cluster, int trackers) {
  ConfigurationChoices choices;
  choices.directory = cluster.conf_directory();
  MRD_ASSIGN_OR_RETURN(const Configuration configuration, LoadConfiguration(choices));
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<mapred::JobClient> client, ConnectJobtracker(*configuration.config));
  const std::int64_t end = Clock::System().MonotonicNanos() / 1'000'000 + kTrackersPatienceMs;
  for (;;) {
    MRD_ASSIGN_OR_RETURN(const mapred::proto::GetClusterResponseProto told, client->Cluster());
    const auto live = std::count_if(told.trackers().begin(), told.trackers().end(),
                                    [](const auto& tracker) { return tracker.state() == "LIVE"; });
    if (live >= trackers) return Status::Ok();
    if (Clock::System().MonotonicNanos() / 1'000'000 >= end) {
      std::string text = std::to_string(live) + " of " + std::to_string(trackers) + " tasktrackers take tasks";
      for (const auto& tracker : told.trackers()) {
        if (tracker.state() != "LIVE") text += "; " + tracker.name() + ": " + tracker.state() + " " + tracker.reason();
      }
      return Unavailable(text + "; their logs are in " + cluster.directory() + "/logs");
    }
    Pause(kWritablePollMs);
  }
}

std::string WhatNext(const PrivateCluster& cluster, const std::string& name, bool mapred) {
  const std::string in_front = name == "default" ? "" : "MR_CONF_DIR=" + cluster.conf_directory() + " ";
  return "Next:\n  " + in_front + "dfs -mkdir -p /user/$USER\n  " + in_front + "dfs -put FILE /\n  " + in_front +
         "dfs -ls /\n" +
         (mapred ? "  " + in_front + "mr jar wordcount.so /FILE /OUT\n" : "") +
         "Other clients: HADOOP_CONF_DIR=" + cluster.conf_directory() + "\nmr down stops it.\n";
}

int RunUp(const std::vector<std::string>& words) {
  ClusterWords given;
  if (const Status parsed = ParseClusterWords(words, ClusterVerb::kUp, &given); !parsed.ok()) {
    return UsageError(kUpCommand, parsed.message());
  }
  Result<PrivateCluster> cluster = PrivateCluster::At(given.name);
  if (!cluster.ok()) return UsageError(kUpCommand, cluster.status().message());
  Result<std::unique_ptr<File>> lock = cluster->Lock();
  if (!lock.ok()) {
    PrintError("up", lock.status().message());
    return kExitFailed;
  }
  // What the cluster had before holds unless the words say otherwise.
  ClusterSettings settings;
  settings.name = given.name;
  if (Result<ClusterSettings> before = cluster->ReadSettings(); before.ok()) settings = *std::move(before);
  if (given.mapred) settings.mapred = *given.mapred;
  if (given.datanodes) settings.datanodes = *given.datanodes;
  if (!given.conf_files.empty()) settings.conf_files = given.conf_files;
  for (const std::string& assignment : given.assignments) {
    const std::string key = assignment.substr(0, assignment.find('=') + 1);
    if (!key.empty()) std::erase_if(settings.assignments, [&](const std::string& old) { return old.starts_with(key); });
    settings.assignments.push_back(assignment);
  }

  const std::int64_t begin = Clock::System().MonotonicNanos();
  std::vector<DaemonState> started;
  if (const Status status = cluster->Start(settings, &started); !status.ok()) {
    PrintError("up", status.message() + "\nLogs: " + cluster->directory() + "/logs");
    return kExitFailed;
  }
  const Status writable = AwaitWritable(*cluster);
  const Status usable = writable.ok() ? AwaitDatanodes(*cluster, settings.datanodes) : Status::Ok();
  const Status staffed = settings.mapred ? AwaitTrackers(*cluster, settings.datanodes) : Status::Ok();
  const double seconds = static_cast<double>(Clock::System().MonotonicNanos() - begin) / 1e9;

  std::string text;
  if (started.empty()) {
    text = "Cluster \"" + given.name + "\" is already running:\n";
  } else {
    char line[96];
    std::snprintf(line, sizeof line, "Cluster \"%s\": %zu started in %.2f s.\n", given.name.c_str(), started.size(), seconds);
    text = line;
  }
  for (const DaemonState& daemon : cluster->States()) text += Describe(daemon);
  if (!writable.ok()) text += "It takes no changes yet: " + writable.message() + "\n";
  if (!usable.ok()) text += "Only " + usable.message() + "\n";
  if (!staffed.ok()) text += "Only " + staffed.message() + "\n";
  if (!settings.mapred && !given.mapred) {
    text += "No jobtracker and no tasktrackers: an earlier --no-mapred holds. mr up --mapred" +
            (given.name == "default" ? std::string() : " --name " + given.name) + " starts them.\n";
  }
  text += WhatNext(*cluster, given.name, settings.mapred);
  WriteAll(kStdout, text);
  return kExitOk;
}

int RunDown(const std::vector<std::string>& words) {
  ClusterWords given;
  if (const Status parsed = ParseClusterWords(words, ClusterVerb::kDown, &given); !parsed.ok()) {
    return UsageError(kDownCommand, parsed.message());
  }
  Result<PrivateCluster> cluster = PrivateCluster::At(given.name);
  if (!cluster.ok()) return UsageError(kDownCommand, cluster.status().message());
  if (!cluster->Exists()) {
    WriteAll(kStdout, "There is no cluster \"" + given.name + "\".\n");
    return kExitOk;
  }
  if (given.wipe && !given.yes &&
      !Confirm("Delete cluster \"" + given.name + "\" and all files in its DFS, in " + cluster->directory() + "?")) {
    WriteAll(kStdout, "Nothing was changed.\n");
    return kExitFailed;
  }
  Result<std::unique_ptr<File>> lock = cluster->Lock();
  if (!lock.ok()) {
    PrintError("down", lock.status().message());
    return kExitFailed;
  }
  const auto states = cluster->States();
  const auto running = std::count_if(states.begin(), states.end(), [](const DaemonState& d) { return d.running; });
  for (const std::string& name : cluster->Stop()) PrintError("down", name + " did not stop in time and was killed");
  std::string text = running == 0 ? "Cluster \"" + given.name + "\" did not run.\n"
                                  : "Cluster \"" + given.name + "\": " + std::to_string(running) + " stopped.\n";
  if (given.wipe) {
    if (const Status status = cluster->Wipe(); !status.ok()) {
      PrintError("down", status.message());
      return kExitFailed;
    }
    text += "Its files are deleted.\n";
  }
  WriteAll(kStdout, text);
  return kExitOk;
}

int RunStatus(const std::vector<std::string>& words) {
  ClusterWords given;
  if (const Status parsed = ParseClusterWords(words, ClusterVerb::kStatus, &given); !parsed.ok()) {
    return UsageError(kStatusCommand, parsed.message());
  }
  const std::vector<std::string> names = given.name_given ? std::vector{given.name} : PrivateCluster::Names();
  std::string text;
  bool all_run = !names.empty();
  for (const std::string& name : names) {
    Result<PrivateCluster> cluster = PrivateCluster::At(name);
    if (!cluster.ok()) return UsageError(kStatusCommand, cluster.status().message());
    if (!cluster->Exists()) {
      text += "Cluster \"" + name + "\": there is none. mr up makes one.\n";
      all_run = false;
      continue;
    }
    text += "Cluster \"" + name + "\" in " + cluster->directory() + "\n";
    for (const DaemonState& daemon : cluster->States()) {
      all_run = all_run && daemon.running;
      text += daemon.running ? Describe(daemon)
                             : "  " + daemon.name + ": not running; log " + cluster->directory() + "/logs/" + daemon.name + ".log\n";
    }
  }
  if (names.empty()) text = "No cluster. mr up makes one.\n";
  WriteAll(kStdout, text);
  return all_run ? kExitOk : kExitFailed;
}

}  // namespace

const Command kUpCommand = {
    "up", "[-n N] [--no-mapred] [--name NAME] [--conf FILE] [-D key=value]...",
    "start a private cluster on this machine",
    "Starts a namenode, N datanodes (3 unless said otherwise), a jobtracker and N tasktrackers on the loopback address,\n"
    "without root and ssh, in a directory of their own: ${XDG_DATA_HOME:-~/.local/share}/mr/clusters/NAME. The first start\n"
    "formats it. What runs is left alone, what died is started again; so mr up also heals. The usual ports are taken when\n"
    "free, others when not. The tasktrackers share the machine's cores: each has cores / N slots for maps and as many for\n"
    "reduces, at least one.\n\n"
    "  -n N             datanodes, and tasktrackers\n"
    "  --no-mapred      the file system alone, also at the next mr up; --mapred takes it back\n"
    "  --name NAME      another cluster beside the one called \"default\"\n"
    "  --conf FILE      a site file (XML) whose properties every daemon gets; may be repeated\n"
    "  -D key=value     one property for every daemon; may be repeated\n\n"
    "Settings are kept for the next mr up. Commands find the cluster \"default\" by themselves while it exists and neither\n"
    "MR_CONF_DIR nor HADOOP_CONF_DIR is set.\n",
    RunUp};

const Command kDownCommand = {
    "down", "[--name NAME] [--wipe [--yes]]", "stop the private cluster",
    "Stops what mr up started: trackers and jobtracker, datanodes, namenode. The files stay for the next mr up; jobs that\n"
    "ran go on then.\n\n"
    "  --name NAME      another cluster than \"default\"\n"
    "  --wipe           delete the cluster with all its files; asks before\n"
    "  --yes            do not ask\n",
    RunDown};

const Command kStatusCommand = {
    "status", "[--name NAME]", "say which daemons of the private clusters run",
    "Prints each daemon of each cluster with its process and ports. Exit status 0 when all of them run, 1 when not.\n",
    RunStatus};

}  // namespace mrd::tools
