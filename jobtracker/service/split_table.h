#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "jobtracker/core/types.h"
#include "jobtracker/journal/job_store.h"
#include "proto/mr/mapred.pb.h"

namespace mrd::jobtracker {

// The splits of one job, as bytes: a hundred thousand messages would take several times the room. Immutable once filled.
// Threads: one.
class SplitTable {
 public:
  void Add(const mapred::proto::SplitProto& split);
  // A value of the job store. kCorruption when it is none.
  Status AddChunk(std::string_view chunk);
  std::size_t size() const { return ends_.size(); }
  std::size_t bytes() const { return bytes_.size(); }
  // REQUIRES: index < size().
  mapred::proto::SplitProto At(std::size_t index) const;
  // What the core wants to know of each.
  std::vector<SplitSummary> Summaries() const;
  // The changes of the job store that keep them.
  std::vector<StoreWrite> ToWrites(std::string_view job) const;

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

}  // namespace mrd::jobtracker
