#pragma once

#include <span>
#include <string_view>

namespace mrd::tools {

// One file of the folder that `mr new` writes. "@NAME@" in name and text stands for the plugin's name.
struct Template {
  std::string_view name;
  std::string_view text;
};

// Made at build time from tools/templates/.
std::span<const Template> Templates();

}  // namespace mrd::tools
