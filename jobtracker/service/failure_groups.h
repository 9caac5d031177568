#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/mr/jobs.pb.h"
#include "proto/mr/mapred.pb.h"

namespace mrd::jobtracker {

// An attempt that failed, with all that may explain it.
struct FailedAttempt {
  std::string attempt;
  std::string task;
  std::string tracker;
  std::string host;
  std::string split;  // "FILE:START+LENGTH" of its first piece; "" without one
  std::int64_t at_ms = 0;
  mapred::proto::FailureProto failure;
};

// How many trackers and hosts the job used at all: "all on one host" says nothing when there is only one.
struct FailureSetting {
  std::size_t hosts = 0;
  std::size_t attempts = 0;  // that were started
};

// Failures of one job by what caused them. Two have the same cause when kind, place in the code and message are the same
// but for numbers, addresses, identifiers and paths. The most telling group comes first: errors of the user's code before
// those of machines, then the more frequent, then the earlier. Pure.
std::vector<mapred::proto::FailureGroupProto> GroupFailures(const std::vector<FailedAttempt>& failures,
                                                            const FailureSetting& setting);

// What makes two failures one: "USER: cannot parse # in line #". Exposed for tests.
std::string FailureSignature(const mapred::proto::FailureProto& failure);

}  // namespace mrd::jobtracker
