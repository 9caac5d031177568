#include "engine/int64_combiner.h"

#include <algorithm>

#include "engine/int64_op.h"
#include "engine/record.h"

namespace mrd::engine {

// Hashes the `count` pairs of the batch and sends for their slots; then looks up those of the batch before, whose slots
// have come meanwhile. Two plain loops: together they would need more registers than there are. False: one of the new
// pairs is malformed.
template <int Op>
bool Int64Combiner::FlushAs(std::uint32_t count) {
  const int fresh_half = batch_.pairs == pairs_[0] ? 0 : 1;
  const mr_small_pair* const incoming = pairs_[fresh_half];
  const mr_small_pair* const waiting = pairs_[1 - fresh_half];
  std::uint64_t* const incoming_hashes = hashes_[fresh_half];
  const std::uint64_t* const waiting_hashes = hashes_[1 - fresh_half];
  std::uint64_t key_bytes = 0;
  std::uint64_t malformed = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    ShortKey key;
    std::memcpy(&key.low, incoming[i].key, 8);
    std::memcpy(&key.high, incoming[i].key + 8, 8);
    const std::uint64_t hash = key.Hash();
    incoming_hashes[i] = hash;
    table_.Prefetch(hash);
    key_bytes += key.size();
    malformed |= key.size();  // more than four bits: not a size
  }
  for (std::uint32_t i = 0; i < taken_; ++i) {
    KeyTable::Slot* slot = table_.FindAtHome(waiting[i].key, waiting_hashes[i]);
    bool fresh = false;
    if (slot == nullptr) [[unlikely]] {
      ShortKey key;
      std::memcpy(&key, waiting[i].key, sizeof(key));
      slot = table_.FindShort(key, waiting_hashes[i], &fresh);
    }
    CombineInto<Op>(slot, fresh, waiting[i].value);
  }
  taken_ = 0;
  if (malformed > ShortKey::kSizeMax) return false;
  if (count == 0) return true;
  taken_ = count;
  flushed_key_bytes_ += key_bytes;
  batch_.count = 0;
  batch_.pairs = pairs_[1 - fresh_half];
  return true;
}

Result<bool> Int64Combiner::Flush() {
  const std::uint32_t count = batch_.count;
  if (count > kBatch) return InvalidArgument("the plugin wrote past the end of its batch of pairs");
  if (!table_.MakeRoom(count + taken_)) return false;
  const bool good = WithOp(builtin_, [&]<int Op>() { return FlushAs<Op>(count); });
  if (!good) return InvalidArgument("the plugin wrote a pair whose key size is not 0 to 15");
  return true;
}

// There is room: Flush() saw to it, and Add() leaves half of the slots free.
void Int64Combiner::Settle() {
  WithOp(builtin_, [&]<int Op>() { FlushAs<Op>(0); });
}

bool Int64Combiner::Add(const char* key, std::size_t size, std::int64_t value) {
  bool fresh = false;
  KeyTable::Slot* slot = table_.Find(key, size, &fresh);
  if (slot == nullptr) return false;
  WithOp(builtin_, [&]<int Op>() { CombineInto<Op>(slot, fresh, value); });
  return true;
}

Status WriteInt64Table(KeyTable& table,
                       TableOrder& slots,
                       const Partitioner& partitioner,
                       const KeyOrder& order,
                       SpillWriter& out) {
  const auto encoded = [](const KeyTable::Slot& slot, char* scratch) {
    EncodeInt64(static_cast<std::int64_t>(slot.value), scratch);
    return std::string_view(scratch, 8);
  };
  MRD_ASSIGN_OR_RETURN(const std::span<const SortEntry> sorted, slots.Sort(table, encoded, partitioner, order));
  int current = -1;
  char key_scratch[KeyTable::kScratch];
  char value_scratch[8];
  for (const SortEntry& entry : sorted) {
    if (static_cast<int>(entry.reduce) != current) {
      current = static_cast<int>(entry.reduce);
      MRD_RETURN_IF_ERROR(out.StartSegment(current));
    }
    const KeyTable::Slot& slot = table.slot(entry.ref);
    MRD_RETURN_IF_ERROR(out.Append(table.KeyOf(slot, key_scratch), encoded(slot, value_scratch)));
  }
  return Status::Ok();
}

}  // namespace mrd::engine
