#pragma once

#include "common/base/unique_fd.h"
#include "proto/mr/umbilical.pb.h"
#include "tasktracker/worker/loaded_job.h"

namespace mrd::tasktracker {

// The life of the process that was forked for one attempt, from right after the fork to its end: exit status 0 after a
// "done", 1 after a "failed" on the umbilical; another, or a signal, when user code ended it. stdout and stderr are in
// place; what the guards say of a crash also goes to `last_words`.
[[noreturn]] void RunAttemptProcess(const LoadedJob& job,
                                    const mapred::proto::LaunchProto& launch,
                                    UniqueFd umbilical,
                                    UniqueFd last_words);

}  // namespace mrd::tasktracker
