#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "common/base/status.h"
#include "engine/key_table.h"
#include "engine/memory_block.h"
#include "engine/partitioner.h"
#include "engine/record_sorter.h"

namespace mrd::engine {

// kInvalidArgument naming both numbers when a partitioner answered a reduce that does not exist.
Status CheckReduce(std::uint32_t reduce, int reduces);

// Sorts what a KeyTable holds without moving its slots. Keeps its memory between uses. One thread.
class TableOrder : private KeySource {
 public:
  // Room for the entries of any table of `table_capacity_bytes`.
  explicit TableOrder(std::size_t table_capacity_bytes);

  // All slots of `table` by (reduce, key); `ref` is the slot's number. Valid until the next call or change of the table.
  // `value_of` gives a slot's (first) value for the partitioner; its scratch is 16 bytes.
  using ValueOf = std::function<std::string_view(const KeyTable::Slot&, char* scratch)>;
  Result<std::span<const SortEntry>> Sort(KeyTable& table,
                                          const ValueOf& value_of,
                                          const Partitioner& partitioner,
                                          const KeyOrder& order);
  void Discard();

 private:
  std::string_view Key(std::uint32_t ref, char* scratch) const override;

  const KeyTable* table_ = nullptr;
  MemoryBlock entries_;
  MemoryBlock scratch_;
};

}  // namespace mrd::engine
