#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/config.h"

namespace mrd {

// Documents made from the keys' table, so that they cannot disagree with the program.

// The files that keys belong to, sorted: "core", "mapred".
std::vector<std::string> ConfigFiles(const KeyRegistry& registry);
// docs/configuration.md: how a configuration is put together, and one table of keys per file.
std::string ConfigMarkdown(const KeyRegistry& registry);
// conf/<file>-default.xml: every key of `file` with its default and description.
std::string DefaultSiteFile(const KeyRegistry& registry, std::string_view file);

}  // namespace mrd
