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
void Int64Combiner::FlushAs() {
  bool fresh = false;
  std::uint64_t key_bytes = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    KeyTable::Slot* slot = table_.FindShort(batch_[i].key, batch_[i].hash, &fresh);
    Combine<Op>(slot, fresh, batch_[i].value);
    key_bytes += batch_[i].key.size();
  }
  flushed_key_bytes_ += key_bytes;
}

bool Int64Combiner::Flush() {
  if (!table_.MakeRoom(count_)) return false;
  switch (builtin_) {
    case MR_BUILTIN_SUM_I64: FlushAs<MR_BUILTIN_SUM_I64>(); break;
    case MR_BUILTIN_MIN_I64: FlushAs<MR_BUILTIN_MIN_I64>(); break;
    default: FlushAs<MR_BUILTIN_MAX_I64>();
  }
  count_ = 0;
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
