#include "tools/configuration.h"

#include "common/fs/keys.h"
#include "dfs/client/keys.h"
#include "dfs/keys.h"
#include "engine/keys.h"
#include "mapred/keys.h"
#include "tools/cluster/private_cluster.h"
#include "tools/environment.h"

namespace mrd::tools {

std::string ConfigDirectory(const std::string& chosen) {
  if (!chosen.empty()) return chosen;
  for (const char* name : {"MR_CONF_DIR", "HADOOP_CONF_DIR"}) {
    if (const auto directory = Environment(name)) return *directory;
  }
  // A private cluster that is up is what its user means.
  if (Result<PrivateCluster> cluster = PrivateCluster::At("default"); cluster.ok() && cluster->IsUp()) {
    return cluster->conf_directory();
  }
  const std::string own = DefaultConfigDirectory();
  return IsDirectory(own) ? own : "";
}

std::vector<std::string> SiteFiles(const std::string& chosen) {
  std::vector<std::string> files;
  const std::string directory = ConfigDirectory(chosen);
  if (directory.empty()) return files;
  for (const char* name : {"core-site.xml", "hdfs-site.xml", "mapred-site.xml"}) {
    std::string path = directory + "/" + name;
    if (PathExists(path)) files.push_back(std::move(path));
  }
  return files;
}

Result<Configuration> LoadConfiguration(const ConfigurationChoices& choices) {
  if (!choices.directory.empty() && !IsDirectory(choices.directory)) {
    return NotFound("--config " + choices.directory + ": no such directory");
  }
  Configuration result;
  result.keys = std::make_unique<KeyRegistry>();
  result.keys->Add(fs::CoreKeys());
  result.keys->Add(engine::MapReduceKeys());
  result.keys->Add(dfs::DfsKeys());
  result.keys->Add(dfs::client::ClientKeys());
  result.keys->Add(mapred::ClusterKeys());
  for (const std::span<const ConfigKey> keys : choices.more_keys) result.keys->Add(keys);
  result.config = std::make_unique<Config>(*result.keys);
  for (const std::string& file : SiteFiles(choices.directory)) {
    MRD_RETURN_IF_ERROR(result.config->AddResource(Env::Posix(), file));
  }
  for (const std::string& file : choices.files) {
    if (!PathExists(file)) return NotFound("-conf " + file + ": no such file");
    MRD_RETURN_IF_ERROR(result.config->AddResource(Env::Posix(), file));
  }
  for (const std::string& assignment : choices.assignments) {
    MRD_RETURN_IF_ERROR(result.config->SetFromCommandLine(assignment));
  }
  for (const auto& [name, value] : choices.settings) {
    MRD_RETURN_IF_ERROR(result.config->Set(name, value, "command line"));
  }
  return result;
}

}  // namespace mrd::tools
