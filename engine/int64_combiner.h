#pragma once

#include <cstdint>

#include "common/base/status.h"
#include "engine/key_table.h"
#include "engine/segment.h"
#include "engine/table_order.h"
#include "libmr/include/mr/abi.h"

namespace mrd::engine {

// Sums, minima or maxima of 64-bit integers by key, kept in a table and updated at every emit. Short keys are taken in
// batches, so that the table's slots are on their way to the cache while further keys come in. One thread.
class Int64Combiner {
 public:
  // `builtin` is one of MR_BUILTIN_*_I64.
  Int64Combiner(KeyTable& table, int builtin) : table_(table), builtin_(builtin) {}

  // Takes a pair into the batch. False: the batch is full now, so Flush() before the next.
  // REQUIRES: size <= ShortKey::kSizeMax.
  bool Push(const char* key, std::size_t size, std::int64_t value) {
    const ShortKey k = ShortKey::From(key, size);
    const std::uint64_t hash = k.Hash();
    table_.Prefetch(hash);
    batch_[count_] = {k, hash, value};
    return ++count_ < kBatch;
  }
  // Moves the batch into the table. False: no room; nothing was moved, and the owner writes and clears first.
  bool Flush();
  std::size_t batched() const { return count_; }
  // Of all pairs that Flush() has moved.
  std::uint64_t flushed_key_bytes() const { return flushed_key_bytes_; }

  // A pair with a key of any length, past the batch. False: no room.
  bool Add(const char* key, std::size_t size, std::int64_t value);

  // Writes one pair a key in sorted order; the table stays as it is. REQUIRES: batched() == 0.
  Status Write(TableOrder& slots, const Partitioner& partitioner, const KeyOrder& order, SpillWriter& out);

 private:
  static constexpr std::size_t kBatch = 64;

  struct Pair {
    ShortKey key;
    std::uint64_t hash;
    std::int64_t value;
  };

  template <int Op>
  void FlushAs();

  KeyTable& table_;
  const int builtin_;
  std::size_t count_ = 0;
  std::uint64_t flushed_key_bytes_ = 0;
  Pair batch_[kBatch];
};

}  // namespace mrd::engine
