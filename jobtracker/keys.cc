#include "jobtracker/keys.h"

namespace mrd::jobtracker {
namespace {

constexpr ConfigKey kKeys[] = {
    {.name = "mapreduce.jobtracker.http.address",
     .old_name = "mapred.job.tracker.http.address",
     .type = KeyType::kString,
     .default_value = "127.0.0.1:50030",
     .unit = "",
     .description = "Where the pages are served; port 0 takes a free one.",
     .file = "mapred"},
    {.name = "mapreduce.jobtracker.expire.trackers.interval",
     .old_name = "mapred.tasktracker.expiry.interval",
     .type = KeyType::kDuration,
     .default_value = "600000",
     .unit = "ms",
     .description =
         "A tracker without news for so long is lost; what it ran and kept is done again "
         "elsewhere.",
     .file = "mapred",
     .min = 100},
    {.name = "mapreduce.jobtracker.hosts.filename",
     .old_name = "mapred.hosts",
     .type = KeyType::kString,
     .default_value = nullptr,
     .unit = "",
     .description = "File that names the hosts whose trackers may join, one a line; unset: every host.",
     .file = "mapred"},
    {.name = "mapreduce.jobtracker.hosts.exclude.filename",
     .old_name = "mapred.hosts.exclude",
     .type = KeyType::kString,
     .default_value = nullptr,
     .unit = "",
     .description =
         "File that names hosts whose trackers are to leave, one a line. Read at the start and by "
         "mradmin -refreshNodes.",
     .file = "mapred"},
    {.name = "mapreduce.jobtracker.taskscheduler",
     .old_name = "mapred.jobtracker.taskScheduler",
     .type = KeyType::kString,
     .default_value = "fifo",
     .unit = "",
     .description =
         "fifo: jobs by priority and age within each queue, queues by name; fair: queues share "
         "slots by weight and minimum share. Names of Hadoop's classes are understood.",
     .file = "mapred"},
    {.name = "mapreduce.jobtracker.queues",
     .old_name = "mapred.queue.names",
     .type = KeyType::kList,
     .default_value = "default",
     .unit = "",
     .description =
         "Names of the queues. Of each, mapreduce.jobtracker.queue.NAME.weight, .minshare, "
         ".maxrunning, .maxjobs, .user.maxrunning, .state and .acl-submit-job say more.",
     .file = "mapred"},
    {.name = "mapreduce.jobtracker.maxtasks.perjob",
     .old_name = "mapred.jobtracker.maxtasks.per.job",
     .type = KeyType::kInt,
     .default_value = "250000",
     .unit = "",
     .description = "A job with more maps and reduces is refused.",
     .file = "mapred",
     .min = 1,
     .max = 10000000},
    {.name = "mapreduce.jobtracker.tasktracker.maxblacklists",
     .old_name = "mapred.max.tracker.blacklists",
     .type = KeyType::kInt,
     .default_value = "4",
     .unit = "",
     .description =
         "A tracker that so many jobs would not use any more gets no tasks of new ones for a "
         "while.",
     .file = "mapred",
     .min = 1},
    {.name = "mapreduce.jobtracker.retirejob.interval",
     .old_name = "mapred.jobtracker.retirejob.interval",
     .type = KeyType::kDuration,
     .default_value = "86400000",
     .unit = "ms",
     .description = "How long an ended job stays in the jobtracker's memory; afterwards it is in the history.",
     .file = "mapred",
     .min = 0},
    {.name = "mapreduce.jobtracker.retiredjobs.cache.size",
     .old_name = "mapred.job.tracker.retiredjobs.cache.size",
     .type = KeyType::kInt,
     .default_value = "1000",
     .unit = "",
     .description = "Most ended jobs that stay in the jobtracker's memory.",
     .file = "mapred",
     .min = 1},
    {.name = "mapreduce.jobhistory.done-dir",
     .old_name = "mapreduce.jobtracker.jobhistory.completed.location",
     .type = KeyType::kString,
     .default_value = nullptr,
     .unit = "",
     .description =
         "Where a file is written for each ended job. When unset: the directory history beside "
         "mapreduce.jobtracker.system.dir.",
     .file = "mapred"},
    {.name = "mapreduce.jobhistory.max-age-ms",
     .old_name = nullptr,
     .type = KeyType::kDuration,
     .default_value = "604800000",
     .unit = "ms",
     .description = "Files of the history are removed when they are so old; 0: never.",
     .file = "mapred",
     .min = 0},
};

}  // namespace

std::span<const ConfigKey> JobtrackerKeys() { return kKeys; }

}  // namespace mrd::jobtracker
