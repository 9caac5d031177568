#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/base/edit_distance.h"

namespace mrd::tools {

// "; did you mean X?" for the candidate that a slip of the fingers may have meant, or "".
inline std::string DidYouMean(std::string_view word, std::span<const std::string> candidates) {
  const auto nearest = NearestName(word, candidates);
  return nearest ? "; did you mean " + *nearest + "?" : "";
}

}  // namespace mrd::tools
