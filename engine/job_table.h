#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "common/base/status.h"
#include "engine/key_table.h"
#include "engine/memory_block.h"
#include "engine/partitioner.h"
#include "engine/record_sorter.h"
#include "engine/segment.h"

namespace mrd::engine {

// The one table in which a job's 64-bit integers are combined by key, over all its map tasks. Worker threads count in
// tables of their own, which stay small, and pour them in here; so a key is sorted and reduced once, not once a task.
//
// It is cut into stripes by the upper bits of the keys' hashes. A worker's table lies nearly in the order of the hashes,
// so pouring is a walk forward through both, stripe by stripe.
//
// Failure: what was poured cannot be taken back. It is for runners that end a job with its first failed attempt.
// Memory: the pairs take at most the capacity; sorting them takes as much again at worst. Both are booked in `held_bytes`
// as the table grows, until it goes.
// Threads: Pour() and full() any; the rest one, after all pouring.
class JobTable : private KeySource {
 public:
  // `builtin` is one of MR_BUILTIN_*_I64. `held_bytes` must outlive the table.
  JobTable(int builtin, std::uint64_t capacity_bytes, std::atomic<std::uint64_t>& held_bytes);
  ~JobTable() override;

  // Moves the pairs of `table` in here and clears it. False: there was no room for all; those that are left stay in
  // `table`, which is then good for walking and clearing only.
  bool Pour(KeyTable& table);
  // There was no room at some time. Nothing should be poured any more.
  bool full() const { return full_.load(std::memory_order_relaxed); }

  // Sorts all pairs by reduce and the key's bytes on up to `threads` threads, which do not run any attempt: so the
  // partitioner must not call the plugin. The spill's feed keeps `self`, this table. `payload_bytes` gets the bytes of
  // keys and values. The spill has no records when the table is empty.
  Result<SpillFile> Order(std::shared_ptr<JobTable> self,
                          const Partitioner& partitioner,
                          int threads,
                          std::uint64_t* payload_bytes);

 private:
  class Feed;
  struct Tally;

  static constexpr int kStripeBits = 5;
  static constexpr std::size_t kStripes = std::size_t{1} << kStripeBits;
  static constexpr int kSlotBits = 32 - kStripeBits;  // of a reference: stripe and slot

  struct alignas(64) Stripe {
    std::mutex mutex;
    std::unique_ptr<KeyTable> table;  // made with the first key
    std::size_t booked_bytes = 0;
  };

  static std::size_t StripeOf(std::uint64_t hash) { return hash >> (64 - kStripeBits); }
  template <int Op>
  bool PourAs(KeyTable& table);
  template <int Op>
  bool PourStripe(KeyTable& table, std::size_t* at, Stripe& stripe);
  void Book(Stripe& stripe);
  Status Count(std::size_t stripe, const Partitioner& partitioner, Tally* tally) const;
  void Spread(std::size_t stripe, const Partitioner& partitioner, Tally* tally);
  const KeyTable::Slot& SlotAt(std::uint32_t ref) const {
    return stripes_[ref >> kSlotBits].table->slot(ref & ((std::uint32_t{1} << kSlotBits) - 1));
  }
  std::string_view KeyAt(std::uint32_t ref, char* scratch) const {
    return stripes_[ref >> kSlotBits].table->KeyOf(SlotAt(ref), scratch);
  }
  std::string_view Key(std::uint32_t ref, char* scratch) const override { return KeyAt(ref, scratch); }
  SortEntry* entries() const { return reinterpret_cast<SortEntry*>(entries_.data()); }

  const int builtin_;
  const std::size_t stripe_capacity_bytes_;
  std::atomic<std::uint64_t>& held_bytes_;
  std::atomic<bool> full_{false};
  std::array<Stripe, kStripes> stripes_;

  int bucket_bits_ = 0;  // of the key's prefix, within a reduce
  MemoryBlock entries_;
  std::vector<std::uint64_t> first_;  // the first entry of each reduce, and the end
};

}  // namespace mrd::engine
