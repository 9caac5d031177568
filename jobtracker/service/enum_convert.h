#pragma once

#include "jobtracker/core/types.h"
#include "proto/mr/jobs.pb.h"
#include "proto/mr/mapred.pb.h"

// Between the enumerations of the core and those of the wire. The wire's are what a peer sent: any valid message.
namespace mrd::jobtracker {

mapred::proto::TaskKindProto ToProto(TaskKind kind);
TaskKind FromProto(mapred::proto::TaskKindProto kind);
mapred::proto::AttemptStateProto ToProto(AttemptState state);
AttemptState FromProto(mapred::proto::AttemptStateProto state);
mapred::proto::AttemptPhaseProto ToProto(Phase phase);
Phase FromProto(mapred::proto::AttemptPhaseProto phase);
mapred::proto::FailureKindProto ToProto(FailureKind kind);
FailureKind FromProto(mapred::proto::FailureKindProto kind);
// Clients know fewer states: a job that commits or ends is one that runs.
mapred::proto::JobStateProto ToProto(JobState state);
// Of an ended job, or one that will end so.
JobState FromProto(mapred::proto::JobStateProto state);

}  // namespace mrd::jobtracker
