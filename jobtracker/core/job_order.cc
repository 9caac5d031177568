#include "jobtracker/core/job_order.h"

#include <algorithm>
#include <cstddef>
#include <tuple>

namespace mrd::jobtracker {
namespace {

constexpr double kWeightMin = 1e-6;

double PoolWeight(const Pool& pool) { return std::max(pool.options.weight, kWeightMin); }

// Pools below their minimum come first, by how far below; then by use in proportion to weight.
std::tuple<int, double> PoolKey(const Pool& pool, SlotKind kind) {
  const double running = pool.running[Index(kind)];
  const double min = MinShare(pool, kind);
  if (running < min) return {0, running / min};
  return {1, running / PoolWeight(pool)};
}

}  // namespace

double WeightOf(Priority priority) {
  switch (priority) {
    case Priority::kVeryHigh: return 4;
    case Priority::kHigh: return 2;
    case Priority::kNormal: return 1;
    case Priority::kLow: return 0.5;
    case Priority::kVeryLow: return 0.25;
  }
  return 1;
}

double MinShare(const Pool& pool, SlotKind kind) {
  if (kind == SlotKind::kMap) return pool.options.min_maps;
  return kind == SlotKind::kReduce ? pool.options.min_reduces : 0;
}

std::vector<Job*> JobsInOrder(const State& state, SlotKind kind) {
  const auto& ready = state.ready[Index(kind)];
  std::vector<Job*> jobs(ready.begin(), ready.end());  // by priority and age
  if (state.options.policy == Policy::kFifo || kind == SlotKind::kEnd || jobs.size() < 2) return jobs;
  struct Entry {
    std::tuple<int, double> pool;
    double use = 0;
    std::size_t age = 0;
    Job* job = nullptr;
  };
  std::vector<Entry> entries;
  entries.reserve(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    Job* job = jobs[i];
    const double use = job->pool->options.fifo ? 0 : job->lane(kind).running / WeightOf(job->priority);
    entries.push_back({PoolKey(*job->pool, kind), use, i, job});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    if (a.pool != b.pool) return a.pool < b.pool;
    if (a.job->pool != b.job->pool) return a.job->pool->name < b.job->pool->name;
    return std::tie(a.use, a.age) < std::tie(b.use, b.age);
  });
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i] = entries[i].job;
  return jobs;
}

std::vector<double> FairShares(std::span<const PoolDemand> pools, double slots) {
  std::vector<double> shares(pools.size(), 0);
  double minima = 0;
  for (const PoolDemand& pool : pools) minima += std::min(pool.min, pool.demand);
  const double scale = minima > slots && minima > 0 ? slots / minima : 1;
  double left = slots;
  for (std::size_t i = 0; i < pools.size(); ++i) {
    shares[i] = std::min(pools[i].min, pools[i].demand) * scale;
    left -= shares[i];
  }
  // Water rises by weight over the minima; whoever has enough drops out. Each round at least one does.
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < pools.size(); ++i) {
    if (shares[i] < pools[i].demand) open.push_back(i);
  }
  while (left > 1e-9 && !open.empty()) {
    // The level per weight that uses up what is left, if no one had enough before: share = max(share, level * weight).
    std::sort(open.begin(), open.end(), [&](std::size_t a, std::size_t b) {
      return shares[a] / pools[a].weight < shares[b] / pools[b].weight;
    });
    double weight = 0;
    double sum = left;
    double level = 0;
    std::size_t rising = 0;
    for (; rising < open.size(); ++rising) {
      const std::size_t i = open[rising];
      if (rising > 0 && shares[i] / pools[i].weight >= level) break;
      weight += pools[i].weight;
      sum += shares[i];
      level = sum / weight;
    }
    // Someone reaches its demand below that level: it gets it and leaves, and the level is found again.
    bool satisfied = false;
    for (std::size_t k = 0; k < rising; ++k) {
      const std::size_t i = open[k];
      if (pools[i].demand > level * pools[i].weight) continue;
      left -= pools[i].demand - shares[i];
      shares[i] = pools[i].demand;
      satisfied = true;
    }
    if (!satisfied) {
      for (std::size_t k = 0; k < rising; ++k) shares[open[k]] = level * pools[open[k]].weight;
      break;
    }
    std::erase_if(open, [&](std::size_t i) { return shares[i] >= pools[i].demand; });
  }
  return shares;
}

std::vector<double> FairSharesNow(const State& state, SlotKind kind) {
  if (state.options.policy == Policy::kFifo) return std::vector<double>(state.pools.size(), 0);
  std::vector<PoolDemand> demands;
  demands.reserve(state.pools.size());
  for (const auto& [name, pool] : state.pools) {
    demands.push_back({PoolWeight(pool), MinShare(pool, kind),
                       static_cast<double>(pool.running[Index(kind)] + pool.pending[Index(kind)])});
  }
  return FairShares(demands, static_cast<double>(state.usable_slots[Index(kind)]));
}

}  // namespace mrd::jobtracker
