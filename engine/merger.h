#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "engine/record.h"
#include "engine/segment.h"

namespace mrd::engine {

struct JobContext;

// Merges sorted segments into one sorted sequence: a tournament of losers over cached key prefixes. Of equal keys the
// one from the earlier segment comes first, so with segments given in the order (map, spill) the sequence is that of a
// stable sort of everything the maps emitted. A comparator that is no strict weak order gives some order and never
// reads out of bounds. One thread.
class Merger {
 public:
  Merger(std::vector<SegmentCursor> segments, const KeyOrder& order);

  // Steps to the next record; false at the end and after a failure, which status() tells apart.
  bool Next();
  std::string_view key() const { return segments_[winner_].key(); }
  std::string_view value() const { return segments_[winner_].value(); }
  std::uint64_t key_prefix() const { return heads_[winner_].prefix; }
  const Status& status() const { return status_; }
  std::uint64_t bytes_read() const;

 private:
  struct Head {
    std::uint64_t prefix = 0;
    bool ended = false;
  };

  void Load(std::uint32_t segment);
  bool Before(std::uint32_t a, std::uint32_t b) const;
  std::uint32_t Play(std::size_t node);
  std::uint32_t Replay(std::uint32_t winner);
  std::uint32_t ReplayByPrefix(std::uint32_t winner);

  std::vector<SegmentCursor> segments_;
  const KeyOrder order_;
  std::vector<Head> heads_;
  std::vector<std::uint32_t> losers_;  // [1 … n-1]: the loser of each match
  std::uint32_t winner_ = 0;
  bool started_ = false;
  Status status_;
};

// How many segments one merge may take and how much each may read at once, from the memory of one task.
struct MergeShape {
  std::size_t fan_in = 0;
  std::size_t buffer_bytes = 0;
};
MergeShape ShapeMerge(std::uint64_t memory_bytes, int factor_setting, std::size_t segments);

// Merges neighbouring segments of `reduce` into new spill files until no more than the fan-in are left; none when there
// are few enough, which is the normal case. `spills` are in order and stay so. `written` counts records written.
Status MergeDown(JobContext& job,
                 int reduce,
                 const KeyOrder& order,
                 std::vector<SpillFile>* spills,
                 std::uint64_t* records_written,
                 std::uint64_t* bytes_written);

}  // namespace mrd::engine
