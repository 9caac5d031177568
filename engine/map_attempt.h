#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/attempt.h"
#include "engine/input_plan.h"
#include "engine/input_window.h"
#include "engine/map_collector.h"
#include "engine/output_writer.h"
#include "engine/partitioner.h"
#include "engine/record_reader.h"
#include "engine/segment.h"
#include "engine/skipped_log.h"

namespace mrd::engine {

// One run of a map task: feeds the records of its split to the mapper and takes what it emits, to spill files or, in a
// job without reduces, to the output. One thread.
class MapAttempt : public Attempt {
 public:
  // All must outlive the attempt.
  MapAttempt(JobContext& job, int number, const InputSplit& split, const Partitioner& partitioner, TaskMemory& memory);
  ~MapAttempt() override;

  // Runs to the end. OK: spills() or parts are complete.
  Status Run();
  std::vector<SpillFile> TakeSpills() { return std::move(spills_); }

  // Pairs so far, without those that wait in a batch. From any thread while the attempt lives: a record may make many.
  std::uint64_t emitted() const { return __atomic_load_n(&emitted_records_, __ATOMIC_RELAXED); }

  // Leaves out records by their number within the split, from 0, and keeps them for people. REQUIRES: ascending, apart.
  void LeaveOut(std::vector<SkipRange> skips) { window_.LeaveOut(std::move(skips)); }

  std::optional<std::uint64_t> StandsAt() const override;

  // Hands the keys of the first `limit` emitted pairs to `sink` instead, for sampling; the input ends after them.
  void DivertTo(std::function<void(std::string_view key)> sink, std::uint64_t limit);

 protected:
  mr_batch* NextBatch() override;
  Counters LiveCounters() const override;

 private:
  static int32_t EmitInt64(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size);
  static int32_t EmitPair(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size);
  static int32_t EmitSorted(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size);
  static int32_t EmitOutput(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size);
  static int32_t EmitDiverted(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size);
  int32_t EmitSlow(const char* key, size_t key_size, const char* value, size_t value_size);
  static int32_t FlushSmall(mr_task* task);
  int32_t FlushBatch();
  void UseBatch();
  int32_t Take(Status status);
  Status OpenNextPiece();
  Status InputFailure(Status why) const;
  void CountInput();
  bool FillWindow();
  void TellProgress();
  void GiveOut(const mr_record* records, std::size_t count, std::uint64_t first);
  Status RunMapper();

  const InputSplit& split_;
  const Partitioner& partitioner_;
  TaskMemory& memory_;
  const JobDefinition::Input& input_;
  Int64Combiner* batch_pairs_ = nullptr;     // of the collector, while it takes batches
  std::unique_ptr<MapCollector> collector_;  // jobs with reduces
  std::unique_ptr<OutputWriter> writer_;     // jobs without
  std::function<void(std::string_view)> sink_;
  std::unique_ptr<RecordReader> reader_;
  std::size_t next_piece_ = 0;
  std::uint64_t bytes_before_ = 0;  // consumed by the pieces that are done
  InputWindow window_;              // what was read and is still to be given out
  SkippedLog skipped_log_;
  std::uint64_t batch_first_ = 0;  // number of the first record of batch_; read from other threads
  std::uint64_t emitted_limit_;
  std::uint64_t emitted_records_ = 0;
  std::uint64_t emitted_bytes_ = 0;
  std::vector<SpillFile> spills_;
};

}  // namespace mrd::engine
