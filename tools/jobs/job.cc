// The words of `job`.

#include <array>
#include <string>

#include "tools/jobs/options.h"
#include "tools/nearest.h"

namespace mrd::jobs {
namespace {

constexpr std::array kOptions = {
    JobOption{"-submit", "<job-file>", 1, 1, RefuseSubmit},
    JobOption{"-status", "<job-id>", 1, 1, ShowStatus},
    JobOption{"-counter", "<job-id> <group-name> <counter-name>", 3, 3, ShowCounter},
    JobOption{"-kill", "<job-id>", 1, 1, KillJob},
    JobOption{"-set-priority", "<job-id> <priority>", 2, 2, SetPriority},
    JobOption{"-events", "<job-id> <from-event-#> <#-of-events>", 3, 3, ShowEvents},
    JobOption{"-history", "[all] <job-id|history-file> [-outfile <file>] [-format <human|json>]", 1, 6, ShowHistory},
    JobOption{"-list", "[all]", 0, 1, ListJobs},
    JobOption{"-list-active-trackers", "", 0, 0, ListActiveTrackers},
    JobOption{"-list-blacklisted-trackers", "", 0, 0, ListBlacklistedTrackers},
    JobOption{"-list-attempt-ids", "<job-id> <MAP|REDUCE> <pending|running|completed|failed|killed>", 3, 3,
              ListAttemptIds},
    JobOption{"-kill-task", "<task-attempt-id>", 1, 1, KillTask},
    JobOption{"-fail-task", "<task-attempt-id>", 1, 1, FailTask},
    JobOption{"-logs", "<job-id> [<task-attempt-id>]", 1, 2,
              [](Session& session, const Words& words) { return RunLogs(session, {words.back()}); }},
    JobOption{"-config", "<job-id> <file>", 2, 2, WriteConfig},
};

const JobOption* Find(const std::string& name) {
  // A leading "--", or none, is forgiven.
  const std::size_t begin = name.find_first_not_of('-');
  const std::string wanted = "-" + (begin == std::string::npos ? "" : name.substr(begin));
  for (const JobOption& option : kOptions) {
    if (option.name == wanted) return &option;
  }
  return nullptr;
}

}  // namespace

std::string JobUsage() {
  std::string text;
  for (const JobOption& option : kOptions) {
    text += std::string("  [") + option.name + (*option.arguments == '\0' ? "" : " ") + option.arguments + "]\n";
  }
  return text;
}

std::vector<std::string> JobOptionNames() {
  std::vector<std::string> names;
  for (const JobOption& option : kOptions) names.emplace_back(option.name);
  return names;
}

int RunJob(Session& session, const Words& words) {
  if (words.empty()) {
    session.console.Err("usage: mapred job OPTION\n" + JobUsage());
    return kFailed;
  }
  const JobOption* option = Find(words[0]);
  if (option == nullptr) {
    session.console.Err("job: unknown option " + words[0] + tools::DidYouMean(words[0], JobOptionNames()) + "\n" +
                        JobUsage());
    return kFailed;
  }
  const Words rest(words.begin() + 1, words.end());
  if (rest.size() < option->words_min || rest.size() > option->words_max) {
    session.console.Err(std::string("usage: mapred job [") + option->name + " " + option->arguments + "]\n");
    return kFailed;
  }
  return option->run(session, rest);
}

}  // namespace mrd::jobs
