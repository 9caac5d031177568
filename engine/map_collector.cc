#include "engine/map_collector.h"

#include <algorithm>
#include <atomic>
#include <cstdio>

namespace mrd::engine {

namespace {
// The hit rate is looked at when the table reaches this many keys, and at every doubling.
constexpr std::size_t kFirstCheck = std::size_t{1} << 16;
// A table that is poured into the job's once it holds this many keys never grows beyond 2^17 slots, 4 MB.
constexpr std::size_t kPourAt = (std::size_t{1} << 16) - 512;
// How far ahead records are fetched into the cache while they are written in sorted order.
constexpr std::size_t kAhead = 12;
// Pairs of less memory than this are cheaper to write than to keep: each buffer has its own large pages.
constexpr std::size_t kHoldLeast = std::size_t{1} << 20;
}  // namespace

SortBuffer& TaskMemory::sort_buffer() {
  table_.reset();
  table_order_.reset();
  if (sort_buffer_ == nullptr) sort_buffer_ = std::make_unique<SortBuffer>(sort_bytes());
  return *sort_buffer_;
}

KeyTable& TaskMemory::table() {
  sort_buffer_.reset();
  if (table_ == nullptr) table_ = std::make_unique<KeyTable>(table_bytes());
  return *table_;
}

TableOrder& TaskMemory::table_order() {
  if (table_order_ == nullptr) table_order_ = std::make_unique<TableOrder>(table_bytes());
  return *table_order_;
}

void TaskMemory::Release() {
  sort_buffer_.reset();
  table_.reset();
  table_order_.reset();
}

MapCollector::MapCollector(Attempt& attempt, const Partitioner& partitioner, TaskMemory& memory)
    : attempt_(attempt),
      partitioner_(partitioner),
      memory_(memory),
      order_(attempt.job().definition.sort_comparator ? KeyOrder(&*attempt.job().definition.sort_comparator)
                                                      : KeyOrder()) {
  const auto& combiner = attempt.job().definition.combiner;
  if (!combiner) {
    sort_ = &memory.sort_buffer();
    sort_->Clear();
    may_move_ = memory.job_records() != nullptr;
    return;
  }
  check_at_ = kFirstCheck;
  if (combiner->builtin != MR_BUILTIN_NONE) {
    mode_ = Mode::kInt64;
    table_ = &memory.table();
    if (memory.job_table() == nullptr) {
      table_->Clear();
    } else {
      check_at_ = kPourAt;
    }
    int64_ = std::make_unique<Int64Combiner>(*table_, combiner->builtin);
  } else {
    mode_ = Mode::kChain;
    memory.Release();
    chain_ = std::make_unique<ChainCombiner>(*combiner, memory.chain_table_bytes());
    combine_attempt_ = std::make_unique<CombineAttempt>(attempt.job(), attempt.number());
  }
}

MapCollector::~MapCollector() = default;

Status MapCollector::Add(std::string_view key, std::string_view value) {
  if (key.size() + value.size() > kRecordBytesMax) {
    return ResourceExhausted("a pair of " + std::to_string(key.size() + value.size()) + " bytes was emitted; the limit is " +
                             std::to_string(kRecordBytesMax));
  }
  switch (mode_) {
    case Mode::kInt64: return AddInt64(key, value);
    case Mode::kChain: return AddChain(key, value);
    case Mode::kSort: return AddSorted(key, value);
  }
  return Status::Ok();
}

void MapCollector::CheckHitRate(std::size_t keys) {
  const double emitted = static_cast<double>(combine_input_ - since_spill_);
  const double hit_rate = 1 - static_cast<double>(keys) / emitted;
  check_at_ *= 2;
  combining_pays_ = hit_rate >= attempt_.job().settings.combine_hit_rate_min;
}

Status MapCollector::FlushBatch() {
  const std::size_t pairs = int64_->batched();
  if (pairs == 0) return Status::Ok();
  const std::uint64_t bytes_before = int64_->flushed_key_bytes();
  MRD_ASSIGN_OR_RETURN(const bool moved, int64_->Flush());
  if (!moved) {
    MRD_RETURN_IF_ERROR(EmptyTable());
    MRD_RETURN_IF_ERROR(int64_->Flush().status());  // an empty table has room for a batch
  }
  batched_pairs_ += pairs;
  batched_key_bytes_ += int64_->flushed_key_bytes() - bytes_before;
  combine_input_ += pairs;
  return table_->used() >= check_at_ ? TableIsLarge() : Status::Ok();
}

Status MapCollector::AddInt64(std::string_view key, std::string_view value) {
  if (value.size() != 8) {
    return InvalidArgument("a value of " + std::to_string(value.size()) +
                           " bytes came to a combiner of 64-bit integers; emit int64 values or drop the combiner");
  }
  if (!int64_->Add(key.data(), key.size(), DecodeInt64(value.data()))) {
    MRD_RETURN_IF_ERROR(FlushBatch());
    int64_->Settle();
    if (table_->used() == 0) {  // a key larger than the whole table
      const std::uint32_t reduce = partitioner_.Reduce(key, value);
      MRD_RETURN_IF_ERROR(CheckReduce(reduce, partitioner_.reduces()));
      return SpillAlone(key, value, reduce);
    }
    MRD_RETURN_IF_ERROR(combining_pays_ ? EmptyTable() : SwitchToSorting());
    return Add(key, value);
  }
  ++combine_input_;
  if (table_->used() >= check_at_) MRD_RETURN_IF_ERROR(TableIsLarge());
  return Settle();
}

Status MapCollector::AddChain(std::string_view key, std::string_view value) {
  if (chain_->Add(key, value)) {
    ++combine_input_;
    if (chain_->keys() >= check_at_) CheckHitRate(chain_->keys());
    return Settle();
  }
  if (chain_->empty()) {
    const std::uint32_t reduce = partitioner_.Reduce(key, value);
    MRD_RETURN_IF_ERROR(CheckReduce(reduce, partitioner_.reduces()));
    return SpillAlone(key, value, reduce);
  }
  if (attempt_.ShouldStop()) return attempt_.failure();
  MRD_ASSIGN_OR_RETURN(const bool roomy, chain_->Compact(*combine_attempt_));
  if (!roomy || !chain_->Add(key, value)) {
    MRD_RETURN_IF_ERROR(SpillChains());
    return AddChain(key, value);
  }
  ++combine_input_;
  return Status::Ok();
}

Status MapCollector::AddSorted(std::string_view key, std::string_view value) {
  if (AddToJob(key, value)) [[likely]] return Status::Ok();
  const std::uint32_t reduce = partitioner_.Reduce(key, value);
  if (reduce >= static_cast<std::uint32_t>(partitioner_.reduces())) [[unlikely]] {
    return CheckReduce(reduce, partitioner_.reduces());
  }
  job_records_ = nullptr;  // what follows goes the other way
  if (!sort_->Add(key, value, reduce)) {
    if (sort_->empty()) return SpillAlone(key, value, reduce);
    MRD_RETURN_IF_ERROR(SpillSorted());
    if (!sort_->Add(key, value, reduce)) return SpillAlone(key, value, reduce);
  }
  sorted_bytes_ += key.size() + value.size();
  if (may_move_ && sorted_bytes_ >= kHoldLeast) MoveToJob();
  return Status::Ok();
}

// Hands what came so far to the job's records, as far as they have room. If that is all, further pairs go there too.
void MapCollector::MoveToJob() {
  may_move_ = false;
  if (!spills_.empty()) return;  // they came first, and would have to stay in front
  JobRecords::Writer& to = *memory_.job_records();
  to.BeginTask(attempt_.number());
  moved_ = true;
  std::size_t moved = 0;
  const std::span<const SortEntry> all = sort_->sorted();
  for (; moved < all.size(); ++moved) {
    const SortBuffer::Record record = sort_->RecordAt(all[moved].ref);
    if (!to.Add(record.key, record.value, all[moved].reduce)) break;
    moved_bytes_ += record.key.size() + record.value.size();
  }
  sorted_bytes_ -= moved_bytes_;
  if (moved == all.size()) {
    sort_->Clear();
    job_records_ = &to;
  } else {
    sort_->DropFirst(moved);
  }
}

Status MapCollector::SwitchToSorting() {
  if (mode_ == Mode::kInt64) {
    MRD_RETURN_IF_ERROR(FlushBatch());
    MRD_RETURN_IF_ERROR(SpillTable());
    int64_.reset();
    table_ = nullptr;
  } else {
    MRD_RETURN_IF_ERROR(SpillChains());
    chain_.reset();
  }
  mode_ = Mode::kSort;
  sort_ = &memory_.sort_buffer();
  sort_->Clear();
  return Status::Ok();
}

Result<std::unique_ptr<SpillWriter>> MapCollector::NewSpill() {
  if (attempt_.ShouldStop()) return attempt_.failure();
  char name[64];
  std::snprintf(name, sizeof(name), "/spill_m_%06d_%zu.out", attempt_.number(), spills_.size());
  const JobContext& job = attempt_.job();
  // Each file goes to the next directory, so that all disks share the work; to those after it when its disk is full.
  std::vector<std::string> directories{job.local_dir};
  directories.insert(directories.end(), job.more_local_dirs.begin(), job.more_local_dirs.end());
  const std::size_t turn = (static_cast<std::size_t>(attempt_.number()) + spills_.size()) % directories.size();
  std::ranges::rotate(directories, directories.begin() + static_cast<std::ptrdiff_t>(turn));
  const std::string path = directories.front() + name;
  // Those beyond the first are made when they are needed; one that cannot be is found out by creating the file.
  if (turn != 0) static_cast<void>(job.env.CreateDir(directories.front(), 0700).ok());
  directories.erase(directories.begin());
  return SpillWriter::Create(job.env, path, partitioner_.reduces(), job.settings.compress_map_output,
                             std::move(directories));
}

Status MapCollector::Finished(SpillWriter& writer) {
  MRD_ASSIGN_OR_RETURN(SpillFile spill, writer.Finish());
  for (const SegmentRange& segment : spill.segments) spilled_records_ += segment.records;
  spilled_bytes_ += writer.bytes_written();
  attempt_.ledger.combine_bytes += writer.payload_bytes();
  Number(std::move(spill));
  return Status::Ok();
}

void MapCollector::Number(SpillFile spill) {
  spill.map = attempt_.number();
  spill.sequence = static_cast<int>(spills_.size());
  spills_.push_back(std::move(spill));
}

Status MapCollector::TableIsLarge() {
  if (memory_.job_table() != nullptr && !memory_.job_table()->full()) return EmptyTable();
  CheckHitRate(table_->used());
  return Status::Ok();
}

// Moves the table's pairs to the job's table if there is one. What finds no room there is spilled.
Status MapCollector::EmptyTable() {
  JobTable* const all = memory_.job_table();
  int64_->Settle();
  if (all == nullptr || all->full() || !all->Pour(*table_)) return SpillTable();
  since_spill_ = combine_input_;
  return Status::Ok();
}

Status MapCollector::SpillTable() {
  int64_->Settle();
  if (table_->used() == 0) return Status::Ok();
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<SpillWriter> writer, NewSpill());
  MRD_RETURN_IF_ERROR(WriteInt64Table(*table_, memory_.table_order(), partitioner_, order_, *writer));
  combine_output_ += table_->used();
  since_spill_ = combine_input_;
  check_at_ = kFirstCheck;
  table_->Clear();
  return Finished(*writer);
}

