#pragma once

#include <string_view>

#include "common/base/status.h"
#include "proto/mr/jobs.pb.h"

namespace mrd::jobtracker::web {

// The JSON of POST /api/jobs as a request of mrd.JobProtocol: the fields of JobSpecProto and, below "splits", of
// SplitProto; `config` and `options` are objects of names and texts. `job_id` and `user` are set, whatever it says of
// them. kInvalidArgument names the field that is missing or of the wrong type.
Result<mapred::proto::SubmitJobRequestProto> ParseSubmission(std::string_view text,
                                                             const std::string& job_id,
                                                             const std::string& user);

}  // namespace mrd::jobtracker::web
