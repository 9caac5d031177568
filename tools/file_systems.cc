#include "tools/file_systems.h"

#include <utility>

#include "common/base/environment.h"
#include "dfs/client/file_systems.h"

namespace mrd::tools {

fs::Registry MakeFileSystems(const Config& config, dfs::client::WaitListener on_waiting) {
  return dfs::client::MakeFileSystems(config, CurrentDirectory(), std::move(on_waiting));
}

}  // namespace mrd::tools
