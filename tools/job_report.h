#pragma once

#include <string>
#include <vector>

#include "common/base/status.h"
#include "engine/job.h"

namespace mrd::tools {

// What --report writes: status, counters, ledger and seconds per phase of one job, or of a driver and of every job that
// it ran.
struct JobReport {
  std::string plugin;  // as the user named it
  std::string job;
  int exit_status = 0;
  std::string error;  // empty when all went well
  double seconds = 0;
  bool driver = false;
  std::vector<engine::JobResult> results;

  // JSON, described in docs/formats.md.
  std::string ToJson() const;
};

// Whether a report can be written there later; asked before the job starts, so that no work is lost.
Status CheckReportPath(const std::string& path);
Status WriteReport(const std::string& path, const JobReport& report);

}  // namespace mrd::tools
