#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/xxh3.h"
#include "engine/job_definition.h"
#include "engine/record.h"

namespace mrd::engine {

// Which reduce gets a pair. A pure function of the pair, so that re-running a map gives the same segments.
// Immutable; any thread.
class Partitioner {
 public:
  // `cuts` are the reduces-1 ascending keys that begin the second, third … range; used for a range partition only.
  // The definition must outlive it.
  Partitioner(const JobDefinition& definition, int reduces, std::vector<std::string> cuts = {});

  // 0 … reduces-1. A plugin's partitioner may answer something else; the caller checks.
  std::uint32_t Reduce(std::string_view key, std::string_view value) const {
    if (reduces_ <= 1) return 0;
    if (!cut_prefixes_.empty()) return ReduceByPrefix(key);
    return ReduceOfMany(key, value);
  }
  int reduces() const { return reduces_; }

 private:
  // Ranges of bytes: few keys share a cut's first eight bytes, and only those are compared further.
  std::uint32_t ReduceByPrefix(std::string_view key) const {
    const std::uint64_t prefix = KeyPrefix(key.data(), key.size());
    std::size_t below = cut_prefixes_.size();
    if (below <= kFewCuts) {
      below = 0;
      for (const std::uint64_t cut : cut_prefixes_) below += cut <= prefix ? 1 : 0;
    } else {
      below = static_cast<std::size_t>(std::upper_bound(cut_prefixes_.begin(), cut_prefixes_.end(), prefix) -
                                       cut_prefixes_.begin());
    }
    while (below > 0 && cut_prefixes_[below - 1] == prefix && CompareBytes(key, cuts_[below - 1]) < 0) --below;
    return static_cast<std::uint32_t>(below);
  }
  std::uint32_t ReduceOfMany(std::string_view key, std::string_view value) const;

  static constexpr std::size_t kFewCuts = 8;  // looked at one by one, without a branch

  const JobDefinition& definition_;
  const int reduces_;
  const std::vector<std::string> cuts_;
  std::vector<std::uint64_t> cut_prefixes_;  // of a range partition in the order of bytes
  const KeyOrder order_;
};

}  // namespace mrd::engine
