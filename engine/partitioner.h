#pragma once

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
    return ReduceOfMany(key, value);
  }
  int reduces() const { return reduces_; }

 private:
  std::uint32_t ReduceOfMany(std::string_view key, std::string_view value) const;

  const JobDefinition& definition_;
  const int reduces_;
  const std::vector<std::string> cuts_;
  const KeyOrder order_;
};

}  // namespace mrd::engine
