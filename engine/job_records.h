#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "engine/memory_block.h"
#include "engine/record_sorter.h"
#include "engine/segment.h"

namespace mrd::engine {

// The map output of a whole job, in memory and in the order of arrival, until all maps are done. Then it is sorted once,
// by reduce and key over all maps, so that there is nothing to merge, and the records stay where they were put.
//
// Failure: what was put here cannot be taken back. It is for runners that end a job with its first failed attempt.
// Memory: address space of the whole capacity; what is touched is booked in `held_bytes`, sorting included, until this
// goes. Nothing is put here once the sum has reached the capacity.
// Threads: each Writer belongs to one; Order() to one, after all writing.
class JobRecords : private KeySource {
 public:
  class Writer;

  // `takes_little`: whether tasks with little output should put it here too. In a small job it is cheaper to write it to
  // a file; in a large one a single such file would mean merging. `held_bytes` must outlive this. Throws std::bad_alloc where there is not that much address space.
  JobRecords(std::uint64_t capacity_bytes,
             int reduces,
             int writers,
             bool takes_little,
             std::atomic<std::uint64_t>& held_bytes);
  ~JobRecords() override;

  Writer& writer(int number) { return writers_[static_cast<std::size_t>(number)]; }

  // Sorts by reduce and the key's bytes, equal keys by (map, position), on up to `threads` threads. If `joint`, one
  // spill holds what all maps left here; otherwise there is one for each map, in their order, which can be merged with
  // what else they left. The spills keep `self`, this object. None when nothing was put here.
  Result<std::vector<SpillFile>> Order(std::shared_ptr<JobRecords> self, bool joint, int threads);

 private:
  // Entries of one task that lie in a row.
  struct Slice {
    const SortEntry* begin = nullptr;
    std::size_t count = 0;
  };
  // What one task left here.
  struct Share {
    int map = 0;
    std::vector<Slice> slices;
    std::vector<SegmentRange> segments;  // records and bytes of each reduce
    std::uint64_t records = 0;
  };
  // The least and greatest prefix.
  struct Bounds {
    std::uint64_t least = ~std::uint64_t{0};
    std::uint64_t most = 0;
  };
  class Buckets;

  bool Claim(std::atomic<std::uint64_t>& used, std::size_t capacity, std::size_t bytes, std::size_t cost, std::size_t* at);
  Result<SpillFile> OrderJointly(std::shared_ptr<JobRecords> self, const std::vector<const Share*>& shares, int threads);
  Result<std::vector<SpillFile>> OrderEach(std::shared_ptr<JobRecords> self,
                                           const std::vector<const Share*>& shares,
                                           int threads);
  // Sorts [begin, begin + size) of the ordered entries.
  void Sort(std::size_t begin, std::size_t size, std::vector<SortEntry>& scratch);
  SpillFile NewSpill(std::shared_ptr<JobRecords> self) const;
  std::string_view Key(std::uint32_t ref, char* scratch) const override;
  SortEntry* arrived() const { return reinterpret_cast<SortEntry*>(entry_memory_.data()); }
  SortEntry* ordered() const { return reinterpret_cast<SortEntry*>(ordered_.data()); }

  const std::uint64_t capacity_;
  const bool takes_little_;
  const std::size_t reduces_;
  std::atomic<std::uint64_t>& held_bytes_;
  std::uint64_t record_capacity_;
  MemoryBlock records_;
  MemoryBlock entry_memory_;  // in the order of arrival; scratch space once they were spread
  MemoryBlock ordered_;
  std::atomic<std::uint64_t> records_used_{0};
  std::atomic<std::uint64_t> entries_used_{0};
  std::atomic<std::uint64_t> booked_bytes_{0};
  std::vector<Writer> writers_;
};

// One worker thread's way in. Its tasks come one after the other.
class alignas(64) JobRecords::Writer {
 public:
  // For the JobRecords alone.
  explicit Writer(JobRecords& all) : all_(all), bounds_(all.reduces_) {}

  bool takes_little() const { return all_.takes_little_; }
  void BeginTask(int map);
  // False when the memory has run out: the pair was not taken, and nothing should be added any more.
  bool Add(std::string_view key, std::string_view value, std::uint32_t reduce) {
    const std::size_t most = key.size() + value.size() + kRecordOverhead + kAlign;
    if (most > static_cast<std::size_t>(end_ - at_) || entry_ == entry_end_) [[unlikely]] {
      if (!Grow(most)) return false;
    }
    const std::uint64_t prefix = KeyPrefix(key.data(), key.size());
    char* const end = PutRecord(at_, key, value);
    *entry_++ = {prefix, reduce, static_cast<std::uint32_t>(static_cast<std::size_t>(at_ - all_.records_.data()) / kAlign)};
    const std::size_t size = static_cast<std::size_t>(end - at_);
    at_ += (size + kAlign - 1) & ~(kAlign - 1);
    SegmentRange& segment = share_.segments[reduce];
    ++segment.records;
    segment.bytes += size;
    Bounds& bounds = bounds_[reduce];
    if (prefix < bounds.least) bounds.least = prefix;
    if (prefix > bounds.most) bounds.most = prefix;
    return true;
  }
  // Returns how many bytes the task's records have.
  std::uint64_t EndTask();

 private:
  friend class JobRecords;
  static constexpr std::size_t kAlign = 4;  // references count so many bytes

  bool Grow(std::size_t bytes);
  void CloseSlice();

  JobRecords& all_;
  char* at_ = nullptr;
  char* end_ = nullptr;
  SortEntry* slice_ = nullptr;  // begin of the open one
  SortEntry* entry_ = nullptr;
  SortEntry* entry_end_ = nullptr;
  Share share_;  // of the current task
  std::vector<Share> shares_;
  std::vector<Bounds> bounds_;  // of each reduce
};

}  // namespace mrd::engine
