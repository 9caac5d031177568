#include "engine/table_order.h"

#include <string>

namespace mrd::engine {

Status CheckReduce(std::uint32_t reduce, int reduces) {
  if (reduce < static_cast<std::uint32_t>(reduces)) return Status::Ok();
  return InvalidArgument("the partitioner sent a pair to reduce " + std::to_string(reduce) + ", but there are only " +
                         std::to_string(reduces) + " (0 to " + std::to_string(reduces - 1) + ")");
}

TableOrder::TableOrder(std::size_t table_capacity_bytes)
    : entries_(table_capacity_bytes / sizeof(KeyTable::Slot) * sizeof(SortEntry)),
      scratch_(table_capacity_bytes / sizeof(KeyTable::Slot) * sizeof(SortEntry)) {}

std::string_view TableOrder::Key(std::uint32_t ref, char* scratch) const {
  return table_->KeyOf(table_->slot(ref), scratch);
}

Result<std::span<const SortEntry>> TableOrder::Sort(KeyTable& table,
                                                    const ValueOf& value_of,
                                                    const Partitioner& partitioner,
                                                    const KeyOrder& order) {
  table_ = &table;
  SortEntry* const entries = reinterpret_cast<SortEntry*>(entries_.data());
  std::size_t count = 0;
  char scratch[KeyTable::kScratch];
  for (std::uint32_t at = 0; at < table.slots(); ++at) {
    const KeyTable::Slot& slot = table.slot(at);
    if (slot.high == 0) continue;
    const std::string_view key = table.KeyOf(slot, scratch);
    std::uint32_t reduce = 0;
    if (partitioner.reduces() > 1) {
      char value_scratch[16];
      reduce = partitioner.Reduce(key, value_of(slot, value_scratch));
      MRD_RETURN_IF_ERROR(CheckReduce(reduce, partitioner.reduces()));
    }
    entries[count++] = {KeyPrefix(key.data(), key.size()), reduce, at};
  }
  SortEntries({entries, count}, {reinterpret_cast<SortEntry*>(scratch_.data()), count}, *this, order);
  return std::span<const SortEntry>(entries, count);
}

void TableOrder::Discard() {
  entries_.Discard();
  scratch_.Discard();
}

}  // namespace mrd::engine
