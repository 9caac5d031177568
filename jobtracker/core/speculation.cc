#include "jobtracker/core/speculation.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "jobtracker/core/limits.h"

namespace mrd::jobtracker {
namespace {

// Deviations are never taken for smaller than this share of the mean: equal tasks do not make the next one slow.
constexpr double kLeastDeviation = 0.25;
constexpr std::size_t kEnoughToCompare = 4;

struct Runner {
  std::uint32_t task = 0;
  double age_ms = 0;
  double total_ms = 0;  // expected
};

std::vector<Runner> RunnersOf(const State& state, const Job& job, SlotKind kind) {
  std::vector<Runner> runners;
  for (const auto& [launch, ref] : job.running) {
    const Task& task = *ref.task;
    const Attempt& attempt = ref.get();
    if (SlotOf(task.kind) != kind || task.running != 1 || task.state != TaskState::kRunning) continue;
    if (attempt.state != AttemptState::kRunning || attempt.kill_ordered || attempt.start_mono == 0) continue;
    const auto age = static_cast<double>(state.now.mono_ms - attempt.start_mono);
    if (age < static_cast<double>(state.options.speculation_min_ms)) continue;
    const double total = attempt.progress > 0 ? age / attempt.progress : std::numeric_limits<double>::infinity();
    runners.push_back({task.number, age, total});
  }
  return runners;
}

void FindSlow(State& state, Job& job, SlotKind kind) {
  Lane& lane = job.lane(kind);
  lane.slow.clear();
  const bool wanted = kind == SlotKind::kMap ? job.sub->settings.map_speculative : job.sub->settings.reduce_speculative;
  if (!wanted || lane.pending > 0 || lane.running == 0 || !MaySpeculate(state, job, kind)) return;
  std::vector<Runner> runners = RunnersOf(state, job, kind);
  if (runners.empty()) return;
  // What tasks take: those that are done tell best; else what the running ones are expected to take.
  Durations durations = lane.durations;
  if (durations.count == 0) {
    if (runners.size() < kEnoughToCompare) return;
    for (const Runner& runner : runners) {
      if (runner.total_ms < std::numeric_limits<double>::infinity()) durations.Add(runner.total_ms);
    }
    if (durations.count * 2 < runners.size()) return;
  }
  const double mean = durations.Mean();
  const double limit =
      mean + std::max(durations.Deviation() * job.sub->settings.slow_task_threshold, kLeastDeviation * mean);
  // A second attempt must have a chance: it takes about the mean.
  std::erase_if(runners, [&](const Runner& runner) {
    return std::max(runner.total_ms, runner.age_ms) <= limit || runner.total_ms - runner.age_ms <= mean;
  });
  // As much as without an end is never reached by progress; age tells then.
  std::stable_sort(runners.begin(), runners.end(), [](const Runner& a, const Runner& b) {
    return std::pair(a.total_ms - a.age_ms, a.age_ms) > std::pair(b.total_ms - b.age_ms, b.age_ms);
  });
  std::erase_if(runners, [&](const Runner& runner) {
    return runner.total_ms == std::numeric_limits<double>::infinity() && runner.age_ms <= limit;
  });
  for (const Runner& runner : runners) lane.slow.push_back(runner.task);
}

}  // namespace

void FindSlowTasks(State& state) {
  for (const auto& [order, job] : state.active) {
    if (!job->MayRun() || job->whole) continue;
    FindSlow(state, *job, SlotKind::kMap);
    FindSlow(state, *job, SlotKind::kReduce);
    state.UpdateReady(*job);
    if (!job->lane(SlotKind::kMap).slow.empty() || !job->lane(SlotKind::kReduce).slow.empty()) {
      state.changed_jobs.insert(order);
    }
  }
}

}  // namespace mrd::jobtracker
