#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"

namespace mrd::tools {

enum class ClusterVerb { kUp, kDown, kStatus };

// The words after `mr up`, `mr down` and `mr status`.
struct ClusterWords {
  std::string name = "default";
  bool name_given = false;
  std::optional<int> datanodes;
  std::optional<bool> mapred;
  std::vector<std::string> conf_files;  // absolute
  std::vector<std::string> assignments;
  bool wipe = false;
  bool yes = false;
};

// kInvalidArgument naming the word that the verb does not know, or that lacks its value.
Status ParseClusterWords(const std::vector<std::string>& words, ClusterVerb verb, ClusterWords* out);

// Asks on the terminal; false for any answer but y or yes, and where there is no terminal to ask on.
bool Confirm(const std::string& question);

}  // namespace mrd::tools
