#include "engine/int64_combiner.h"

#include <algorithm>

#include "engine/record.h"

namespace mrd::engine {

namespace {

template <int Op>
void Combine(KeyTable::Slot* slot, bool fresh, std::int64_t value) {
  const std::int64_t old = static_cast<std::int64_t>(slot->value);
  if constexpr (Op == MR_BUILTIN_SUM_I64) {
    slot->value += static_cast<std::uint64_t>(value);  // wraps; a fresh slot holds 0
  } else if constexpr (Op == MR_BUILTIN_MIN_I64) {
    slot->value = static_cast<std::uint64_t>(fresh ? value : std::min(old, value));
  } else {
    slot->value = static_cast<std::uint64_t>(fresh ? value : std::max(old, value));
  }
}

}  // namespace

template <int Op>
void Int64Combiner::FlushAs(const ShortKey* keys, const std::uint64_t* hashes) {
  bool fresh = false;
  for (std::uint32_t i = 0; i < batch_.count; ++i) {
    KeyTable::Slot* slot = table_.FindShort(keys[i], hashes[i], &fresh);
    Combine<Op>(slot, fresh, pairs_[i].value);
  }
}

Result<bool> Int64Combiner::Flush() {
  const std::uint32_t count = batch_.count;
  if (count > kBatch) return InvalidArgument("the plugin wrote past the end of its batch of pairs");
  if (!table_.MakeRoom(count)) return false;
  // All hashes first: the table's slots are then on their way to the cache while the first are looked at.
  ShortKey keys[kBatch];
  std::uint64_t hashes[kBatch];
  std::uint64_t key_bytes = 0;
  bool malformed = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::memcpy(&keys[i], pairs_[i].key, sizeof(ShortKey));
    hashes[i] = keys[i].Hash();
    table_.Prefetch(hashes[i]);
    malformed |= keys[i].size() > ShortKey::kSizeMax;
    key_bytes += keys[i].size();
  }
  if (malformed) return InvalidArgument("the plugin wrote a pair whose key size is not 0 to 15");
  switch (builtin_) {
    case MR_BUILTIN_SUM_I64: FlushAs<MR_BUILTIN_SUM_I64>(keys, hashes); break;
    case MR_BUILTIN_MIN_I64: FlushAs<MR_BUILTIN_MIN_I64>(keys, hashes); break;
    default: FlushAs<MR_BUILTIN_MAX_I64>(keys, hashes);
  }
  flushed_key_bytes_ += key_bytes;
  batch_.count = 0;
  return true;
}

bool Int64Combiner::Add(const char* key, std::size_t size, std::int64_t value) {
  bool fresh = false;
  KeyTable::Slot* slot = table_.Find(key, size, &fresh);
  if (slot == nullptr) return false;
  switch (builtin_) {
    case MR_BUILTIN_SUM_I64: Combine<MR_BUILTIN_SUM_I64>(slot, fresh, value); break;
    case MR_BUILTIN_MIN_I64: Combine<MR_BUILTIN_MIN_I64>(slot, fresh, value); break;
    default: Combine<MR_BUILTIN_MAX_I64>(slot, fresh, value);
  }
  return true;
}

Status Int64Combiner::Write(TableOrder& slots, const Partitioner& partitioner, const KeyOrder& order, SpillWriter& out) {
  const auto encoded = [](const KeyTable::Slot& slot, char* scratch) {
    EncodeInt64(static_cast<std::int64_t>(slot.value), scratch);
    return std::string_view(scratch, 8);
  };
  MRD_ASSIGN_OR_RETURN(const std::span<const SortEntry> sorted, slots.Sort(table_, encoded, partitioner, order));
  int current = -1;
  char key_scratch[KeyTable::kScratch];
  char value_scratch[8];
  for (const SortEntry& entry : sorted) {
    if (static_cast<int>(entry.reduce) != current) {
      current = static_cast<int>(entry.reduce);
      MRD_RETURN_IF_ERROR(out.StartSegment(current));
    }
    const KeyTable::Slot& slot = table_.slot(entry.ref);
    MRD_RETURN_IF_ERROR(out.Append(table_.KeyOf(slot, key_scratch), encoded(slot, value_scratch)));
  }
  return Status::Ok();
}

}  // namespace mrd::engine
