#include "engine/job_table.h"

#include <algorithm>
#include <bit>
#include <string>

#include "engine/int64_op.h"
#include "engine/record.h"
#include "engine/table_order.h"
#include "engine/task_pool.h"

namespace mrd::engine {

namespace {

// How far ahead slots are sent for.
constexpr std::size_t kAhead = 64;
constexpr std::size_t kFirstSlots = 1024;
constexpr std::size_t kCapacityLeast = kFirstSlots * 8 * sizeof(KeyTable::Slot);
// Fewer keys than this are sorted sooner than threads are started.
constexpr std::uint64_t kWorthThreads = 200000;
// Keys that a bucket should have, so that it is sorted within the second-level cache.
constexpr std::uint64_t kBucketKeys = 8192;
constexpr std::uint64_t kBucketsMost = 1 << 16;

}  // namespace

// What one stripe has for each bucket: first how many keys, then where the next of them goes.
struct JobTable::Tally {
  std::vector<std::uint32_t> buckets;
  std::vector<std::uint64_t> record_bytes;  // of each reduce
  std::uint64_t payload_bytes = 0;
};

// Makes records of the table's pairs in their order.
class JobTable::Feed : public RecordFeed {
 public:
  explicit Feed(std::shared_ptr<const JobTable> table) : table_(std::move(table)) {}

  std::uint64_t Fill(int reduce, std::uint64_t from, IoBuffer* buffer, std::size_t* bytes) const override {
    const JobTable& table = *table_;
    const std::uint64_t begin = table.first_[static_cast<std::size_t>(reduce)] + from;
    const std::uint64_t end = table.first_[static_cast<std::size_t>(reduce) + 1];
    const SortEntry* const entries = table.entries();
    char* out = buffer->data();
    std::uint64_t at = begin;
    for (; at < end; ++at) {
      if (at + kAhead < end) __builtin_prefetch(&table.SlotAt(entries[at + kAhead].ref));
      char scratch[KeyTable::kScratch];
      const std::string_view key = table.KeyAt(entries[at].ref, scratch);
      const std::size_t most = key.size() + 8 + kRecordOverhead;
      if (most > buffer->size() - static_cast<std::size_t>(out - buffer->data())) {
        if (at != begin) break;
        buffer->resize(most);
        out = buffer->data();
      }
      char value[8];
      EncodeInt64(static_cast<std::int64_t>(table.SlotAt(entries[at].ref).value), value);
      out = PutRecord(out, key, {value, sizeof(value)});
    }
    *bytes = static_cast<std::size_t>(out - buffer->data());
    return at - begin;
  }

