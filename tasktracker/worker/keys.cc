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
    {.name = "mapreduce.task.rlimit.core",
     .old_name = nullptr,
     .type = KeyType::kSize,
     .default_value = "0",
     .unit = "bytes",
     .description = "How large a core file of an attempt may be; 0: it leaves none, whose place a back trace takes.",
     .file = "mapred",
     .min = 0},
    {.name = "mapreduce.task.rlimit.nofile",
     .old_name = nullptr,
     .type = KeyType::kInt,
     .default_value = "0",
     .unit = "",
     .description = "How many files each process of an attempt may have open; 0: as many as the tasktracker.",
     .file = "mapred",
     .min = 0},
    {.name = "mapreduce.task.rlimit.nproc",
     .old_name = nullptr,
     .type = KeyType::kInt,
     .default_value = "0",
     .unit = "",
     .description = "How many processes and threads there may be of the user that attempts run as, on the whole machine, "
                    "for an attempt to start one more; 0: not limited. Without effect on root: see "
                    "mr.tasktracker.task.user.",
     .file = "mapred",
     .min = 0},
    {.name = "mapreduce.task.rlimit.fsize",
     .old_name = nullptr,
     .type = KeyType::kSize,
     .default_value = "0",
     .unit = "bytes",
     .description = "How large a file an attempt may write on the local disk, map output included; an attempt that goes "
                    "beyond it fails. 0: not limited.",
     .file = "mapred",
     .min = 0},
    {.name = "mapreduce.map.ulimit",
     .old_name = "mapred.map.child.ulimit",
     .type = KeyType::kInt,
     .default_value = "0",
     .unit = "KiB",
     .description = "Address space of a map's processes, used or not; 0: not limited. mapreduce.map.memory.mb limits what "
                    "is used.",
     .file = "mapred",
     .min = 0,
     .max = 1099511627776},
    {.name = "mapreduce.reduce.ulimit",
     .old_name = "mapred.reduce.child.ulimit",
     .type = KeyType::kInt,
     .default_value = "0",
     .unit = "KiB",
     .description = "The same for a reduce.",
     .file = "mapred",
     .min = 0,
     .max = 1099511627776},
};

}  // namespace

std::span<const ConfigKey> WorkerKeys() { return kKeys; }

}  // namespace mrd::tasktracker
