#include "engine/partitioner.h"

#include <algorithm>

namespace mrd::engine {

Partitioner::Partitioner(const JobDefinition& definition, int reduces, std::vector<std::string> cuts)
    : definition_(definition),
      reduces_(reduces),
      cuts_(std::move(cuts)),
      order_(definition.sort_comparator ? KeyOrder(&*definition.sort_comparator) : KeyOrder()) {
  if (definition.partitioner || definition.partition_kind != MR_PARTITION_RANGE || !order_.bytewise()) return;
  for (const std::string& cut : cuts_) cut_prefixes_.push_back(KeyPrefix(cut.data(), cut.size()));
}

std::uint32_t Partitioner::ReduceOfMany(std::string_view key, std::string_view value) const {
  const std::uint32_t reduces = static_cast<std::uint32_t>(reduces_);
  if (definition_.partitioner) {
    return definition_.partitioner->partition(definition_.partitioner->self, ToBytes(key), ToBytes(value), reduces);
  }
  if (definition_.partition_kind == MR_PARTITION_RANGE) {
    const auto cut = std::upper_bound(cuts_.begin(), cuts_.end(), key,
                                      [this](std::string_view k, const std::string& c) {
                                        return order_.Compare(k, c) < 0;
                                      });
    return static_cast<std::uint32_t>(cut - cuts_.begin());
  }
  std::string_view hashed = key;
  if (definition_.prefix != nullptr) {
    hashed = key.substr(0, definition_.prefix(definition_.prefix_self, ToBytes(key)));
  }
  return static_cast<std::uint32_t>(Xxh3_64(hashed.data(), hashed.size()) % reduces);
}

}  // namespace mrd::engine
