#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "common/base/status.h"
#include "engine/combine_attempt.h"
#include "engine/key_table.h"
#include "engine/segment.h"
#include "engine/table_order.h"

namespace mrd::engine {

// Pairs grouped by key for a combiner of the user's: each key has a chain of values in the order of arrival. When the
// table is full the combiner shortens every chain; only if that frees too little are the pairs written out.
// One thread.
class ChainCombiner {
 public:
  // Two tables of `table_bytes` each: the chains move from one to the other as they are combined.
  ChainCombiner(const mr_stage& stage, std::size_t table_bytes);

  // False: no room; the owner then calls Compact() or writes and clears.
  bool Add(std::string_view key, std::string_view value);
  // Runs the combiner over all chains of more than one value. True when at least half of the memory is free again.
  // What it makes is dropped when it is larger than what it was given; the combiner then ran in vain.
  Result<bool> Compact(CombineAttempt& attempt);
  // Combines what is left and writes it in sorted order; the table stays as it is.
  Status Write(CombineAttempt& attempt,
               TableOrder& slots,
               const Partitioner& partitioner,
               const KeyOrder& order,
               SpillWriter& out,
               std::uint64_t* pairs_written);

  bool empty() const { return table_->used() == 0; }
  std::size_t keys() const { return table_->used(); }
  void Clear();

 private:
  struct Node;      // one value of a chain, in the table's arena
  class Chains;     // walks chains for the combiner

  static bool AddTo(KeyTable& table, std::string_view key, std::string_view value);

  const mr_stage& stage_;
  const std::size_t table_bytes_;
  std::unique_ptr<KeyTable> table_;
};

}  // namespace mrd::engine