 private:
  const std::shared_ptr<const JobTable> table_;
};

JobTable::JobTable(int builtin, std::uint64_t capacity_bytes, std::atomic<std::uint64_t>& held_bytes)
    : builtin_(builtin),
      stripe_capacity_bytes_(std::min<std::uint64_t>(capacity_bytes / kStripes,
                                                     sizeof(KeyTable::Slot) << kSlotBits)),
      held_bytes_(held_bytes) {
  if (stripe_capacity_bytes_ < kCapacityLeast) full_.store(true);
}

JobTable::~JobTable() {
  for (const Stripe& stripe : stripes_) held_bytes_.fetch_sub(stripe.booked_bytes, std::memory_order_relaxed);
}

bool JobTable::Pour(KeyTable& table) {
  if (full() || !WithOp(builtin_, [&]<int Op>() { return PourAs<Op>(table); })) {
    full_.store(true, std::memory_order_relaxed);
    return false;
  }
  table.Clear();
  return true;
}

template <int Op>
bool JobTable::PourAs(KeyTable& table) {
  for (std::size_t at = 0; at < table.slots();) {
    if (table.slot(at).high == 0) {
      ++at;
      continue;
    }
    Stripe& stripe = stripes_[StripeOf(KeyTable::HashOf(table.slot(at)))];
    const std::lock_guard lock(stripe.mutex);
    const bool poured = PourStripe<Op>(table, &at, stripe);
    Book(stripe);
    if (!poured) return false;
  }
  return true;
}

// From slot `*at` on, as long as the keys belong to the stripe.
template <int Op>
bool JobTable::PourStripe(KeyTable& table, std::size_t* at, Stripe& stripe) {
  if (stripe.table == nullptr) {
    stripe.table = std::make_unique<KeyTable>(
        stripe_capacity_bytes_, KeyTable::Shape{.first_slots = kFirstSlots, .dense = true, .skipped_bits = kStripeBits});
  }
  KeyTable& to = *stripe.table;
  const std::size_t slots = table.slots();
  for (; *at < slots; ++*at) {
    if (*at + kAhead < slots) {
      const KeyTable::Slot& ahead = table.slot(*at + kAhead);
      if (ahead.high != 0) to.Prefetch(KeyTable::HashOf(ahead) << kStripeBits);
    }
    KeyTable::Slot& slot = table.slot(*at);
    if (slot.high == 0) continue;
    const std::uint64_t hash = KeyTable::HashOf(slot);
    if (&stripes_[StripeOf(hash)] != &stripe) return true;
    if (!to.MakeRoom(1)) return false;
    bool fresh = false;
    KeyTable::Slot* target = nullptr;
    if (KeyTable::IsLong(slot)) {
      const std::string_view key = table.KeyOf(slot, nullptr);
      target = to.Find(key.data(), key.size(), &fresh);
      if (target == nullptr) return false;
    } else {
      target = to.FindShort({slot.low, slot.high}, hash << kStripeBits, &fresh);
    }
    CombineInto<Op>(target, fresh, static_cast<std::int64_t>(slot.value));
    table.Vacate(slot);
  }
  return true;
}

void JobTable::Book(Stripe& stripe) {
  const std::size_t bytes = 2 * stripe.table->memory_bytes();  // an entry and its scratch are smaller than a slot in use
  held_bytes_.fetch_add(bytes - stripe.booked_bytes, std::memory_order_relaxed);
  stripe.booked_bytes = bytes;
}

Status JobTable::Count(std::size_t stripe, const Partitioner& partitioner, Tally* tally) const {
  const auto reduces = static_cast<std::size_t>(partitioner.reduces());
  tally->buckets.assign(reduces << bucket_bits_, 0);
  tally->record_bytes.assign(reduces, 0);
  if (stripes_[stripe].table == nullptr) return Status::Ok();
  const KeyTable& table = *stripes_[stripe].table;
  for (std::size_t at = 0; at < table.slots(); ++at) {
    const KeyTable::Slot& slot = table.slot(at);
    if (slot.high == 0) continue;
    char scratch[KeyTable::kScratch];
    char value[8];
    const std::string_view key = table.KeyOf(slot, scratch);
    EncodeInt64(static_cast<std::int64_t>(slot.value), value);
    const std::size_t reduce = partitioner.Reduce(key, {value, sizeof(value)});
    MRD_RETURN_IF_ERROR(CheckReduce(static_cast<std::uint32_t>(reduce), partitioner.reduces()));
    const std::uint64_t prefix = KeyPrefix(key.data(), key.size());
    ++tally->buckets[reduce << bucket_bits_ | (bucket_bits_ == 0 ? 0 : prefix >> (64 - bucket_bits_))];
    char sizes[kRecordOverhead];
    const char* const end = PutVarint32(PutVarint32(sizes, static_cast<std::uint32_t>(key.size())), 8);
    tally->record_bytes[reduce] += static_cast<std::uint64_t>(end - sizes) + key.size() + sizeof(value);
    tally->payload_bytes += key.size() + sizeof(value);
  }
  return Status::Ok();
}

void JobTable::Spread(std::size_t stripe, const Partitioner& partitioner, Tally* tally) {
  if (stripes_[stripe].table == nullptr) return;
  const KeyTable& table = *stripes_[stripe].table;
  SortEntry* const to = entries();
  for (std::size_t at = 0; at < table.slots(); ++at) {
    const KeyTable::Slot& slot = table.slot(at);
    if (slot.high == 0) continue;
    char scratch[KeyTable::kScratch];
    char value[8];
    const std::string_view key = table.KeyOf(slot, scratch);
    EncodeInt64(static_cast<std::int64_t>(slot.value), value);
    const std::uint32_t reduce = partitioner.Reduce(key, {value, sizeof(value)});
    const std::uint64_t prefix = KeyPrefix(key.data(), key.size());
    const std::size_t bucket =
        std::size_t{reduce} << bucket_bits_ | (bucket_bits_ == 0 ? 0 : prefix >> (64 - bucket_bits_));
    to[tally->buckets[bucket]++] = {prefix, reduce, static_cast<std::uint32_t>(stripe << kSlotBits | at)};
  }
}

Result<SpillFile> JobTable::Order(std::shared_ptr<JobTable> self,
                                  const Partitioner& partitioner,
                                  int threads,
                                  std::uint64_t* payload_bytes) {
  std::uint64_t keys = 0;
  for (const Stripe& stripe : stripes_) keys += stripe.table == nullptr ? 0 : stripe.table->used();
  if (keys < kWorthThreads) threads = 1;
  const auto each = [&](std::size_t count, const auto& work) { return ForEach(count, threads, work); };
  const auto reduces = static_cast<std::size_t>(partitioner.reduces());
  const std::uint64_t per_reduce = std::min(keys / kBucketKeys, kBucketsMost) / reduces;
  bucket_bits_ = per_reduce == 0 ? 0 : std::bit_width(per_reduce) - 1;
  const std::size_t buckets = reduces << bucket_bits_;

  std::vector<Tally> tallies(kStripes);
  MRD_RETURN_IF_ERROR(
      each(kStripes, [&](std::size_t i, std::size_t) { return Count(i, partitioner, &tallies[i]); }));

  SpillFile spill;
  spill.segments.resize(reduces);
  std::vector<std::uint64_t> first(buckets + 1);
  std::uint64_t next = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    first[bucket] = next;
    for (Tally& tally : tallies) {
      const std::uint32_t count = tally.buckets[bucket];
      tally.buckets[bucket] = static_cast<std::uint32_t>(next);
      next += count;
    }
  }
  first[buckets] = next;
  for (std::size_t reduce = 0; reduce <= reduces; ++reduce) first_.push_back(first[reduce << bucket_bits_]);
  *payload_bytes = 0;
  for (const Tally& tally : tallies) {
    *payload_bytes += tally.payload_bytes;
    for (std::size_t reduce = 0; reduce < reduces; ++reduce) spill.segments[reduce].bytes += tally.record_bytes[reduce];
  }
  for (std::size_t reduce = 0; reduce < reduces; ++reduce) {
    spill.segments[reduce].records = first_[reduce + 1] - first_[reduce];
  }

  entries_ = MemoryBlock(keys * sizeof(SortEntry));
  MRD_RETURN_IF_ERROR(each(kStripes, [&](std::size_t i, std::size_t) {
    Spread(i, partitioner, &tallies[i]);
    return Status::Ok();
  }));
  std::vector<std::vector<SortEntry>> scratch(static_cast<std::size_t>(threads));
  MRD_RETURN_IF_ERROR(each(buckets, [&](std::size_t bucket, std::size_t worker) {
    const std::size_t size = first[bucket + 1] - first[bucket];
    if (scratch[worker].size() < size) scratch[worker].resize(size);
    SortEntries({entries() + first[bucket], size}, {scratch[worker].data(), size}, *this, KeyOrder());
    return Status::Ok();
  }));
  spill.feed = std::make_shared<Feed>(std::move(self));
  return spill;
}

}  // namespace mrd::engine
