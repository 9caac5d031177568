#include "jobtracker/core/job.h"

#include <algorithm>
#include <cmath>

namespace mrd::jobtracker {

AttemptName AttemptRef::Name() const {
  return {job->sub->id, static_cast<char>(task->kind), task->number, task->attempts[index].number};
}

double Durations::Deviation() const {
  if (count < 2) return 0;
  const double mean = Mean();
  return std::sqrt(std::max(0.0, sum_squares / static_cast<double>(count) - mean * mean));
}

const Task* Job::FindTask(TaskKind kind, std::uint32_t number) const {
  const auto at = [number](const std::vector<Task>& tasks) { return number < tasks.size() ? &tasks[number] : nullptr; };
  switch (kind) {
    case TaskKind::kMap: return whole ? nullptr : at(maps);
    case TaskKind::kWhole: return whole ? at(maps) : nullptr;
    case TaskKind::kReduce: return at(reduces);
    case TaskKind::kCommit: return number == 0 ? commit.get() : nullptr;
    case TaskKind::kAbort: return number == 0 ? abort.get() : nullptr;
  }
  return nullptr;
}

Task* Job::FindTask(TaskKind kind, std::uint32_t number) {
  return const_cast<Task*>(static_cast<const Job*>(this)->FindTask(kind, number));
}

std::uint64_t Job::MemoryOf(TaskKind kind) const {
  switch (kind) {
    case TaskKind::kMap: return sub->settings.map_memory;
    case TaskKind::kReduce: return sub->settings.reduce_memory;
    case TaskKind::kWhole: return std::max(sub->settings.map_memory, sub->settings.reduce_memory);
    case TaskKind::kCommit:
    case TaskKind::kAbort: return 0;
  }
  return 0;
}

std::uint32_t Job::AttemptsMax(TaskKind kind) const {
  const std::uint32_t max =
      kind == TaskKind::kReduce ? sub->settings.reduce_attempts_max : sub->settings.map_attempts_max;
  return std::max(max, 1u);
}

bool Job::Publishes(TaskKind kind) const {
  if (!sub->settings.has_output) return false;
  if (kind == TaskKind::kMap) return sub->settings.maps_publish || sub->settings.reduces == 0;
  return kind == TaskKind::kReduce || kind == TaskKind::kWhole;
}

}  // namespace mrd::jobtracker
