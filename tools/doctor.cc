#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "dfs/client/check_client.h"
#include "tools/check/diagnosis.h"
#include "tools/cluster/private_cluster.h"
#include "tools/command.h"
#include "tools/configuration.h"
#include "tools/console.h"
#include "tools/environment.h"
#include "tools/file_systems.h"
#include "tools/generic_options.h"
#include "tools/jobs/job_diagnosis.h"

namespace mrd::tools {
namespace {

using check::Findings;
using dfs::client::CheckClient;

// Whoever asks a doctor wants to know soon.
constexpr CheckClient::Patience kPatience = {
    .connect = std::chrono::milliseconds(2'000),
    .call = std::chrono::milliseconds(10'000),
    .attempts = 2,
    .pause = std::chrono::milliseconds(300),
};
constexpr const char* kTried = "It was tried twice, for 2 s each; an answer may take 10 s.";
constexpr std::uint64_t kLogTailBytes = 64 << 10;
constexpr std::size_t kErrorsShown = 5;
// More datanodes are not visited one by one.
constexpr std::size_t kContactsMax = 100;

// The last lines of a log that tell of errors; of a log without any, its last line.
std::vector<std::string> LastErrors(const std::string& path) {
  std::vector<std::string> errors;
  const Result<std::unique_ptr<File>> file = Env::Posix().OpenForRead(path);
  if (!file.ok()) return errors;
  const Result<std::uint64_t> size = (*file)->Size();
  if (!size.ok()) return errors;
  const std::uint64_t from = *size > kLogTailBytes ? *size - kLogTailBytes : 0;
  std::string tail(static_cast<std::size_t>(*size - from), '\0');
  const Result<std::size_t> got = (*file)->ReadAt(from, tail.data(), tail.size());
  if (!got.ok()) return errors;
  std::string_view rest(tail.data(), *got);
  std::string last;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.empty()) continue;
    last = Printable(line, 400);
    const bool bad = line.find(" ERROR ") != std::string_view::npos || line.find(" FATAL ") != std::string_view::npos ||
                     line.find(" WARN ") != std::string_view::npos;
    if (bad) errors.push_back(last);
  }
  if (errors.size() > kErrorsShown) errors.erase(errors.begin(), errors.end() - kErrorsShown);
  if (errors.empty() && !last.empty()) errors.push_back(last);
  return errors;
}

// The private cluster, when its configuration is the one in use.
void LookAtPrivateCluster(const std::string& directory, Findings* found) {
  for (const std::string& name : PrivateCluster::Names()) {
    const Result<PrivateCluster> cluster = PrivateCluster::At(name);
    if (!cluster.ok() || cluster->conf_directory() != directory) continue;
    found->private_cluster = cluster->directory();
    for (const DaemonState& state : cluster->States()) {
      check::LocalProcess& process = found->processes.emplace_back();
      process.name = state.name;
      process.running = state.running;
      process.process = static_cast<int>(state.process);
      if (!state.running) process.last_errors = LastErrors(cluster->directory() + "/logs/" + state.name + ".log");
    }
  }
}

void LookAtDatanodes(CheckClient& client, bool use_hostnames, Findings* found) {
  for (const dfs::NodeFacts& node : found->namenode_tells->nodes) {
    if (!node.alive) continue;
    if (found->contacts.size() == kContactsMax) return;
    const dfs::DatanodeId& id = node.info.id;
    const std::string& host = use_hostnames ? id.host : id.ip;
    check::NodeContact& contact = found->contacts.emplace_back();
    contact.address = id.XferAddress();
    contact.data_port = client.Reach(host, id.xfer_port);
    contact.rpc_port = client.Reach(host, id.ipc_port);
    if (contact.rpc_port.ok()) contact.itself = client.Diagnose(host, id.ipc_port);
  }
}

Status AskNamenode(const Config& config, Findings* found) {
  fs::Registry file_systems = MakeFileSystems(config);
  MRD_ASSIGN_OR_RETURN(const fs::Path root, fs::Path::Parse("/"));
  MRD_ASSIGN_OR_RETURN(const fs::Path qualified, file_systems.Qualify(root));
  if (qualified.scheme() != "hdfs") return Status::Ok();
  found->has_cluster = true;
  found->namenode = qualified.authority();
  MRD_ASSIGN_OR_RETURN(const std::unique_ptr<CheckClient> client,
                       CheckClient::Make(qualified.authority(), config, kPatience));
  found->namenode = client->address();
  found->tried = kTried;
  dfs::ExamineRequest request;
  if (config.Source("dfs.replication") != "default") {
    MRD_ASSIGN_OR_RETURN(const std::int64_t replication, config.GetInt("dfs.replication"));
    request.replication = static_cast<std::uint32_t>(std::max<std::int64_t>(replication, 1));
  }
  Clock& clock = Clock::System();
  found->clock_before_ms = clock.WallMillis();
  Result<dfs::Examination> told = client->Examine(request);
  if (!told.ok()) {
    found->reached = told.status();
    return Status::Ok();
  }
  found->namenode_tells = *std::move(told);
  const Result<bool> names = config.GetBool("dfs.client.use.datanode.hostname");
  const bool use_hostnames = names.ok() && *names;
  LookAtDatanodes(*client, use_hostnames, found);
  found->clock_after_ms = clock.WallMillis();
  return Status::Ok();
}

int Run(const std::vector<std::string>& given) {
  std::vector<std::string> words = given;
  const Result<ConfigurationChoices> choices = TakeGenericOptions(words);
  if (!choices.ok()) return UsageError(kDoctorCommand, choices.status().message());
  const bool json = words == std::vector<std::string>{"--json"};
  if (!words.empty() && !json) return UsageError(kDoctorCommand, "does not know \"" + words[0] + "\"");

  Findings found;
  found.version = MRD_VERSION;
  found.configuration_files = SiteFiles(choices->directory);
  found.configuration_files.insert(found.configuration_files.end(), choices->files.begin(), choices->files.end());
  LookAtPrivateCluster(ConfigDirectory(choices->directory), &found);
  const Result<Configuration> configuration = LoadConfiguration(*choices);
  jobs::JobFindings job_side;
  if (!configuration.ok()) {
    found.configuration_fault = configuration.status().message();
  } else {
    const Config& config = *configuration->config;
    found.notices = config.notices();
    found.default_file_system = config.GetString("fs.defaultFS", "file:///");
    if (const Status asked = AskNamenode(config, &found); !asked.ok()) found.configuration_fault = asked.message();
    job_side = jobs::LookAtJobs(config, MRD_VERSION);
  }
  check::Diagnosis diagnosis = check::Judge(found);
  jobs::Judge(job_side, &diagnosis);
  WriteAll(kStdout, json ? check::AsJson(diagnosis) : check::AsText(diagnosis));
  return diagnosis.healthy() ? kExitOk : kExitFailed;
}

}  // namespace

const Command kDoctorCommand = {
    "doctor",
    "[GENERIC OPTIONS] [--json]",
    "Finds out what is wrong with the cluster and this machine's way to it, and says so.",
    "Looks at the configuration in use, the namenode, each datanode, the room on disks, clocks and versions, the\n"
    "jobtracker, tasktrackers that get no tasks, and why tasks wait. What is wrong comes first, most important first, with its reason; then what is in order. --json: the same for programs.\n"
    "Exit status: 0 when nothing is wrong, 1 otherwise, 255 for wrong words.\n",
    Run,
};

}  // namespace mrd::tools