Status MapCollector::SpillChains() {
  if (chain_->empty()) return Status::Ok();
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<SpillWriter> writer, NewSpill());
  std::uint64_t pairs = 0;
  MRD_RETURN_IF_ERROR(
      chain_->Write(*combine_attempt_, memory_.table_order(), partitioner_, order_, *writer, &pairs));
  combine_output_ += pairs;
  since_spill_ = combine_input_;
  check_at_ = kFirstCheck;
  chain_->Clear();
  return Finished(*writer);
}

// Writes the sorted pairs to memory instead of a file, if the job may hold as much.
bool MapCollector::Hold() {
  const std::uint64_t limit = attempt_.job().settings.shuffle_memory_bytes;
  const std::span<const SortEntry> sorted = sort_->sorted();
  const std::size_t most = sorted_bytes_ + sorted.size() * kRecordOverhead;
  if (limit == 0 || most < kHoldLeast) return false;
  auto memory = std::make_shared<MemoryBlock>(most);
  const std::size_t bytes = memory->size();
  std::atomic<std::uint64_t>& held = attempt_.job().held_bytes;
  if (held.fetch_add(bytes, std::memory_order_relaxed) + bytes > limit) {
    held.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }
  SpillFile spill;
  spill.segments.resize(static_cast<std::size_t>(partitioner_.reduces()));
  char* out = memory->data();
  for (std::size_t i = 0; i < sorted.size();) {
    SegmentRange& segment = spill.segments[sorted[i].reduce];
    char* const begin = out;
    const std::size_t first = i;
    for (const std::uint32_t reduce = sorted[i].reduce; i < sorted.size() && sorted[i].reduce == reduce; ++i) {
      if (i + kAhead < sorted.size()) sort_->Prefetch(sorted[i + kAhead].ref);
      const SortBuffer::Record record = sort_->RecordAt(sorted[i].ref);
      out = PutRecord(out, record.key, record.value);
    }
    segment = {.offset = static_cast<std::uint64_t>(begin - memory->data()),
               .bytes = static_cast<std::uint64_t>(out - begin),
               .records = i - first};
  }
  held_bytes_ += static_cast<std::uint64_t>(out - memory->data());
  attempt_.ledger.combine_bytes += sorted_bytes_;
  spill.held = std::move(memory);
  Number(std::move(spill));
  return true;
}

