#include "engine/job_records.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "engine/record.h"
#include "engine/task_pool.h"

namespace mrd::engine {

namespace {

constexpr std::size_t kRecordChunk = std::size_t{512} << 10;
constexpr std::size_t kEntryChunk = std::size_t{64} << 10;
// References of 32 bits count four bytes each.
constexpr std::uint64_t kCapacityMax = std::uint64_t{16} << 30;
// Fewer records than this are sorted sooner than threads are started.
constexpr std::uint64_t kWorthThreads = 100000;
// Entries that a bucket should have, so that it is sorted within the second-level cache.
constexpr std::uint64_t kBucketEntries = 4096;
constexpr std::uint64_t kBucketsMost = 1 << 14;
// Parts of the input that are counted and spread each on its own: each has a number for every bucket.
constexpr std::size_t kUnitsMost = 64;

}  // namespace

// Cuts the prefixes of each reduce, from the least to the greatest that occurs, into equal ranges.
class JobRecords::Buckets {
 public:
  Buckets(const std::vector<Bounds>& bounds, std::uint64_t records) {
    const std::uint64_t wanted = std::clamp<std::uint64_t>(records / kBucketEntries / bounds.size(), 1,
                                                           std::max<std::uint64_t>(1, kBucketsMost / bounds.size()));
    const int bits = static_cast<int>(std::bit_width(wanted - 1));
    for (const Bounds& of_reduce : bounds) {
      Cut cut{.first = count_, .least = of_reduce.least};
      if (of_reduce.least <= of_reduce.most) {
        const std::uint64_t span = of_reduce.most - of_reduce.least;
        cut.shift = std::max(0, static_cast<int>(std::bit_width(span)) - bits);
        // A shift by 64 bits is none, and one bucket needs no number.
        if (cut.shift == 64) cut.shift = 63;
        count_ += static_cast<std::size_t>(span >> cut.shift) + 1;
      }
      cuts_.push_back(cut);
    }
  }

  std::size_t count() const { return count_; }
  std::size_t Of(const SortEntry& entry) const {
    const Cut& cut = cuts_[entry.reduce];
    return cut.first + static_cast<std::size_t>((entry.prefix - cut.least) >> cut.shift);
  }

