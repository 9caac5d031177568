#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mrd::engine {

struct JobProgress {
  enum class Stage { kPlanning, kMap, kReduce, kCommit, kDone };
  Stage stage = Stage::kPlanning;
  double map_fraction = 0;     // 0 … 1
  double reduce_fraction = 0;  // copy, sort and reduce a third each
  std::uint64_t records = 0;   // map input so far, then reduce input
  std::uint64_t bytes = 0;     // of the stage's input
  std::uint64_t total_bytes = 0;
  std::string status;          // the latest status text of a task
};

// Hears what happens to a job. Calls come from one thread at a time, but not always the same one; they must not block
// for long.
class JobMonitor {
 public:
  virtual ~JobMonitor() = default;
  virtual void InputListed(std::size_t /*files*/) {}
  virtual void Planned(int /*splits*/) {}
  virtual void JobStarted(std::string_view /*job_id*/, std::string_view /*job_name*/) {}
  // A sentence for the user: where the job runs, why nothing moves. It may hold any bytes.
  virtual void Notice(std::string_view /*sentence*/) {}
  virtual void Progress(const JobProgress& /*progress*/) {}  // about ten times a second
  virtual void AttemptFailed(std::string_view /*attempt_id*/, const Status& /*why*/) {}
};

}  // namespace mrd::engine
