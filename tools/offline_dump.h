#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mrd::tools {

// `dfs journal PATH...` and `dfs checkpoint DIR`: what a namenode keeps on its disk, as JSON lines. The `namenode` program
// beside this one reads it, since it alone knows the formats. Nothing for any other command; else the exit status.
std::optional<int> RunOfflineDump(const std::vector<std::string>& words);

}  // namespace mrd::tools