Status MapCollector::SpillSorted() {
  if (sort_->empty()) return Status::Ok();
  if (attempt_.ShouldStop()) return attempt_.failure();
  sort_->Sort(order_);
  if (!Hold()) MRD_RETURN_IF_ERROR(WriteSorted());
  sort_->Clear();
  sorted_bytes_ = 0;
  return Status::Ok();
}

Status MapCollector::WriteSorted() {
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<SpillWriter> writer, NewSpill());
  const std::span<const SortEntry> sorted = sort_->sorted();
  int current = -1;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i + kAhead < sorted.size()) sort_->Prefetch(sorted[i + kAhead].ref);
    const SortEntry& entry = sorted[i];
    if (static_cast<int>(entry.reduce) != current) {
      current = static_cast<int>(entry.reduce);
      MRD_RETURN_IF_ERROR(writer->StartSegment(current));
    }
    const SortBuffer::Record record = sort_->RecordAt(entry.ref);
    MRD_RETURN_IF_ERROR(writer->Append(record.key, record.value));
  }
  return Finished(*writer);
}

Status MapCollector::SpillAlone(std::string_view key, std::string_view value, std::uint32_t reduce) {
  MRD_ASSIGN_OR_RETURN(std::unique_ptr<SpillWriter> writer, NewSpill());
  MRD_RETURN_IF_ERROR(writer->StartSegment(static_cast<int>(reduce)));
  MRD_RETURN_IF_ERROR(writer->Append(key, value));
  return Finished(*writer);
}

