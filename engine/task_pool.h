#pragma once

#include <functional>
#include <string>

#include "common/base/status.h"
#include "engine/local_runner.h"

namespace mrd::engine {

// Runs tasks 0 … count-1 on up to `threads` threads, lowest number first; `run(task, worker)` is called once for each,
// with worker 0 … threads-1 the same on one thread. After the first failure no further task starts. Meanwhile `tick` is
// called on the caller's thread about ten times a second. Returns the failure of the lowest-numbered task that failed
// for a reason of its own, so that the same job gives the same message.
Status RunTasks(int count,
                int threads,
                const std::function<Status(int task, int worker)>& run,
                const std::function<void()>& tick);

// Steps 0 … count-1 of the engine's own work, in the same way; on the caller's thread, as worker 0, if `threads` is 1.
Status ForEach(std::size_t count,
               int threads,
               const std::function<Status(std::size_t step, std::size_t worker)>& work);

}  // namespace mrd::engine
