// Commands that ask a jobtracker about jobs; what they do is tools/jobs.

#include <memory>
#include <string>
#include <vector>

#include "mapred/client/job_client.h"
#include "tools/command.h"
#include "tools/configuration.h"
#include "tools/file_systems.h"
#include "tools/generic_options.h"
#include "tools/job_place.h"
#include "tools/jobs/session.h"
#include "tools/process_console.h"

namespace mrd::tools {
namespace {

int Run(const Command& command, const std::vector<std::string>& given, int (*run)(jobs::Session&, const jobs::Words&)) {
  std::vector<std::string> words = given;
  const Result<ConfigurationChoices> choices = TakeGenericOptions(words);
  if (!choices.ok()) return UsageError(command, choices.status().message());
  if (words.empty()) return UsageError(command, "needs words");
  const Result<Configuration> configuration = LoadConfiguration(*choices);
  if (!configuration.ok()) {
    PrintError(command.name, configuration.status().message());
    return kExitUsage;
  }
  Result<std::unique_ptr<mapred::JobClient>> client = ConnectJobtracker(*configuration->config);
  if (!client.ok()) {
    PrintError(command.name, client.status().message());
    return kExitUsage;
  }
  ProcessConsole console;
  fs::Registry file_systems = MakeFileSystems(*configuration->config);
  jobs::Session session{console, **client, &file_systems};
  return run(session, words);
}

}  // namespace

const Command kJobCommand = {
    "job",
    "[GENERIC OPTIONS] -OPTION [WORD...]",
    "Lists, shows, kills and otherwise looks after jobs of a cluster.",
    "The options are those of `mapred job`:\n"
    "  -list [all]                        jobs that wait or run; all: ended ones too\n"
    "  -status JOB                        how it is, why it waits, its counters\n"
    "  -counter JOB GROUP NAME            one number\n"
    "  -events JOB FROM COUNT             how its attempts ended, numbered from 1\n"
    "  -history [all] JOB|FILE [-outfile F] [-format human|json]\n"
    "                                     summary, times, failed and killed attempts; all: every attempt. A FILE is one\n"
    "                                     of the job history, for jobs that the jobtracker does not know any more\n"
    "  -logs JOB|ATTEMPT                  what attempts printed; see mr logs\n"
    "  -config JOB FILE                   writes its configuration as a site file\n"
    "  -list-attempt-ids JOB MAP|REDUCE pending|running|completed|failed|killed\n"
    "  -list-active-trackers, -list-blacklisted-trackers\n"
    "  -kill JOB                          its output is removed\n"
    "  -kill-task ATTEMPT, -fail-task ATTEMPT\n"
    "                                     another attempt follows; the second counts against the limit of failures\n"
    "  -set-priority JOB PRIORITY         VERY_HIGH, HIGH, NORMAL, LOW, VERY_LOW\n"
    "Generic options: -D NAME=VALUE, -conf FILE, -jt HOST:PORT, --config DIRECTORY. mr why JOB tells why one failed.\n"
    "Exit status: 0, 255 when it could not be done.\n",
    [](const std::vector<std::string>& words) { return Run(kJobCommand, words, jobs::RunJob); },
};

const Command kQueueCommand = {
    "queue",
    "[GENERIC OPTIONS] -list | -info QUEUE [-showJobs] | -showacls",
    "Tells of the queues that jobs are submitted to.",
    "A job names its queue by mapreduce.job.queuename. Exit status: 0, 255 for a queue that is not there.\n",
    [](const std::vector<std::string>& words) { return Run(kQueueCommand, words, jobs::RunQueue); },
};

const Command kMrAdminCommand = {
    "mradmin",
    "[GENERIC OPTIONS] -refreshNodes",
    "Makes the jobtracker read its lists of hosts again.",
    "Trackers on hosts of mapreduce.jobtracker.hosts.exclude.filename get no more tasks and leave. For administrators.\n"
    "Exit status: 0, 255 when it could not be done.\n",
    [](const std::vector<std::string>& words) { return Run(kMrAdminCommand, words, jobs::RunAdmin); },
};

const Command kWhyCommand = {
    "why",
    "[GENERIC OPTIONS] JOB",
    "Tells why attempts of a job failed, or why it waits.",
    "Failures with the same cause are one group, the most telling first: what happened, at which record of which file,\n"
    "where in the code, the last lines of stderr, and what the failed attempts have in common. The id of a task or an\n"
    "attempt names its job. Exit status: 0, 255 for an unknown job.\n",
    [](const std::vector<std::string>& words) { return Run(kWhyCommand, words, jobs::RunWhy); },
};

const Command kLogsCommand = {
    "logs",
    "[GENERIC OPTIONS] JOB|TASK|ATTEMPT [-f]",
    "Prints what attempts of a job wrote to stdout and stderr.",
    "It comes from the trackers that ran them, which keep it for mapreduce.job.userlog.retain.hours.\n"
    "  -f    goes on until they have ended\n"
    "Exit status: 0, 255 when something could not be read.\n",
    [](const std::vector<std::string>& words) { return Run(kLogsCommand, words, jobs::RunLogs); },
};

}  // namespace mrd::tools
