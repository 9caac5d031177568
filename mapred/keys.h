#pragma once

#include <span>

#include "common/base/config.h"

namespace mrd::mapred {

// Configuration keys that more than one party of a MapReduce cluster reads, those of jobs that only a cluster heeds, and
// those below "mr.jobtracker." and "mr.tasktracker.": every program reads mapred-site.xml, and none accepts a name below
// "mr." that it does not know.
std::span<const ConfigKey> ClusterKeys();

}  // namespace mrd::mapred
