#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "jobtracker/core/records.h"
#include "proto/mr/mapred.pb.h"

namespace mrd::jobtracker {

// A record as the value of its key in the job store. `detail`, which may be nullptr, is what a tracker told of an attempt
// that ended; what the record itself says is left out of it.
std::string EncodeRecord(const Record& record, const mapred::proto::AttemptStatusProto* detail);

struct DecodedRecord {
  Record record;
  // Of AttemptEnded, where there was one.
  std::unique_ptr<mapred::proto::AttemptStatusProto> detail;
};
// The submission of a job, made of its specification and splits. Called for records of its submission only.
using SubmissionSource = std::function<Result<std::shared_ptr<const JobSubmission>>(const std::string& job)>;
// kCorruption for anything that EncodeRecord does not make, or that names no attempt.
Result<DecodedRecord> DecodeRecord(std::uint64_t number, std::string_view value, const SubmissionSource& submission);

}  // namespace mrd::jobtracker
