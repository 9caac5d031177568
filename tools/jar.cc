#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/alt_stack.h"
#include "common/base/clock.h"
#include "common/base/env.h"
#include "dfs/client/file_systems.h"
#include "engine/local_runner.h"
#include "engine/plugin.h"
#include "tools/command.h"
#include "tools/console.h"
#include "engine/guard/crash_guard.h"
#include "tools/environment.h"
#include "engine/guard/exit_guard.h"
#include "tools/file_systems.h"
#include "tools/interrupt.h"
#include "tools/jar_run.h"
#include "tools/jar_words.h"
#include "tools/job_console.h"
#include "tools/job_place.h"
#include "tools/job_report.h"
#include "tools/plugin_help.h"
#include "tools/plugin_path.h"

namespace mrd::tools {
namespace {

using engine::guard::ExitGuard;
using engine::guard::ExitRule;

// Signal handlers refer to it until the process ends.
engine::CancelFlag cancel_flag;

// Options that stand before anything else: before the plugin, and between plugin and job.
Status TakeJarOptions(WordCursor& cursor, JarOptions& options) {
  while (!cursor.done() && LooksLikeOption(cursor.current()) && cursor.current() != "--") {
    MRD_ASSIGN_OR_RETURN(const bool taken, TakeJarOption(cursor, options));
    if (!taken) return {};  // perhaps an option of the job
  }
  return {};
}

struct Chosen {
  const mr_job_entry* entry = nullptr;  // nullptr: the whole plugin, for --help
  bool several = false;                 // the plugin holds several jobs
};

// Which job of the plugin is meant. The name is needed only where there are several; a first word that is the name of
// a job is taken as such (a file of that name is written ./NAME). A round of a driver is meant only where a job must be
// named: anywhere else the word is the driver's.
Result<Chosen> ChooseJob(const std::shared_ptr<const engine::Plugin>& plugin,
                         const std::string& plugin_name,
                         const JarOptions& options,
                         WordCursor& cursor) {
  const std::vector<const mr_job_entry*> offered = plugin->Public();
  Chosen chosen;
  chosen.several = offered.size() > 1;
  if (!cursor.done() && !LooksLikeOption(cursor.current())) {
    const auto named =
        std::ranges::find_if(offered, [&](const mr_job_entry* entry) { return entry->name == cursor.current(); });
    if (named != offered.end()) {
      chosen.entry = *named;
      ++cursor.at;
      return chosen;
    }
  }
  if (offered.size() == 1) {
    chosen.entry = offered[0];
    return chosen;
  }
  if (options.help) return chosen;
  if (cursor.done() || LooksLikeOption(cursor.current())) {
    std::string names;
    for (const mr_job_entry* entry : offered) names += (names.empty() ? "" : ", ") + std::string(entry->name);
    return InvalidArgument(plugin_name + " holds several jobs; name one of them: " + names);
  }
  MRD_ASSIGN_OR_RETURN(chosen.entry, plugin->Find(cursor.current()));
  ++cursor.at;
  return chosen;
}

// Everything between the command line and the running job.
class JarRun {
 public:
  // `purpose` outlives the run; nullptr: the job is to be run, here or on a cluster.
  JarRun(const std::vector<std::string>& words, const JarPurpose* purpose) : cursor_{words}, purpose_(purpose) {}

  int Run();

 private:
  const Command& command() const { return purpose_ == nullptr ? kJarCommand : purpose_->command; }
  int CannotStart(const Status& status) const {
    PrintError(command().name, status.message());
    return kExitUsage;
  }
  int RunJob(const Chosen& chosen);
  // The end of a job that is put to another purpose.
  int ConcludePurpose(const engine::JobResult& result);
  int RunDriverEntry(const Chosen& chosen);
  int PrintPluginHelp(const Chosen& chosen);
  Status Configure();
  // Looks for --help among the words that are left, without reading them as anything else.
  void LookForHelp();
  JobConsole MakeConsole() const;
  Result<ChosenRunner> ChooseJobRunner(const Config& config, fs::Registry& file_systems, JobConsole& console) const;
  // Prints what is left to say, writes the report and gives the exit status.
  int Conclude(JobReport report, JobConsole& console);

