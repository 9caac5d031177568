#include "jobtracker/web/progress.h"

#include <algorithm>

namespace mrd::jobtracker::web {

PhaseProgress ProgressOf(const mapred::proto::JobStatusProto& status, const mapred::proto::GetTasksResponseProto& reduces) {
  PhaseProgress out;
  out.map = std::clamp(status.mapprogress(), 0.0, 1.0);
  if (status.state() == mapred::proto::JOB_SUCCEEDED) return PhaseProgress{1, 1, 1, 1};
  // What a job had done when it failed or was killed; the status counts what is over.
  if (status.state() == mapred::proto::JOB_FAILED || status.state() == mapred::proto::JOB_KILLED) {
    out.map = status.maps() == 0 ? 0 : static_cast<double>(status.mapsdone()) / status.maps();
  }
  if (reduces.tasks().empty()) return out;
  for (const mapred::proto::TaskReportProto& task : reduces.tasks()) {
    const double thirds = 3 * std::clamp(task.progress(), 0.0, 1.0);
    out.shuffle += std::clamp(thirds, 0.0, 1.0);
    out.sort += std::clamp(thirds - 1, 0.0, 1.0);
    out.reduce += std::clamp(thirds - 2, 0.0, 1.0);
  }
  const double tasks = reduces.tasks_size();
  out.shuffle /= tasks;
  out.sort /= tasks;
  out.reduce /= tasks;
  return out;
}

}  // namespace mrd::jobtracker::web
