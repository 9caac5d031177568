#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "engine/memory_block.h"
#include "engine/record.h"
#include "engine/record_sorter.h"

namespace mrd::engine {

// Holds the pairs of a map task until they are sorted and spilled: records in an arena in the order of arrival, and an
// entry of 16 bytes for each. One thread.
class SortBuffer : private KeySource {
 public:
  // Uses at most `capacity_bytes` of memory, scratch space for sorting included.
  explicit SortBuffer(std::size_t capacity_bytes);

  // False when there is no room; the owner then sorts, spills and clears.
  bool Add(std::string_view key, std::string_view value, std::uint32_t reduce) {
    const std::size_t size = (kHeader + key.size() + value.size() + 3) & ~std::size_t{3};
    if (arena_used_ + size + (count_ + 1) * 2 * sizeof(SortEntry) > capacity_) return false;
    char* record = arena_.data() + arena_used_;
    const std::uint32_t sizes[2] = {static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(value.size())};
    std::memcpy(record, sizes, kHeader);
    if (!key.empty()) std::memcpy(record + kHeader, key.data(), key.size());
    if (!value.empty()) std::memcpy(record + kHeader + key.size(), value.data(), value.size());
    entries()[count_++] = {KeyPrefix(key.data(), key.size()), reduce, static_cast<std::uint32_t>(arena_used_ / 4)};
    arena_used_ += size;
    return true;
  }

  bool empty() const { return count_ == 0; }
  // Orders the entries by (reduce, key), equal keys in the order of arrival.
  void Sort(const KeyOrder& order);
  std::span<const SortEntry> sorted() const { return {entries(), count_}; }
  std::string_view KeyAt(std::uint32_t ref) const { return RecordAt(ref).key; }
  std::string_view ValueAt(std::uint32_t ref) const { return RecordAt(ref).value; }
  struct Record {
    std::string_view key;
    std::string_view value;
  };
  Record RecordAt(std::uint32_t ref) const {
    const char* const record = arena_.data() + std::size_t{ref} * 4;
    std::uint32_t sizes[2];
    std::memcpy(sizes, record, kHeader);
    return {{record + kHeader, sizes[0]}, {record + kHeader + sizes[0], sizes[1]}};
  }
  // Asks the processor for the record's memory ahead of its use.
  void Prefetch(std::uint32_t ref) const {
    const char* const record = arena_.data() + std::size_t{ref} * 4;
    __builtin_prefetch(record);
    __builtin_prefetch(record + 64);
    __builtin_prefetch(record + 104);
  }

  // Forgets the first entries, whose records keep their place until Clear().
  void DropFirst(std::size_t count) {
    count_ -= count;
    std::memmove(entries(), entries() + count, count_ * sizeof(SortEntry));
  }
  void Clear() {
    count_ = 0;
    arena_used_ = 0;
  }
  // Gives the memory back to the system.
  void Discard();

 private:
  static constexpr std::size_t kHeader = 8;  // key size, value size

  std::string_view Key(std::uint32_t ref, char*) const override { return KeyAt(ref); }
  SortEntry* entries() const { return reinterpret_cast<SortEntry*>(entry_memory_.data()); }

  const std::size_t capacity_;
  // Address space of the whole capacity each; only what is touched counts, and Add() keeps the sum in bounds.
  MemoryBlock arena_;
  MemoryBlock entry_memory_;
  MemoryBlock scratch_;
  std::size_t arena_used_ = 0;
  std::size_t count_ = 0;
};

}  // namespace mrd::engine
