#pragma once

#include <span>
#include <string>

#include "proto/mr/jobs.pb.h"

namespace mrd::mapred {

// "user code", "a crash", …: what kind of failure it was, for people.
const char* FailureKindWords(proto::FailureKindProto kind);

// "3 tasks wait: no tasktracker has a free slot".
std::string WaitingText(const proto::ReasonProto& reason);

// Why a job's attempts failed, group by group, most telling first, as `mr why` prints it and a failed `mr jar` ends:
// what happened, to how many attempts, at which record, where in the code, the last lines of stderr, and what they
// have in common. Lines end with "\n"; "" when nothing failed. Bytes that are no text come out as they are: the
// caller decides.
std::string FailureText(std::span<const proto::FailureGroupProto* const> groups);
std::string FailureText(const proto::GetJobResultResponseProto& result);

}  // namespace mrd::mapred