 private:
  struct Cut {
    std::size_t first = 0;
    std::uint64_t least = 0;
    int shift = 0;
  };
  std::vector<Cut> cuts_;
  std::size_t count_ = 0;
};

JobRecords::JobRecords(std::uint64_t capacity_bytes,
                       int reduces,
                       int writers,
                       bool takes_little,
                       std::atomic<std::uint64_t>& held_bytes)
    : capacity_(capacity_bytes),
      takes_little_(takes_little),
      reduces_(static_cast<std::size_t>(reduces)),
      held_bytes_(held_bytes),
      record_capacity_(std::min(capacity_bytes, kCapacityMax)),
      records_(record_capacity_ + kGatherSlack),
      entry_memory_(capacity_bytes / 2) {  // each costs twice its size
  for (int i = 0; i < writers; ++i) writers_.emplace_back(*this);
}

JobRecords::~JobRecords() { held_bytes_.fetch_sub(booked_bytes_.load(), std::memory_order_relaxed); }

bool JobRecords::Claim(std::atomic<std::uint64_t>& used,
                       std::size_t capacity,
                       std::size_t bytes,
                       std::size_t cost,
                       std::size_t* at) {
  if (held_bytes_.fetch_add(cost, std::memory_order_relaxed) + cost > capacity_) {
    held_bytes_.fetch_sub(cost, std::memory_order_relaxed);
    return false;
  }
  booked_bytes_.fetch_add(cost, std::memory_order_relaxed);
  // What lies beyond the end is lost, but then nothing more is wanted from here.
  *at = used.fetch_add(bytes, std::memory_order_relaxed);
  return *at + bytes <= capacity;
}

void JobRecords::Writer::BeginTask(int map) {
  share_ = Share{.map = map, .slices = {}, .segments = std::vector<SegmentRange>(all_.reduces_)};
  slice_ = entry_;
}

void JobRecords::Writer::CloseSlice() {
  if (entry_ != slice_) {
    share_.slices.push_back({slice_, static_cast<std::size_t>(entry_ - slice_)});
    share_.records += static_cast<std::uint64_t>(entry_ - slice_);
  }
  slice_ = entry_;
}

bool JobRecords::Writer::Grow(std::size_t bytes) {
  std::size_t at = 0;
  if (bytes > static_cast<std::size_t>(end_ - at_)) {
    const std::size_t size = (bytes + kRecordChunk - 1) / kRecordChunk * kRecordChunk;
    if (!all_.Claim(all_.records_used_, all_.record_capacity_, size, size, &at)) return false;
    // Usually it follows the last one, whose rest is then good for a record.
    char* const begin = all_.records_.data() + at;
    if (begin != end_) at_ = begin;
    end_ = begin + size;
  }
  if (entry_ == entry_end_) {
    CloseSlice();
    if (!all_.Claim(all_.entries_used_, all_.entry_memory_.size(), kEntryChunk, 2 * kEntryChunk, &at)) return false;
    slice_ = entry_ = all_.arrived() + at / sizeof(SortEntry);
    entry_end_ = entry_ + kEntryChunk / sizeof(SortEntry);
  }
  return true;
}

std::uint64_t JobRecords::Writer::EndTask() {
  CloseSlice();
  std::uint64_t bytes = 0;
  for (const SegmentRange& segment : share_.segments) bytes += segment.bytes;
  if (share_.records != 0) shares_.push_back(std::move(share_));
  share_ = Share();
  return bytes;
}

std::string_view JobRecords::Key(std::uint32_t ref, char*) const {
  const char* const record = records_.data() + std::size_t{ref} * Writer::kAlign;
  const char* const end = record + kRecordOverhead;  // the numbers were written by PutRecord()
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  const char* const key = GetVarint32(GetVarint32(record, end, &key_size), end, &value_size);
  return {key, key_size};
}

SpillFile JobRecords::NewSpill(std::shared_ptr<JobRecords> self) const {
  SpillFile spill;
  spill.ordered = {.owner = std::move(self), .records = records_.data(), .entries = ordered()};
  spill.segments.resize(reduces_);
  for (SegmentRange& segment : spill.segments) segment.outputs = 0;
  return spill;
}

void JobRecords::Sort(std::size_t begin, std::size_t size, std::vector<SortEntry>& scratch) {
  const std::span<SortEntry> entries{ordered() + begin, size};
  if (size > 4 * kBucketEntries) {
    // The entries in the order of arrival are not needed any more, and they are at least as many.
    SortEntries(entries, {arrived() + begin, size}, *this, KeyOrder());
    return;
  }
  if (scratch.size() < size) scratch.resize(4 * kBucketEntries);
  SortEntries(entries, {scratch.data(), size}, *this, KeyOrder());
}

Result<SpillFile> JobRecords::OrderJointly(std::shared_ptr<JobRecords> self,
                                           const std::vector<const Share*>& shares,
                                           int threads) {
  std::uint64_t records = 0;
  for (const Share* share : shares) records += share->records;
  std::vector<Bounds> bounds(reduces_);
  for (const Writer& writer : writers_) {
    for (std::size_t reduce = 0; reduce < reduces_; ++reduce) {
      bounds[reduce].least = std::min(bounds[reduce].least, writer.bounds_[reduce].least);
      bounds[reduce].most = std::max(bounds[reduce].most, writer.bounds_[reduce].most);
    }
  }
  const Buckets buckets(bounds, records);

  const std::size_t units = std::min(shares.size(), kUnitsMost);
  const auto each_slice = [&](std::size_t unit, const auto& take) {
    for (std::size_t i = unit * shares.size() / units; i < (unit + 1) * shares.size() / units; ++i) {
      for (const Slice& slice : shares[i]->slices) take(slice);
    }
  };
  // First how many entries each unit has for each bucket, then where the next of them goes.
  std::vector<std::vector<std::uint32_t>> tallies(units);
  MRD_RETURN_IF_ERROR(ForEach(units, threads, [&](std::size_t unit, std::size_t) {
    std::vector<std::uint32_t>& tally = tallies[unit];
    tally.assign(buckets.count(), 0);
    each_slice(unit, [&](const Slice& slice) {
      for (std::size_t i = 0; i < slice.count; ++i) ++tally[buckets.Of(slice.begin[i])];
    });
    return Status::Ok();
  }));
  std::vector<std::size_t> first(buckets.count() + 1);
  std::size_t next = 0;
  for (std::size_t bucket = 0; bucket < buckets.count(); ++bucket) {
    first[bucket] = next;
    for (std::vector<std::uint32_t>& tally : tallies) {
      next += std::exchange(tally[bucket], static_cast<std::uint32_t>(next));
    }
  }
  first[buckets.count()] = next;

  ordered_ = MemoryBlock(records * sizeof(SortEntry));
  MRD_RETURN_IF_ERROR(ForEach(units, threads, [&](std::size_t unit, std::size_t) {
    SortEntry* const to = ordered();
    std::vector<std::uint32_t>& tally = tallies[unit];
    each_slice(unit, [&](const Slice& slice) {
      for (std::size_t i = 0; i < slice.count; ++i) to[tally[buckets.Of(slice.begin[i])]++] = slice.begin[i];
    });
    return Status::Ok();
  }));
  std::vector<std::vector<SortEntry>> scratch(static_cast<std::size_t>(threads));
  MRD_RETURN_IF_ERROR(ForEach(buckets.count(), threads, [&](std::size_t bucket, std::size_t worker) {
    Sort(first[bucket], first[bucket + 1] - first[bucket], scratch[worker]);
    return Status::Ok();
  }));

  SpillFile spill = NewSpill(std::move(self));
  std::uint64_t offset = 0;
  for (std::size_t reduce = 0; reduce < reduces_; ++reduce) {
    SegmentRange& segment = spill.segments[reduce];
    for (const Share* share : shares) {
      segment.records += share->segments[reduce].records;
      segment.bytes += share->segments[reduce].bytes;
      if (share->segments[reduce].records != 0) ++segment.outputs;
    }
    segment.offset = offset;
    offset += segment.records;
  }
  return spill;
}

Result<std::vector<SpillFile>> JobRecords::OrderEach(std::shared_ptr<JobRecords> self,
                                                     const std::vector<const Share*>& shares,
                                                     int threads) {
  std::vector<std::size_t> first(shares.size() + 1);
  for (std::size_t i = 0; i < shares.size(); ++i) first[i + 1] = first[i] + shares[i]->records;
  ordered_ = MemoryBlock(first.back() * sizeof(SortEntry));
  // All are copied before the first is sorted, which may use the place of others as scratch space.
  MRD_RETURN_IF_ERROR(ForEach(shares.size(), threads, [&](std::size_t i, std::size_t) {
    SortEntry* to = ordered() + first[i];
    for (const Slice& slice : shares[i]->slices) to = std::copy_n(slice.begin, slice.count, to);
    return Status::Ok();
  }));
  std::vector<std::vector<SortEntry>> scratch(static_cast<std::size_t>(threads));
  MRD_RETURN_IF_ERROR(ForEach(shares.size(), threads, [&](std::size_t i, std::size_t worker) {
    Sort(first[i], shares[i]->records, scratch[worker]);
    return Status::Ok();
  }));
  std::vector<SpillFile> spills;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    SpillFile spill = NewSpill(self);
    spill.map = shares[i]->map;
    std::uint64_t offset = first[i];
    for (std::size_t reduce = 0; reduce < reduces_; ++reduce) {
      SegmentRange& segment = spill.segments[reduce];
      segment = shares[i]->segments[reduce];
      segment.offset = offset;
      offset += segment.records;
    }
    spills.push_back(std::move(spill));
  }
  return spills;
}

Result<std::vector<SpillFile>> JobRecords::Order(std::shared_ptr<JobRecords> self, bool joint, int threads) {
  std::vector<const Share*> shares;
  std::uint64_t records = 0;
  for (const Writer& writer : writers_) {
    for (const Share& share : writer.shares_) {
      shares.push_back(&share);
      records += share.records;
    }
  }
  if (shares.empty()) return std::vector<SpillFile>();
  std::sort(shares.begin(), shares.end(), [](const Share* a, const Share* b) { return a->map < b->map; });
  if (records < kWorthThreads) threads = 1;
  if (!joint) return OrderEach(std::move(self), shares, threads);
  MRD_ASSIGN_OR_RETURN(SpillFile all, OrderJointly(std::move(self), shares, threads));
  std::vector<SpillFile> spills;
  spills.push_back(std::move(all));
  return spills;
}

}  // namespace mrd::engine
