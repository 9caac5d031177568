#pragma once

#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "proto/mr/jobs.pb.h"

namespace mrd::jobs {

// What is kept of a job.
struct KeptJob {
  mapred::proto::GetJobResultResponseProto result;
  std::vector<mapred::proto::TaskReportProto> tasks;
};

// Reads a file of the job history (docs/formats.md). Lines and fields that are not known are passed over; what `job
// -history` does not show is left out. kInvalidArgument names the line that is none, or says that the end is missing.
Result<KeptJob> ParseHistoryFile(std::string_view text);

}  // namespace mrd::jobs
