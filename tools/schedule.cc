// `mr schedule`: recurring jobs of a cluster. What it does with those that are there is tools/jobs/schedules.cc.

#include "tools/schedule.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/env.h"
#include "mapred/client/schedule_runner.h"
#include "tools/configuration.h"
#include "tools/console.h"
#include "tools/generic_options.h"
#include "tools/jar_run.h"
#include "tools/job_place.h"
#include "tools/jobs/session.h"
#include "tools/nearest.h"
#include "tools/process_console.h"

namespace mrd::tools {
namespace {

// The words of `add` before the plugin.
struct AddWords {
  mapred::proto::ScheduleTermsProto terms;
  bool enabled = true;
};

Status ReadCount(const std::string& option, std::string_view text, std::uint32_t* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size()) return {};
  return InvalidArgument(option + ": \"" + std::string(text) + "\" is no number");
}

Status Apply(const std::string& option, const std::string& value, AddWords* add) {
  if (option == "--cron") {
    add->terms.set_cron(value);
  } else if (option == "--zone") {
    add->terms.set_zone(value);
  } else if (option == "--overlap") {
    add->terms.set_overlap(value);
  } else if (option == "--history") {
    std::uint32_t count = 0;
    MRD_RETURN_IF_ERROR(ReadCount(option, value, &count));
    add->terms.set_historymax(count);
  } else {  // --missed
    const std::size_t colon = value.find(':');
    add->terms.set_missed(value.substr(0, colon));
    if (colon == std::string::npos) return {};
    std::uint32_t count = 0;
    MRD_RETURN_IF_ERROR(ReadCount(option, std::string_view(value).substr(colon + 1), &count));
    add->terms.set_missedmax(count);
  }
  return {};
}

// Takes NAME and the options after it; what is left are the words of `mr jar`.
Result<AddWords> TakeAddWords(std::vector<std::string>& words) {
  if (words.empty() || words[0].starts_with('-')) return InvalidArgument("add needs a name for the schedule");
  AddWords add;
  add.terms.set_name(words[0]);
  add.terms.set_zone("UTC");
  add.terms.set_overlap("skip");
  add.terms.set_missed("once");
  static const std::vector<std::string> kOptions = {"--cron", "--zone", "--overlap", "--missed", "--history"};
  std::size_t at = 1;
  for (; at < words.size() && words[at].starts_with("--"); ++at) {
    if (words[at] == "--disabled") {
      add.enabled = false;
      continue;
    }
    std::string option = words[at];
    std::optional<std::string> value;
    if (const std::size_t equals = option.find('='); equals != std::string::npos) {
      value = option.substr(equals + 1);
      option.resize(equals);
    }
    if (std::find(kOptions.begin(), kOptions.end(), option) == kOptions.end()) {
      if (option == "--config" || option == "--quiet" || option == "--embedded") break;  // of `mr jar`
      return InvalidArgument("unknown option " + option + DidYouMean(option, kOptions));
    }
    if (!value) {
      if (at + 1 == words.size()) return InvalidArgument(option + " needs a value");
      value = words[++at];
    }
    MRD_RETURN_IF_ERROR(Apply(option, *value, &add));
  }
  if (!add.terms.has_cron()) return InvalidArgument("add needs --cron EXPRESSION, as in --cron '30 4 * * MON-FRI'");
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at));
  return add;
}

int Add(std::vector<std::string> words, const std::vector<std::string>& generic) {
  const Result<AddWords> add = TakeAddWords(words);
  if (!add.ok()) return UsageError(kScheduleCommand, add.status().message());
  if (words.empty()) return UsageError(kScheduleCommand, "add needs a plugin and the words of its job");
  words.insert(words.begin(), generic.begin(), generic.end());
  const mapred::ScheduleRunner* runner = nullptr;
  const JarPurpose purpose{
      .command = kScheduleCommand,
      .no_drivers = "a schedule keeps one job; let cron or a job of your own run `mr jar`",
      .choose = [&](const Config& config, fs::Registry& file_systems, const engine::CancelFlag& cancel) -> Result<ChosenRunner> {
        ChosenRunner chosen;
        MRD_ASSIGN_OR_RETURN(chosen.client, ConnectJobtracker(config));
        auto made = std::make_unique<mapred::ScheduleRunner>(Env::Posix(), file_systems, cancel, *chosen.client, add->terms,
                                                             add->enabled);
        runner = made.get();
        chosen.runner = std::move(made);
        return chosen;
      },
      .done = [&](const engine::JobResult&) { WriteAll(kStdout, jobs::ScheduleText(*runner->added())); }};
  return RunJar(words, purpose);
}