Result<std::vector<SpillFile>> MapCollector::Finish() {
  switch (mode_) {
    case Mode::kInt64:
      MRD_RETURN_IF_ERROR(FlushBatch());
      int64_->Settle();
      // What goes to the job's table may wait for more.
      if (memory_.job_table() == nullptr || memory_.job_table()->full()) MRD_RETURN_IF_ERROR(SpillTable());
      break;
    case Mode::kChain: MRD_RETURN_IF_ERROR(SpillChains()); break;
    case Mode::kSort:
      if (may_move_ && !sort_->empty() && memory_.job_records()->takes_little()) MoveToJob();
      MRD_RETURN_IF_ERROR(SpillSorted());
      if (!moved_) break;
      held_bytes_ += memory_.job_records()->EndTask();
      attempt_.ledger.combine_bytes += moved_bytes_;
      break;
  }
  Counters& counters = attempt_.framework;
  if (attempt_.job().definition.combiner) {
    counters.Add(kTaskGroup, "COMBINE_INPUT_RECORDS", static_cast<std::int64_t>(combine_input_));
    counters.Add(kTaskGroup, "COMBINE_OUTPUT_RECORDS", static_cast<std::int64_t>(combine_output_));
  }
  if (combine_attempt_ != nullptr) counters.Merge(combine_attempt_->TakeCounters());
  counters.Add(kTaskGroup, "SPILLED_RECORDS", static_cast<std::int64_t>(spilled_records_));
  counters.Add(kTaskGroup, "MAP_OUTPUT_MATERIALIZED_BYTES", static_cast<std::int64_t>(spilled_bytes_ + held_bytes_));
  attempt_.ledger.spill_bytes += spilled_bytes_;
  return std::move(spills_);
}

}  // namespace mrd::engine
