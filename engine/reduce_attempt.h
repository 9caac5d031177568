#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/attempt.h"
#include "engine/merger.h"
#include "engine/output_writer.h"
#include "engine/segment.h"
#include "engine/skipped_log.h"

namespace mrd::engine {

// One run of a reduce task: merges its segments of all maps, cuts them into groups, feeds the reducer and writes the
// part. One thread.
class ReduceAttempt : public Attempt {
 public:
  // `spills` are those of all maps in the order (map, sequence); their segment `number` is read.
  ReduceAttempt(JobContext& job, int number, const std::vector<SpillFile>& spills);
  ~ReduceAttempt() override;

  // Merges ahead until the segments that are left fit into one merge. Run() does it if nobody did.
  Status Prepare();
  Status Run();
  // What a job without a reducer does: every pair of every group passes. Of the stage that stands for the reducer.
  int32_t PassAll();
  // Leaves out groups by their number, from 0, and keeps them for people. REQUIRES: ascending, apart.
  void LeaveOut(std::vector<SkipRange> skips) { skips_ = std::move(skips); }
  std::optional<std::uint64_t> StandsAt() const override;
  // Pairs so far. From any thread while the attempt lives: a value may make many.
  std::uint64_t emitted() const { return __atomic_load_n(&emitted_, __ATOMIC_RELAXED); }

 protected:
  int32_t NextGroup(mr_bytes* key) override;
  int32_t NextValue(mr_bytes* key, mr_bytes* value) override;
  Counters LiveCounters() const override;

 private:
  static int32_t Emit(mr_task* task, const char* key, size_t key_size, const char* value, size_t value_size);
  const mr_stage& Stage() const;
  void ShowProgress();
  // Steps the merger; false at the end or after a failure.
  bool Advance();
  bool InGroup(std::string_view key) const;
  void BeginGroup();
  // Passes the group over if it is to be left out; whether it was.
  bool SkipGroup();
  void EndGroup();

  const std::vector<SpillFile>& spills_;
  const KeyOrder order_;
  std::unique_ptr<Merger> merger_;
  std::unique_ptr<OutputWriter> writer_;
  bool have_record_ = false;   // the merger stands on a record that no NextValue() has given out
  bool in_group_ = false;
  std::string group_key_;
  std::uint64_t group_prefix_ = 0;
  std::uint64_t group_records_ = 0;
  std::uint64_t group_bytes_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t groups_ = 0;
  std::vector<SkipRange> skips_;
  std::size_t next_skip_ = 0;
  std::uint64_t skipped_groups_ = 0;
  std::uint64_t skipped_records_ = 0;
  SkippedLog skipped_log_;
  std::uint64_t emitted_ = 0;
  mr_record current_{};  // for messages
};

}  // namespace mrd::engine
