#include "tools/file_systems.h"

#include <string>

#include "common/base/clock.h"
#include "common/base/env.h"
#include "common/base/environment.h"
#include "common/fs/local_file_system.h"
#include "dfs/client/hdfs_file_system.h"

namespace mrd::tools {

fs::Registry MakeFileSystems(const Config& config) {
  fs::Registry registry(config.GetString("fs.defaultFS", "file:///"), CurrentDirectory());
  registry.Register("file", [](const std::string&) -> Result<std::shared_ptr<fs::FileSystem>> {
    return fs::MakeLocalFileSystem(Env::Posix());
  });
  registry.Register("hdfs", dfs::client::HdfsFactory(config, Clock::System()));
  return registry;
}

}  // namespace mrd::tools
