#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "proto/mr/jobs.pb.h"

namespace mrd::jobtracker::web {

// Which tasks of a job are shown, and in what order.
struct TaskFilter {
  std::string state;           // "pending", "running", …; "failing": with a failed attempt; "": all
  std::string text;            // part of id, tracker or host, in any case; "": all
  std::string sort = "number";  // number, state, progress, duration, tracker, attempts
  bool descending = false;
  std::size_t from = 0;
  std::size_t count = 50;
};

struct TaskPage {
  std::vector<const mapred::proto::TaskReportProto*> tasks;  // the caller's
  std::size_t total = 0;                                     // that pass the filter
};
TaskPage SelectTasks(const mapred::proto::GetTasksResponseProto& all, const TaskFilter& filter, std::uint64_t now_ms);

// Whether a page of tasks in their natural order can be asked for as such.
bool IsPlain(const TaskFilter& filter);

}  // namespace mrd::jobtracker::web