  WordCursor cursor_;
  const JarPurpose* const purpose_;
  JarOptions options_;
  std::string plugin_name_;
  std::shared_ptr<const engine::Plugin> plugin_;
  Configuration configuration_;
  const std::int64_t start_ns_ = Clock::System().MonotonicNanos();
};

Status JarRun::Configure() {
  MRD_ASSIGN_OR_RETURN(configuration_, LoadConfiguration(options_.configuration));
  return {};
}

void JarRun::LookForHelp() {
  for (std::size_t i = cursor_.at; i < cursor_.words.size() && cursor_.words[i] != "--"; ++i) {
    if (cursor_.words[i] == "--help" || cursor_.words[i] == "-help") options_.help = true;
  }
}

JobConsole JarRun::MakeConsole() const {
  JobConsole::Options options;
  options.quiet = options_.quiet;
  options.live = !options_.quiet && StderrIsLive();
  if (auto interval = configuration_.config->GetInt("mapreduce.client.progressmonitor.pollinterval"); interval.ok()) {
    options.poll_interval_ms = *interval;
  }
  return JobConsole(options);
}

// A job outlasts a restart of the namenode; its user is not to wonder meanwhile. REQUIRES: the console outlives the client.
dfs::client::WaitListener TellOfWaiting(JobConsole& console) {
  return [&console](const std::string& why) {
    console.Warn("ipc.Client", "waiting for the namenode: " + why + "; dfs.client.namenode.patience says how long");
  };
}

Result<ChosenRunner> JarRun::ChooseJobRunner(const Config& config, fs::Registry& file_systems, JobConsole& console) const {
  if (purpose_ != nullptr) return purpose_->choose(config, file_systems, cancel_flag);
  const RunnerOptions options{.detach = options_.detach, .live = !options_.quiet && StderrIsLive()};
  Result<ChosenRunner> chosen = ChooseRunner(config, file_systems, cancel_flag, options);
  if (chosen.ok() && !chosen->notice.empty()) console.Info("mapreduce.Job", chosen->notice);
  return chosen;
}

int JarRun::PrintPluginHelp(const Chosen& chosen) {
  if (const Status configured = Configure(); !configured.ok()) return CannotStart(configured);
  if (chosen.entry == nullptr) {
    WriteAll(kStdout, PluginHelp(plugin_name_, plugin_, *configuration_.config));
    return kExitOk;
  }
  if (chosen.entry->main != nullptr) {
    WriteAll(kStdout, DriverHelp(plugin_name_, chosen.several, *chosen.entry) + GenericOptionsHelp());
    return kExitOk;
  }
  auto job = engine::DescribeJob({.plugin = plugin_,
                                  .entry = chosen.entry,
                                  .inputs = {},
                                  .output = {},
                                  .options = {},
                                  .config = *configuration_.config});
  if (!job.ok()) return CannotStart(job.status());
  WriteAll(kStdout, JobHelp(plugin_name_, chosen.several, *chosen.entry, *job) + GenericOptionsHelp());
  return kExitOk;
}

int JarRun::Conclude(JobReport report, JobConsole& console) {
  report.plugin = plugin_name_;
  report.seconds = static_cast<double>(Clock::System().MonotonicNanos() - start_ns_) / 1e9;
  if (options_.report.empty()) return report.exit_status;
  if (const Status written = WriteReport(options_.report, report); !written.ok()) {
    console.Error("mr jar: the report was not written: " + written.message());
    if (report.exit_status == kExitOk) return kExitFailed;
  }
  return report.exit_status;
}

int JarRun::RunJob(const Chosen& chosen) {
  const mr_job_entry& entry = *chosen.entry;
  const std::string usage_head = "usage: mr " + std::string(command().name) + (purpose_ == nullptr ? " " : " ... ") +
                                 plugin_name_ + (chosen.several ? std::string(" ") + entry.name : "") + " [generic options] ";
  if (const Status configured = Configure(); !configured.ok()) return CannotStart(configured);
  engine::JobRequest request{
      .plugin = plugin_, .entry = &entry, .inputs = {}, .output = {}, .options = {}, .config = *configuration_.config};
  auto description = engine::DescribeJob(request);
  if (!description.ok()) return CannotStart(description.status());

  auto words = ParseJobWords(*description, cursor_, options_);
  if (!words.ok()) {
    PrintError(command().name, words.status().message());
    WriteAll(kStderr, usage_head + JobUsage(*description) + "\n`mr jar " + plugin_name_ + " --help` tells more.\n");
    return kExitUsage;
  }
  // Generic options may also have stood among the job's words.
  if (const Status configured = Configure(); !configured.ok()) return CannotStart(configured);
  if (!options_.report.empty()) {
    if (const Status writable = CheckReportPath(options_.report); !writable.ok()) return CannotStart(writable);
  }
  request.config = *configuration_.config;
  request.inputs = std::move(words->inputs);
  request.output = std::move(words->output);
  request.options = std::move(words->values);

  JobConsole console = MakeConsole();
  for (const std::string& notice : request.config.notices()) console.Info("Configuration.deprecation", notice);
  fs::Registry file_systems = MakeFileSystems(dfs::client::OutlastingRestarts(request.config), TellOfWaiting(console));
  Result<ChosenRunner> chosen_runner = ChooseJobRunner(request.config, file_systems, console);
  if (!chosen_runner.ok()) return CannotStart(chosen_runner.status());
  JobReport report;
  report.job = entry.name;
  report.results.push_back(chosen_runner->runner->Run(request, console));
  const engine::JobResult& result = report.results.back();
  if (purpose_ != nullptr) return ConcludePurpose(result);
  const int signal = cancel_flag.signal.load();
  console.Finished(result, signal);
  if (!result.status.ok()) {
    report.error = result.status.message();
    report.exit_status = result.status.code() == Code::kCancelled && signal != 0 ? 128 + signal : kExitFailed;
  }
  return Conclude(std::move(report), console);
}

int JarRun::ConcludePurpose(const engine::JobResult& result) {
  if (result.status.ok()) {
    purpose_->done(result);
    return kExitOk;
  }
  PrintError(command().name, result.status.message());
  const int signal = cancel_flag.signal.load();
  return signal != 0 ? 128 + signal : kExitFailed;
}

// Prints each round's end when the next begins or the driver returns.
class RoundsConsole : public JobConsole {
 public:
  RoundsConsole(const Options& options, const std::vector<engine::JobResult>& results)
      : JobConsole(options), results_(results) {}

