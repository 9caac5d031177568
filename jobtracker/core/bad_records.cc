#include "jobtracker/core/bad_records.h"

#include <memory>

#include "jobtracker/core/blame.h"
#include "jobtracker/core/job.h"

namespace mrd::jobtracker {

namespace {

bool Skips(const Job& job, TaskKind kind) {
  const JobSettings& settings = job.sub->settings;
  if (kind == TaskKind::kMap) return settings.skip_map_records != 0;
  return kind == TaskKind::kReduce && settings.skip_reduce_groups != 0;
}

}  // namespace

void NoteFailure(const Job& job, Task& task, FailureKind kind, std::optional<std::uint64_t> record) {
  if (!Skips(job, task.kind) || IsForeign(kind)) return;
  if (task.bad == nullptr) task.bad = std::make_unique<BadRecords>();
  ++task.bad->failures;
  if (record) task.bad->numbers.insert(*record);
}

std::vector<std::uint64_t> LeftOut(const Job& job, const Task& task) {
  if (task.bad == nullptr || task.bad->failures < job.sub->settings.skip_start_attempts) return {};
  return {task.bad->numbers.begin(), task.bad->numbers.end()};
}

}  // namespace mrd::jobtracker
