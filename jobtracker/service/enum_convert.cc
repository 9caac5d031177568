#include "jobtracker/service/enum_convert.h"

namespace mrd::jobtracker {

namespace proto = mapred::proto;

proto::TaskKindProto ToProto(TaskKind kind) {
  switch (kind) {
    case TaskKind::kMap: return proto::MAP;
    case TaskKind::kReduce: return proto::REDUCE;
    case TaskKind::kCommit: return proto::COMMIT;
    case TaskKind::kAbort: return proto::ABORT;
    case TaskKind::kWhole: return proto::WHOLE;
  }
  return proto::MAP;
}

TaskKind FromProto(proto::TaskKindProto kind) {
  switch (kind) {
    case proto::MAP: return TaskKind::kMap;
    case proto::REDUCE: return TaskKind::kReduce;
    case proto::COMMIT: return TaskKind::kCommit;
    case proto::ABORT: return TaskKind::kAbort;
    case proto::WHOLE: return TaskKind::kWhole;
  }
  return TaskKind::kMap;
}

proto::AttemptStateProto ToProto(AttemptState state) {
  switch (state) {
    case AttemptState::kRunning: return proto::ATTEMPT_RUNNING;
    case AttemptState::kCommitPending: return proto::ATTEMPT_COMMIT_PENDING;
    case AttemptState::kSucceeded: return proto::ATTEMPT_SUCCEEDED;
    case AttemptState::kFailed: return proto::ATTEMPT_FAILED;
    case AttemptState::kKilled: return proto::ATTEMPT_KILLED;
  }
  return proto::ATTEMPT_RUNNING;
}

AttemptState FromProto(proto::AttemptStateProto state) {
  switch (state) {
    case proto::ATTEMPT_RUNNING: return AttemptState::kRunning;
    case proto::ATTEMPT_COMMIT_PENDING: return AttemptState::kCommitPending;
    case proto::ATTEMPT_SUCCEEDED: return AttemptState::kSucceeded;
    case proto::ATTEMPT_FAILED: return AttemptState::kFailed;
    case proto::ATTEMPT_KILLED: return AttemptState::kKilled;
  }
  return AttemptState::kRunning;
}

proto::AttemptPhaseProto ToProto(Phase phase) {
  switch (phase) {
    case Phase::kStarting: return proto::PHASE_STARTING;
    case Phase::kMap: return proto::PHASE_MAP;
    case Phase::kShuffle: return proto::PHASE_SHUFFLE;
    case Phase::kSort: return proto::PHASE_SORT;
    case Phase::kReduce: return proto::PHASE_REDUCE;
    case Phase::kCommit: return proto::PHASE_COMMIT;
  }
  return proto::PHASE_STARTING;
}

Phase FromProto(proto::AttemptPhaseProto phase) {
  switch (phase) {
    case proto::PHASE_STARTING: return Phase::kStarting;
    case proto::PHASE_MAP: return Phase::kMap;
    case proto::PHASE_SHUFFLE: return Phase::kShuffle;
    case proto::PHASE_SORT: return Phase::kSort;
    case proto::PHASE_REDUCE: return Phase::kReduce;
    case proto::PHASE_COMMIT: return Phase::kCommit;
  }
  return Phase::kStarting;
}

proto::FailureKindProto ToProto(FailureKind kind) {
  switch (kind) {
    case FailureKind::kUser: return proto::FAILED_USER;
    case FailureKind::kCrash: return proto::FAILED_CRASH;
    case FailureKind::kTimeout: return proto::FAILED_TIMEOUT;
    case FailureKind::kMemory: return proto::FAILED_MEMORY;
    case FailureKind::kDisk: return proto::FAILED_DISK;
    case FailureKind::kInput: return proto::FAILED_INPUT;
    case FailureKind::kShuffle: return proto::FAILED_SHUFFLE;
    case FailureKind::kTracker: return proto::FAILED_TRACKER;
    case FailureKind::kOutput: return proto::FAILED_OUTPUT;
  }
  return proto::FAILED_TRACKER;
}

FailureKind FromProto(proto::FailureKindProto kind) {
  switch (kind) {
    case proto::FAILED_USER: return FailureKind::kUser;
    case proto::FAILED_CRASH: return FailureKind::kCrash;
    case proto::FAILED_TIMEOUT: return FailureKind::kTimeout;
    case proto::FAILED_MEMORY: return FailureKind::kMemory;
    case proto::FAILED_DISK: return FailureKind::kDisk;
    case proto::FAILED_INPUT: return FailureKind::kInput;
    case proto::FAILED_SHUFFLE: return FailureKind::kShuffle;
    case proto::FAILED_TRACKER: return FailureKind::kTracker;
    case proto::FAILED_OUTPUT: return FailureKind::kOutput;
  }
  return FailureKind::kTracker;
}

proto::JobStateProto ToProto(JobState state) {
  switch (state) {
    case JobState::kPrep: return proto::JOB_PREP;
    case JobState::kRunning:
    case JobState::kCommitting:
    case JobState::kEnding: return proto::JOB_RUNNING;
    case JobState::kSucceeded: return proto::JOB_SUCCEEDED;
    case JobState::kFailed: return proto::JOB_FAILED;
    case JobState::kKilled: return proto::JOB_KILLED;
  }
  return proto::JOB_RUNNING;
}

JobState FromProto(proto::JobStateProto state) {
  switch (state) {
    case proto::JOB_PREP: return JobState::kPrep;
    case proto::JOB_RUNNING: return JobState::kRunning;
    case proto::JOB_SUCCEEDED: return JobState::kSucceeded;
    case proto::JOB_FAILED: return JobState::kFailed;
    case proto::JOB_KILLED: return JobState::kKilled;
  }
  return JobState::kRunning;
}

}  // namespace mrd::jobtracker
