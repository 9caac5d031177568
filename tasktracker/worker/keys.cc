#include "tasktracker/worker/keys.h"

namespace mrd::tasktracker {
namespace {

constexpr ConfigKey kKeys[] = {
    {.name = "mapreduce.task.userlog.limit.kb",
     .old_name = "mapred.userlog.limit.kb",
     .type = KeyType::kInt,
     .default_value = "10240",
     .unit = "KiB",
     .description = "How much is kept of what an attempt writes to stdout, and as much of stderr: the first half and the "
                    "last half of it. 0 keeps all; Hadoop's default.",
     .file = "mapred",
     .min = 0,
     .max = 1073741824},
};

}  // namespace

std::span<const ConfigKey> WorkerKeys() { return kKeys; }

}  // namespace mrd::tasktracker
