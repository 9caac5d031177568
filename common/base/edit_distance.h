#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mrd {

// The least number of single-byte insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t EditDistance(std::string_view a, std::string_view b);

// For "did you mean": the candidate with the smallest distance, the first of several, if that is small enough for a
// typing error; a quarter of the name, at least 2.
std::optional<std::string> NearestName(std::string_view name, std::span<const std::string> candidates);

}  // namespace mrd
