#pragma once

#include <cstdint>
#include <string>

#include "common/base/env.h"
#include "common/base/status.h"
#include "namenode/core/core.h"

namespace mrd::namenode {

// `dfsadmin -metasave FILE`: a report for people about datanodes and about blocks that lack something, written to
// DIRECTORY/FILE. kInvalidArgument for a file name with a slash.
Status WriteMetaSave(Env& env, const Core& core, const std::string& directory, const std::string& file,
                     std::int64_t now_ms, MonoMs mono_ms);

}  // namespace mrd::namenode
