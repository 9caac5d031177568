#pragma once

#include <string>

#include "common/rpc/server.h"
#include "jobtracker/service/schedules.h"

namespace mrd::jobtracker {

// The calls of mrd.JobProtocol about schedules (proto/mr/schedules.proto): messages to calls and back. Threads: the core's.
class ScheduleProtocol {
 public:
  explicit ScheduleProtocol(Schedules& schedules) : schedules_(schedules) {}  // `schedules` must outlive it

  // The answer to addSchedule, listSchedules, removeSchedule, enableSchedule, runSchedule; to others that there is no such
  // method.
  net::awaitable<Result<std::string>> Handle(const rpc::Call& call);

 private:
  Schedules& schedules_;
};

}  // namespace mrd::jobtracker
