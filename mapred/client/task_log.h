#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace mrd::mapred {

// What attempts printed, from the HTTP port of the tracker that ran them: GET /tasklog?attemptid=&file=&offset=, as
// plain text. Blocking; one thread at a time.
class TaskLogs {
 public:
  TaskLogs();
  ~TaskLogs();
  TaskLogs(const TaskLogs&) = delete;
  TaskLogs& operator=(const TaskLogs&) = delete;

  struct Place {
    std::string tracker_url;  // http://host:port
    std::string attempt_id;
    std::string file;         // "stdout" or "stderr"
  };
  // Gives what the file holds from `offset` on to `sink`, which ends it by false. The offset after it; kNotFound when
  // the tracker has no such log (any more).
  Result<std::uint64_t> Read(const Place& place,
                             std::uint64_t offset,
                             const std::function<bool(std::string_view)>& sink);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mrd::mapred
