#include "jobtracker/core/preemption.h"

#include <algorithm>
#include <cmath>

#include "jobtracker/core/attempt_life.h"
#include "jobtracker/core/job_order.h"

namespace mrd::jobtracker {
namespace {

// How many slots the pool lacks that it has waited for long enough.
std::uint32_t Lacks(const State& state, Pool& pool, SlotKind kind, double fair_share) {
  const double running = pool.running[Index(kind)];
  const double demand = running + pool.pending[Index(kind)];
  const double min = std::min(MinShare(pool, kind), demand);
  const double fair = std::min(fair_share, demand);
  const auto since = [&](std::int64_t& start, bool below) {
    if (!below) start = kNever;
    if (below && start == kNever) start = state.now.mono_ms;
    return below ? state.now.mono_ms - start : -1;
  };
  const std::int64_t below_min = since(pool.below_min_since[Index(kind)], running + 1 <= min);
  const std::int64_t below_fair =
      since(pool.below_fair_since[Index(kind)], running < fair / 2 && running + 1 <= fair);
  double want = 0;
  if (below_min >= state.options.min_share_timeout_ms) want = std::max(want, min - running);
  if (below_fair >= state.options.fair_share_timeout_ms) want = std::max(want, fair - running);
  if (want < 1) return 0;
  pool.below_min_since[Index(kind)] = kNever;
  pool.below_fair_since[Index(kind)] = kNever;
  return static_cast<std::uint32_t>(std::floor(want));
}

// The newest attempt of the pool's jobs that may be killed.
AttemptRef Newest(const State& state, const Pool& pool, SlotKind kind) {
  AttemptRef newest;
  for (const auto& [order, job] : state.active) {
    if (job->pool != &pool) continue;
    for (auto entry = job->running.rbegin(); entry != job->running.rend(); ++entry) {
      const AttemptRef ref = entry->second;
      const Attempt& attempt = ref.get();
      if (SlotOf(ref.task->kind) != kind || attempt.kill_ordered || ref.task->granted == ref.index) continue;
      if (newest.job == nullptr || attempt.launch > newest.get().launch) newest = ref;
      break;
    }
  }
  return newest;
}

void Preempt(State& state, SlotKind kind) {
  const std::vector<double> shares = FairSharesNow(state, kind);
  std::uint32_t lacking = 0;
  std::string who;
  std::size_t i = 0;
  for (auto& [name, pool] : state.pools) {
    const std::uint32_t lacks = Lacks(state, pool, kind, shares[i++]);
    if (lacks > 0 && who.empty()) who = name;
    lacking += lacks;
  }
  // Who has most above its share gives first.
  std::map<const Pool*, std::uint32_t> taken;
  while (lacking > 0) {
    AttemptRef victim;
    double most = 0;
    i = 0;
    for (const auto& [name, pool] : state.pools) {
      const double share = std::max(shares[i++], std::min<double>(MinShare(pool, kind), pool.running[Index(kind)]));
      const double over = pool.running[Index(kind)] - static_cast<double>(taken[&pool]) - share;
      if (over < 1 - 1e-9 || over <= most) continue;
      const AttemptRef newest = Newest(state, pool, kind);
      if (newest.job == nullptr) continue;
      victim = newest;
      most = over;
    }
    if (victim.job == nullptr) return;
    const Pool* pool = victim.job->pool;
    const std::uint32_t before = pool->running[Index(kind)];
    OrderKill(state, victim, "Its slot is due to pool " + who + ".");
    if (pool->running[Index(kind)] == before) ++taken[pool];
    --lacking;
  }
}

}  // namespace

void CheckShares(State& state) {
  if (state.options.policy != Policy::kFair || !state.options.preemption) return;
  Preempt(state, SlotKind::kMap);
  Preempt(state, SlotKind::kReduce);
}

void FreeMemoryForMaps(State& state) {
  for (const auto& [order, job] : state.active) {
    const Lane& maps = job->lane(SlotKind::kMap);
    const bool starved = job->MayRun() && maps.pending > 0 && maps.running == 0 &&
                         job->lane(SlotKind::kReduce).running > 0 && job->NeedsOutputs();
    if (!starved) continue;
    const std::uint64_t memory = job->MemoryOf(TaskKind::kMap);
    const bool fits = std::any_of(state.trackers.begin(), state.trackers.end(), [&](const auto& tracker) {
      return tracker->usable && tracker->FitsNow(memory);
    });
    if (fits || memory == 0) continue;
    for (auto entry = job->running.rbegin(); entry != job->running.rend(); ++entry) {
      const AttemptRef ref = entry->second;
      if (ref.task->kind != TaskKind::kReduce || ref.get().counted || !ref.get().tracker->usable) continue;
      if (!ref.get().kill_ordered) {
        OrderKill(state, ref, "Its memory is needed by maps that the job's reduces wait for.");
      }
      break;
    }
  }
}

}  // namespace mrd::jobtracker
