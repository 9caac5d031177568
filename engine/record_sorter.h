#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/record.h"

namespace mrd::engine {

// What is sorted in place of a record. `ref` finds the record again.
struct SortEntry {
  std::uint64_t prefix;  // KeyPrefix() of its key
  std::uint32_t reduce;
  std::uint32_t ref;
};
static_assert(sizeof(SortEntry) == 16);

// Gives the key of an entry. `scratch` is 16 bytes that the view may use.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual std::string_view Key(std::uint32_t ref, char* scratch) const = 0;
};

// Sorts entries by (reduce, key), stably: equal keys keep the order that they had. `scratch` has the same size as
// `entries`. A comparator that is no strict weak order gives some order and never reads out of bounds.
//
// By bytes: a radix sort over the prefix's bytes that differ at all and the reduce number, then runs of equal prefixes
// by the rest of their keys. With a comparator: a merge sort within each reduce.
void SortEntries(std::span<SortEntry> entries,
                 std::span<SortEntry> scratch,
                 const KeySource& keys,
                 const KeyOrder& order);

}  // namespace mrd::engine