int Run(const std::vector<std::string>& given) {
  std::vector<std::string> words = given;
  const std::size_t before = words.size();
  const Result<ConfigurationChoices> choices = TakeGenericOptions(words);
  if (!choices.ok()) return UsageError(kScheduleCommand, choices.status().message());
  if (words.empty()) return UsageError(kScheduleCommand, "needs a word: add, list, show, run, enable, disable or rm");
  if (words[0] == "add") {
    // Options in front of `add` are options of the job as well.
    const std::vector<std::string> generic(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(before - words.size()));
    return Add({words.begin() + 1, words.end()}, generic);
  }
  const Result<Configuration> configuration = LoadConfiguration(*choices);
  Status failure = configuration.status();
  if (failure.ok()) {
    Result<std::unique_ptr<mapred::JobClient>> client = ConnectJobtracker(*configuration->config);
    if (client.ok()) {
      ProcessConsole console;
      jobs::Session session{console, **client};
      return jobs::RunSchedules(session, words);
    }
    failure = client.status();
  }
  PrintError(kScheduleCommand.name, failure.message());
  return kExitUsage;
}

}  // namespace

const Command kScheduleCommand = {
    "schedule",
    "[GENERIC OPTIONS] add|list|show|run|enable|disable|rm [WORD...]",
    "Runs jobs of a cluster again and again, at times that a cron expression names.",
    "  add NAME --cron EXPRESSION [OPTION...] PLUGIN.so [JOB] [GENERIC OPTIONS] INPUT... OUTPUT [ARGUMENTS]\n"
    "                       keeps a job, in the words of mr jar; its plugin and files are stored at once\n"
    "  list [--json]        all schedules, when each is due next, and how its last run went\n"
    "  show NAME [--json]   one of them with the runs that are remembered\n"
    "  run NAME [--wait]    a run now; --wait: returns when it is over\n"
    "  enable NAME, disable NAME\n"
    "                       what is due while it is disabled is not made up for\n"
    "  rm NAME              forgets it; a job of it that runs goes on\n\n"
    "Options of add, before the plugin:\n"
    "  --cron EXPRESSION    MINUTE HOUR DAY MONTH WEEKDAY with *, names, ranges a-b, steps */n, lists a,b; or @yearly,\n"
    "                       @monthly, @weekly, @daily, @hourly; or @every PERIOD, such as 90s, 5m, 1h30m, 2d\n"
    "  --zone ZONE          UTC unless said otherwise; Europe/Berlin and the like\n"
    "  --overlap skip|queue|kill|allow\n"
    "                       when a run is due and an earlier one is not over: leave it out (the default), start it\n"
    "                       afterwards, kill the earlier one first, or run both\n"
    "  --missed once|skip|all[:N]\n"
    "                       when the jobtracker was down at the time: one run for all that was missed (the default),\n"
    "                       none, or one for each of the last N (10)\n"
    "  --history N          so many past runs are remembered (20)\n"
    "  --disabled           add it, but do not run it yet\n\n"
    "In INPUT and OUTPUT %Y %m %d %H %M %S %j %z %s stand for the time at which a run was due, %i for its number and %%\n"
    "for a percent sign. OUTPUT must have one, so that runs do not meet: /counts/%Y%m%d-%H%M.\n\n"
    "Exit status: 0; 1 when the jobtracker refused, or the run of --wait did not succeed; 255 for wrong words.\n",
    Run,
};

}  // namespace mrd::tools
