#pragma once

// The options of `job`: included by the sources of this folder alone.

#include <cstddef>

#include "tools/jobs/session.h"

namespace mrd::jobs {

// One option of `job`, with `words` after it.
struct JobOption {
  const char* name;       // "-status"
  const char* arguments;  // "<job-id>"
  std::size_t words_min;
  std::size_t words_max;
  int (*run)(Session& session, const Words& words);
};

int ListJobs(Session& session, const Words& words);
int ShowStatus(Session& session, const Words& words);
int ShowCounter(Session& session, const Words& words);
int ShowEvents(Session& session, const Words& words);
int ShowHistory(Session& session, const Words& words);
int ListActiveTrackers(Session& session, const Words& words);
int ListBlacklistedTrackers(Session& session, const Words& words);
int ListAttemptIds(Session& session, const Words& words);
int WriteConfig(Session& session, const Words& words);
int KillJob(Session& session, const Words& words);
int KillTask(Session& session, const Words& words);
int FailTask(Session& session, const Words& words);
int SetPriority(Session& session, const Words& words);
int RefuseSubmit(Session& session, const Words& words);

// The lines of `-list` for these jobs, with the header.
std::string JobTable(const google::protobuf::RepeatedPtrField<mapred::proto::JobStatusProto>& jobs);

}  // namespace mrd::jobs
