#pragma once

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "engine/record_reader.h"
#include "engine/skipped_log.h"

namespace mrd::engine {

// Records on their way from a reader to the mapper. They are given out as they came or, where the mapper takes its time
// over them, fewer at once, so that between them progress is told, counters are handed over and a request to stop is
// heard; and without those that are to be left out. One thread.
class InputWindow {
 public:
  // Records by their number within the split. REQUIRES: ascending, apart.
  void LeaveOut(std::vector<SkipRange> skips) { skips_ = std::move(skips); }

  // What a reader gave, and how many bytes of the split come before the first and after the last of it.
  // REQUIRES: empty(); the records stay until it is empty again.
  void Put(const RecordBatch& batch, std::uint64_t position_before, std::uint64_t position_after);
  bool empty() const { return left_.count == 0; }

  // Records in a row, all of them for the mapper or all of them left out.
  struct Taken {
    RecordBatch batch;
    std::uint64_t first = 0;  // number of the first within the split
    bool left_out = false;
  };
  // REQUIRES: !empty().
  Taken Take();
  // To be told when the mapper has what Take() gave for it, and when it asks for more: times of a monotonic clock.
  void Given(std::int64_t now_nanos) { given_at_ = now_nanos; }
  void Done(std::int64_t now_nanos);

  // Input records that Take() gave for the mapper so far; and the records that it left out.
  std::uint64_t input_records() const { return input_records_; }
  std::uint64_t skipped() const { return skipped_; }
  // Bytes of the split before what Take() will give next.
  std::uint64_t position() const;

 private:
  std::vector<SkipRange> skips_;
  std::size_t next_skip_ = 0;
  RecordBatch left_;               // of what was put in last
  std::uint64_t last_count_ = 0;   // of records that were put in last
  std::uint64_t put_ = 0;          // records that were put in, in all
  std::uint64_t position_before_ = 0;
  std::uint64_t position_after_ = 0;
  std::uint64_t input_records_ = 0;
  std::uint64_t skipped_ = 0;

  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t at_once_ = kUnlimited;  // so many records does the mapper get
  std::uint64_t with_mapper_ = 0;
  std::int64_t given_at_ = 0;
};

}  // namespace mrd::engine
