#pragma once

#include <cstdint>
#include <cstring>

#include "common/base/status.h"
#include "engine/key_table.h"
#include "engine/segment.h"
#include "engine/table_order.h"
#include "libmr/include/mr/abi.h"

namespace mrd::engine {

// Sums, minima or maxima of 64-bit integers by key, kept in a table and updated at every emit. Short keys are taken in
// batches, and a batch is looked up one batch later: its slots come to the cache while the next one is filled. One
// thread.
class Int64Combiner {
 public:
  // `builtin` is one of MR_BUILTIN_*_I64.
  Int64Combiner(KeyTable& table, int builtin) : table_(table), builtin_(builtin) {}
  Int64Combiner(const Int64Combiner&) = delete;
  Int64Combiner& operator=(const Int64Combiner&) = delete;

  // Where short pairs wait, filled here or by the plugin itself. When it is full: Flush() before the next, which changes
  // batch()->pairs.
  mr_small_batch* batch() { return &batch_; }
  // Takes a pair into the batch. False: the batch is full now. REQUIRES: size <= ShortKey::kSizeMax.
  bool Push(const char* key, std::size_t size, std::int64_t value) {
    const ShortKey k = ShortKey::From(key, size);
    mr_small_pair& pair = batch_.pairs[batch_.count];
    std::memcpy(pair.key, &k, sizeof(k));
    pair.value = value;
    return ++batch_.count < kBatch;
  }
  // Takes the batch; its pairs reach the table with the next Flush() or Settle(). False: no room for them; nothing was
  // taken, and the owner settles, writes and clears first. kInvalidArgument when the plugin wrote something that is no
  // pair.
  Result<bool> Flush();
  // Moves what Flush() took into the table.
  void Settle();
  std::size_t batched() const { return batch_.count; }
  // Of all pairs that Flush() has taken.
  std::uint64_t flushed_key_bytes() const { return flushed_key_bytes_; }

  // A pair with a key of any length, past the batch. False: no room.
  bool Add(const char* key, std::size_t size, std::int64_t value);

 private:
  static constexpr std::size_t kBatch = 64;

  template <int Op>
  bool FlushAs(std::uint32_t count);

  KeyTable& table_;
  const int builtin_;
  std::uint64_t flushed_key_bytes_ = 0;
  mr_small_batch batch_{kBatch, 0, pairs_[0]};
  std::uint32_t taken_ = 0;  // pairs that wait to be looked up, in the one of pairs_ that batch_ does not use
  std::uint64_t hashes_[2][kBatch];
  alignas(64) mr_small_pair pairs_[2][kBatch];
};

// Writes a table's pairs, whose values are 64-bit integers, in sorted order; the table stays as it is.
Status WriteInt64Table(KeyTable& table,
                       TableOrder& slots,
                       const Partitioner& partitioner,
                       const KeyOrder& order,
                       SpillWriter& out);

}  // namespace mrd::engine