  void JobStarted(std::string_view job_id, std::string_view job_name) override {
    Catch();
    JobConsole::JobStarted(job_id, job_name);
  }
  void InputListed(std::size_t files) override {
    Catch();
    JobConsole::InputListed(files);
  }
  void Catch() {
    while (told_ < results_.size()) Finished(results_[told_++], cancel_flag.signal.load());
  }
  // Whether a round's end said this. REQUIRES: Catch() was called after the last.
  bool Told(const std::string& error) const {
    return std::ranges::any_of(results_, [&](const engine::JobResult& result) {
      return !result.status.ok() && result.status.message() == error;
    });
  }

 private:
  const std::vector<engine::JobResult>& results_;
  std::size_t told_ = 0;
};

int JarRun::RunDriverEntry(const Chosen& chosen) {
  if (const Status configured = Configure(); !configured.ok()) return CannotStart(configured);
  if (!options_.report.empty()) {
    if (const Status writable = CheckReportPath(options_.report); !writable.ok()) return CannotStart(writable);
  }
  const std::vector<std::string> arguments(cursor_.words.begin() + static_cast<std::ptrdiff_t>(cursor_.at),
                                           cursor_.words.end());
  JobReport report;
  report.driver = true;
  report.job = chosen.entry->name;
  JobConsole::Options options;
  options.quiet = options_.quiet;
  options.live = !options_.quiet && StderrIsLive();
  options.rounds = true;
  RoundsConsole console(options, report.results);
  fs::Registry file_systems =
      MakeFileSystems(dfs::client::OutlastingRestarts(*configuration_.config), TellOfWaiting(console));
  Result<ChosenRunner> chosen_runner = ChooseJobRunner(*configuration_.config, file_systems, console);
  if (!chosen_runner.ok()) return CannotStart(chosen_runner.status());
  report.exit_status = engine::RunDriver(plugin_,
                                         *chosen.entry,
                                         arguments,
                                         *configuration_.config,
                                         *chosen_runner->runner,
                                         file_systems,
                                         console,
                                         report.results,
                                         report.error);
  console.Catch();
  if (!report.error.empty() && !console.Told(report.error)) console.Error("mr jar: " + report.error);
  if (const int signal = cancel_flag.signal.load(); signal != 0) report.exit_status = 128 + signal;
  return Conclude(std::move(report), console);
}

int JarRun::Run() {
  Status taken = TakeJarOptions(cursor_, options_);
  if (!taken.ok()) return UsageError(command(), taken.message());
  if (cursor_.done()) {
    if (!options_.help) return UsageError(command(), "needs a plugin");
    PrintHelp(command());
    return kExitOk;
  }
  if (LooksLikeOption(cursor_.current())) return UsageError(command(), "unknown option " + cursor_.current());
  plugin_name_ = cursor_.words[cursor_.at++];
  auto path = FindPlugin(plugin_name_);
  if (!path.ok()) return CannotStart(path.status());

  static std::string subject;  // handlers refer to it
  subject = "the plugin " + plugin_name_;
  InstallInterruptHandlers(cancel_flag);
  engine::guard::InstallCrashGuard(subject.c_str());
  const ThreadSignalStack stack;
  ExitGuard exit_guard(subject.c_str());

  auto loaded = engine::Plugin::Load(*path);
  if (!loaded.ok()) {
    Status why = loaded.status();
    if (why.message().find(plugin_name_) == std::string::npos) why = std::move(why).WithContext(plugin_name_);
    return CannotStart(why);
  }
  plugin_ = std::move(loaded).value();

  taken = TakeJarOptions(cursor_, options_);
  if (!taken.ok()) return CannotStart(taken);
  auto chosen = ChooseJob(plugin_, plugin_name_, options_, cursor_);
  if (!chosen.ok()) return CannotStart(chosen.status());
  taken = TakeJarOptions(cursor_, options_);
  if (!taken.ok()) return CannotStart(taken);

  const bool driver = chosen->entry != nullptr && chosen->entry->main != nullptr;
  if (driver && purpose_ != nullptr && !options_.help) {
    return CannotStart(InvalidArgument(std::string(chosen->entry->name) + " is a driver, whose rounds are made where it runs: " +
                                       purpose_->no_drivers));
  }
  if (!driver) LookForHelp();
  if (options_.help) return PrintPluginHelp(*chosen);
  if (!driver) return RunJob(*chosen);
  exit_guard.set_rule(ExitRule::kBetweenJobs);
  return RunDriverEntry(*chosen);
}

int Run(const std::vector<std::string>& words) { return JarRun(words, nullptr).Run(); }

}  // namespace

int RunJar(const std::vector<std::string>& words, const JarPurpose& purpose) { return JarRun(words, &purpose).Run(); }

const Command kJarCommand = {
    "jar",
    "PLUGIN.so [JOB] [GENERIC_OPTIONS] INPUT... OUTPUT [ARGUMENTS]",
    "Runs a job of a plugin.",
    "PLUGIN.so is a path; a bare name is also looked for in the current directory and among the installed\n"
    "examples, with or without \".so\". A plugin with several jobs takes the job's name as the next word.\n"
    "`mr jar PLUGIN.so --help` prints the jobs, their arguments and options. INPUT is a file, a directory or a\n"
    "pattern, OUTPUT a directory that must not exist yet.\n\n"
    "Generic options, before or after the job's name:\n"
    "  -D NAME=VALUE         sets a property of the configuration; repeatable\n"
    "  -conf FILE            reads a site file; repeatable\n"
    "  -fs URI               default file system (local, file:///)\n"
    "  -jt local|HOST:PORT   where to run: in this process, or on the cluster of that jobtracker\n"
    "  -files A,B#LINK       files that every task finds in its directory, under the link's name\n"
    "  -archives A.zip#DIR   the same with archives, unpacked\n"
    "  --config DIR          directory of core-site.xml and mapred-site.xml (else $MR_CONF_DIR,\n"
    "                        $HADOOP_CONF_DIR, the installation's etc/mr)\n"
    "  --embedded            run in this process even where a cluster is configured\n"
    "  --detach              an interrupt leaves the job of a cluster running instead of killing it\n"
    "  --quiet               print errors only\n"
    "  --report FILE         write status, counters, ledger and times as JSON\n"
    "Where nothing else is said jobs run on the private cluster while it is up (mr up), else in this process;\n"
    "mapreduce.framework.name (local, cluster) and mapreduce.jobtracker.address say it in site files. The bytes of\n"
    "the output are the same. An interrupt kills the job; a second one ends the command at once.\n\n"
    "Options of the job are written --NAME VALUE or --NAME=VALUE, anywhere after the job's name; after -- nothing\n"
    "is an option. For a driver everything after its name is its own.\n\n"
    "Exit status: 0 success, 1 the job failed, 130 or 143 ended by a signal, 255 it could not start; a driver's own.\n",
    Run,
};

}  // namespace mrd::tools
