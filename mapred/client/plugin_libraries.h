#pragma once

#include <string>
#include <vector>

#include "common/base/env.h"
#include "common/base/status.h"

namespace mrd::mapred {

// A library that travels with a plugin.
struct ShippedLibrary {
  std::string path;  // on this machine
  std::string name;  // relative to the plugin: "libmodel.so.1", "deps/libx.so"
};

// The libraries that a plugin finds through $ORIGIN at or below its own directory, and what those find in the same
// way: with them a pack works wherever it is unpacked. Libraries of the system are left to the machines. Sorted by
// name. kFailedPrecondition for a library that is found on this machine alone, or nowhere, naming it, where it is and
// what to do.
Result<std::vector<ShippedLibrary>> PluginLibraries(Env& env, const std::string& plugin_path);

}  // namespace mrd::mapred
