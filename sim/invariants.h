#pragma once

#include <string>

#include "sim/cluster.h"

namespace mrd::sim {

// What must hold of a cluster. Each finds at most one fault; "" when there is none.

// At any moment while the namenode is up: what it must never have done.
std::string FaultNow(Cluster& cluster);
// Whether the cluster has come to rest: reasons why not.
std::string WhyUnsettled(Cluster& cluster);
// A block whose last sound replica went with a disk: the cluster cannot come to rest, and that is nobody's fault.
bool HasLostBlock(Cluster& cluster);
// After it has: files are as they were acknowledged, and every byte can be read.
std::string FaultAtRest(Cluster& cluster);

}  // namespace mrd::sim
