#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "engine/attempt.h"
#include "engine/chain_combiner.h"
#include "engine/int64_combiner.h"
#include "engine/job_records.h"
#include "engine/job_table.h"
#include "engine/key_table.h"
#include "engine/partitioner.h"
#include "engine/segment.h"
#include "engine/segment_format.h"
#include "engine/sort_buffer.h"
#include "engine/table_order.h"

namespace mrd::engine {

// The buffers of one worker thread, kept from task to task because touching fresh memory costs more than sorting in
// it. Only one of the kinds is in use at a time; asking for another gives the first's memory back.
class TaskMemory {
 public:
  // With a `job_table`, which must outlive this, integers that tasks leave in table() stay there from task to task until
  // there are enough to pour them into it; at the end the owner does that.
  // With `job_records`, which must outlive this too, pairs that are only sorted go there.
  explicit TaskMemory(std::size_t capacity_bytes,
                      JobTable* job_table = nullptr,
                      JobRecords::Writer* job_records = nullptr)
      : capacity_bytes_(capacity_bytes), job_table_(job_table), job_records_(job_records) {}

  std::size_t capacity_bytes() const { return capacity_bytes_; }
  SortBuffer& sort_buffer();
  KeyTable& table();
  JobTable* job_table() const { return job_table_; }
  JobRecords::Writer* job_records() const { return job_records_; }
  // The table, if there is one.
  KeyTable* kept_table() const { return table_.get(); }
  TableOrder& table_order();
  // Gives everything back, for a thread that goes on to reduce tasks.
  void Release();

  // Shares of the one number per task. What is left is for reading, writing and the sorting of a table's slots.
  std::size_t sort_bytes() const { return capacity_bytes_ - capacity_bytes_ / 16; }
  std::size_t table_bytes() const { return capacity_bytes_ / 8 * 5; }
  std::size_t chain_table_bytes() const { return capacity_bytes_ / 8 * 3; }

 private:
  const std::size_t capacity_bytes_;
  JobTable* const job_table_;
  JobRecords::Writer* const job_records_;
  std::unique_ptr<SortBuffer> sort_buffer_;
  std::unique_ptr<KeyTable> table_;
  std::unique_ptr<TableOrder> table_order_;
};

// Takes what a map task emits, keeps it within the task's memory, and leaves sorted spill files behind. With a combiner
// pairs are combined as they come, as long as that makes them fewer; without, they are sorted. One thread.
class MapCollector {
 public:
  // All must outlive the collector; `attempt` is the map attempt that emits.
  MapCollector(Attempt& attempt, const Partitioner& partitioner, TaskMemory& memory);
  ~MapCollector();

  enum class Mode { kSort, kInt64, kChain };
  Mode mode() const { return mode_; }

  // Any pair, in any mode.
  Status Add(std::string_view key, std::string_view value);
  // The short way of a pair that the job's records take. False: not taken, it is for Add().
  bool AddToJob(std::string_view key, std::string_view value) {
    if (job_records_ == nullptr || key.size() + value.size() > kRecordBytesMax) return false;
    const std::uint32_t reduce = partitioner_.Reduce(key, value);
    if (reduce >= static_cast<std::uint32_t>(partitioner_.reduces())) return false;
    if (!job_records_->Add(key, value, reduce)) return false;
    moved_bytes_ += key.size() + value.size();
    return true;
  }
  // The batch that short keys of 64-bit integers may go to directly, nullptr in other modes. Ask again after every call
  // of Add(), FlushBatch() and Settle().
  Int64Combiner* batch() { return int64_.get(); }
  // Takes a full batch towards the table.
  Status FlushBatch();
  // To be called now and then, between emits: stops combining once it was found not to pay.
  Status Settle() { return combining_pays_ || mode_ == Mode::kSort ? Status::Ok() : SwitchToSorting(); }

  // Pairs and key bytes that came through batches; the rest of the attempt's output was counted by the attempt.
  std::uint64_t batched_pairs() const { return batched_pairs_; }
  std::uint64_t batched_key_bytes() const { return batched_key_bytes_; }

  // Spills the rest. The attempt's framework counters and ledger get what the collector counted.
  Result<std::vector<SpillFile>> Finish();

 private:
  void CheckHitRate(std::size_t keys);
  Status AddChain(std::string_view key, std::string_view value);
  Status AddSorted(std::string_view key, std::string_view value);
  Status AddInt64(std::string_view key, std::string_view value);
  Status SwitchToSorting();
  Status TableIsLarge();
  Status EmptyTable();
  Status SpillTable();
  Status SpillChains();
  Status SpillSorted();
  void MoveToJob();
  bool Hold();
  Status WriteSorted();
  void Number(SpillFile spill);
  Status SpillAlone(std::string_view key, std::string_view value, std::uint32_t reduce);
  Result<std::unique_ptr<SpillWriter>> NewSpill();
  Status Finished(SpillWriter& writer);

  Attempt& attempt_;
  const Partitioner& partitioner_;
  TaskMemory& memory_;
  const KeyOrder order_;
  Mode mode_ = Mode::kSort;
  bool combining_pays_ = true;

  KeyTable* table_ = nullptr;
  std::unique_ptr<Int64Combiner> int64_;
  std::unique_ptr<ChainCombiner> chain_;
  std::unique_ptr<CombineAttempt> combine_attempt_;
  SortBuffer* sort_ = nullptr;
  JobRecords::Writer* job_records_ = nullptr;  // takes all further pairs
  bool may_move_ = false;                      // to the job's records
  bool moved_ = false;                         // the first pairs lie there
  std::uint64_t sorted_bytes_ = 0;  // keys and values in it
  std::uint64_t moved_bytes_ = 0;   // keys and values in the job's records

  std::uint64_t batched_pairs_ = 0;
  std::uint64_t batched_key_bytes_ = 0;
  std::uint64_t combine_input_ = 0;
  std::uint64_t combine_output_ = 0;
  std::uint64_t since_spill_ = 0;  // combine_input_ at the last spill
  std::size_t check_at_ = 0;       // look at the hit rate when the table holds this many keys
  std::vector<SpillFile> spills_;
  std::uint64_t spilled_records_ = 0;
  std::uint64_t spilled_bytes_ = 0;
  std::uint64_t held_bytes_ = 0;
};

}  // namespace mrd::engine
