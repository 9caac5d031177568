#include "dfs/client/file_systems.h"

#include <memory>
#include <string_view>
#include <utility>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/fs/local_file_system.h"
#include "dfs/client/hdfs_file_system.h"

namespace mrd::dfs::client {

fs::Registry MakeFileSystems(const Config& config, std::string working_dir, WaitListener on_waiting) {
  fs::Registry registry(config.GetString("fs.defaultFS", "file:///"), std::move(working_dir));
  registry.Register("file", [](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
    return fs::MakeLocalFileSystem(Env::Posix());
  });
  registry.Register("hdfs", HdfsFactory(config, Clock::System(), "", std::move(on_waiting)));
  return registry;
}

Config OutlastingRestarts(Config config) {
  constexpr std::string_view kKey = "dfs.client.namenode.patience";
  const bool chosen = config.Get(kKey) || config.Source("ipc.client.connect.max.retries") != "default";
  // Its own key and a good value: that is never refused.
  if (!chosen) MRD_CHECK(config.Set(kKey, "60s", "what jobs do").ok());
  return config;
}

}  // namespace mrd::dfs::client
