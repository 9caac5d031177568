#pragma once

#include <vector>

#include "common/base/status.h"
#include "jobtracker/core/types.h"
#include "proto/mr/trackers.pb.h"

// What trackers say, as the core takes it. Messages are a peer's: whatever is not of their form is refused.
namespace mrd::jobtracker {

// kInvalidArgument naming the text that is no attempt's id.
Result<AttemptReport> FromProto(const mapred::proto::AttemptStatusProto& message);
Result<FetchFailure> FromProto(const mapred::proto::FetchFailureProto& message);
// A tracker without a host has `peer_ip` for one.
Result<TrackerInfo> FromProto(const mapred::proto::TrackerProto& message, const std::string& peer_ip);

}  // namespace mrd::jobtracker
