#include "tools/file_systems.h"

#include "common/base/environment.h"
#include "dfs/client/file_systems.h"

namespace mrd::tools {

fs::Registry MakeFileSystems(const Config& config) { return dfs::client::MakeFileSystems(config, CurrentDirectory()); }

}  // namespace mrd::tools
