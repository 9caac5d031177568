#pragma once

#include <span>
#include <vector>

#include "jobtracker/core/state.h"

// Who is served first.
namespace mrd::jobtracker {

// A job's weight within its pool: each step of priority doubles it.
double WeightOf(Priority priority);

// The jobs of State::ready in the order in which a free slot of the kind is offered to them.
std::vector<Job*> JobsInOrder(const State& state, SlotKind kind);

// What a pool may count on. REQUIRES: weights above 0.
struct PoolDemand {
  double weight = 1;
  double min = 0;     // slots
  double demand = 0;  // running and waiting
};
// Divides `slots`: each pool gets what it wants up to its minimum first, then in proportion to weight up to its demand;
// what one does not want goes to the others. (Max-min fairness with weights.)
std::vector<double> FairShares(std::span<const PoolDemand> pools, double slots);

double MinShare(const Pool& pool, SlotKind kind);
// The shares of all pools now, in the order of State::pools. All 0 under Policy::kFifo.
std::vector<double> FairSharesNow(const State& state, SlotKind kind);

}  // namespace mrd::jobtracker
