// The veneer over the C table of a running attempt: turns return codes into exceptions and back.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "abi.h"
#include "bytes.h"
#include "error.h"

namespace mr::detail {

// The attempt that this thread works for, so that an exception in a partitioner or comparator finds its way out.
__attribute__((visibility("hidden"))) inline thread_local mr_task* current_task = nullptr;

class CurrentTask {
 public:
  explicit CurrentTask(mr_task* task) : previous_(current_task) { current_task = task; }
  ~CurrentTask() { current_task = previous_; }
  CurrentTask(const CurrentTask&) = delete;
  CurrentTask& operator=(const CurrentTask&) = delete;

 private:
  mr_task* previous_;
};

inline void fail(mr_task* task, std::string_view message) { task->api->fail(task, to_bytes(message)); }

// Ends the current attempt with the exception being handled. Call in a catch clause only.
inline void fail_with_current_exception(mr_task* task) {
  try {
    throw;
  } catch (const Unwind&) {
    // The host knows.
  } catch (...) {
    if (task != nullptr) fail(task, describe_exception());
  }
}

// Leaves the stage when the attempt is over. A call from a foreign thread is for the host to report.
inline void check(std::int32_t code) {
  if (unlikely(code != MR_OK) && code == MR_FAILED) throw Unwind{};
}

// What the host knows of this attempt, cut to what it filled in: fields that an older host does not have read as 0.
inline mr_task_info info_of(mr_task* task) {
  mr_task_info info{};
  const mr_task_info* given = task->api->info(task);
  std::memcpy(&info, given, given->size < sizeof info ? given->size : sizeof info);
  return info;
}

}  // namespace mr::detail
