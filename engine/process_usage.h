#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/fs/registry.h"
#include "engine/counters.h"
#include "engine/ledger.h"

namespace mrd::engine {

// What a process has used between two moments, for the counters: processor, memory, files. One thread.
class ProcessUsage {
 public:
  // From now on. `file_systems` must outlive it.
  explicit ProcessUsage(const fs::Registry& file_systems);
  // Up to now. Spill files do not pass through a FileSystem: they are counted from the ledger, but for `held_bytes` of
  // them, which never left memory.
  void CountInto(Counters& counters, const Ledger& ledger, std::uint64_t held_bytes) const;

 private:
  const fs::Registry& file_systems_;
  const std::int64_t cpu_begin_;
  const std::map<std::string, fs::IoStatistics> io_begin_;
};

}  // namespace mrd::engine
