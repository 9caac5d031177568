#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "common/base/status.h"
#include "jobtracker/journal/job_store.h"

namespace mrd::jobtracker {

// Writes to a JobStore on a thread of its own. What waits is written in one batch, flushed once if any of it asks for that.
//
// Failure: after a failed write nothing more is written, since what followed may rest on it; every later answer is that
// error.
// Threads: Append() and WhenWritten() from any one thread; callbacks come from the writer's.
class StoreWriter {
 public:
  // `store` must outlive it.
  explicit StoreWriter(JobStore& store);
  ~StoreWriter();  // writes what waits; callbacks are made

  // Takes changes, to be made after all earlier ones, and returns their position (from 1).
  std::uint64_t Append(std::vector<StoreWrite> writes, bool sync);
  // Calls back once what stands up to `position` was written, and flushed where that was asked for; or with the error.
  using Written = std::function<void(Status status)>;
  void WhenWritten(std::uint64_t position, Written callback);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrd::jobtracker
