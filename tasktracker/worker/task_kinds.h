#pragma once

#include "common/base/status.h"
#include "tasktracker/worker/attempt_work.h"

namespace mrd::tasktracker {

// Each runs an attempt of one kind to its end. REQUIRES: work.Prepare() went well.
Result<Outcome> RunMap(AttemptWork& work);
Result<Outcome> RunReduce(AttemptWork& work);
// Publishes the output of all tasks, with the manifest.
Result<Outcome> RunCommit(AttemptWork& work);
// Removes what a job that failed or was killed has left.
Result<Outcome> RunAbort(AttemptWork& work);
// A whole job in this process, on its threads.
Result<Outcome> RunWhole(AttemptWork& work);

}  // namespace mrd::tasktracker
