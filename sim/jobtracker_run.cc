#include "sim/jobtracker_run.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "mapred/ids.h"
#include "sim/jobtracker_daemon.h"
#include "sim/jobtracker_output.h"
#include "sim/jobtracker_tracker.h"

namespace mrd::sim {
namespace {

using jobtracker::AttemptState;
using jobtracker::CoreOptions;
using jobtracker::JobState;
using jobtracker::JobSubmission;
using jobtracker::JobView;
using jobtracker::Policy;
using jobtracker::ReasonCode;
using jobtracker::TaskKind;
using jobtracker::TaskState;
using jobtracker::TaskView;

constexpr Millis kStarvation = 150'000;

CoreOptions OptionsFor(Clock& clock) {
  CoreOptions options;
  options.policy = clock.Chance(0.5) ? Policy::kFair : Policy::kFifo;
  options.queues = {{"default", {}}, {"other", {}}};
  options.queues["other"].weight = 2;
  if (clock.Chance(0.3)) options.queues["other"].min_maps = 1;
  if (clock.Chance(0.2)) options.queues["default"].user_jobs_max = 1;
  if (clock.Chance(0.2)) options.queues["other"].user_slots_max = 2;
  options.heartbeat_ms = 1'000;
  options.tracker_expiry_ms = 12'000;
  options.min_share_timeout_ms = 4'000;
  options.fair_share_timeout_ms = 8'000;
  options.speculation_min_ms = 2'000;
  options.tracker_fault_window_ms = 60'000;
  if (clock.Chance(0.2)) options.running_jobs_max = 2;
  return options;
}

class Run {
 public:
  explicit Run(const JobtrackerRunOptions& options)
      : options_(options),
        clock_(options.seed),
        core_options_(OptionsFor(clock_)),
        daemon_(clock_, core_options_, options.plant),
        world_(clock_, daemon_, output_) {
    clock_.set_verbose(options.verbose);
  }

  JobtrackerRunOutcome Go() {
    SetUp();
    while (clock_.Step(options_.trouble) && fault().empty()) {
    }
    if (fault().empty()) Calm();
    const Millis end = options_.trouble + options_.rest_max;
    while (fault().empty() && !AllOver() && clock_.Step(end)) {
    }
    if (fault().empty() && !AllOver()) fault_ = "not every job is over:\n" + Unfinished() + Slots();
    // What was said last arrives.
    const Millis quiet = clock_.now() + 60'000;
    while (fault().empty() && clock_.Step(quiet)) {
    }
    if (fault().empty()) CheckEnd();
    JobtrackerRunOutcome outcome;
    outcome.fault = fault();
    outcome.steps = clock_.steps();
    outcome.trace_hash = clock_.trace_hash();
    outcome.jobs = world_.jobs.size();
    outcome.succeeded = succeeded_;
    outcome.attempts = world_.attempts;
    outcome.failed_fetches = world_.reruns;
    outcome.restarts = daemon_.starts() - 1;
    outcome.last_lines.assign(clock_.last_lines().begin(), clock_.last_lines().end());
    return outcome;
  }

 private:
  std::string fault() const {
    if (!fault_.empty()) return fault_;
    return world_.fault.empty() ? output_.fault() : world_.fault;
  }

  void SetUp() {
    daemon_.Start();
    const std::int64_t trackers = clock_.Between(2, 6);
    const bool memory = clock_.Chance(0.3);
    for (std::int64_t i = 0; i < trackers; ++i) {
      jobtracker::TrackerInfo info;
      info.name = "tracker_" + std::to_string(i);
      info.host = "host" + std::to_string(i);
      info.rack = "/rack" + std::to_string(i % 2);
      info.http_port = 50060;
      info.shuffle_port = 13562;
      info.map_slots = static_cast<std::uint32_t>(clock_.Between(1, 3));
      info.reduce_slots = static_cast<std::uint32_t>(clock_.Between(1, 2));
      info.memory = memory ? 4'000 : 0;
      models_.push_back(std::make_unique<TrackerModel>(world_, info));
      world_.trackers[info.name] = models_.back().get();
      clock_.After(clock_.Between(0, 3'000), [this, model = models_.back().get()] { model->Start(); });
    }
    world_.lost = clock_.Chance(0.7) ? 0.03 : 0;
    world_.failing = clock_.Chance(0.6) ? 0.08 : 0;
    world_.stuck = clock_.Chance(0.5) ? 0.03 : 0;
    world_.damaged = clock_.Chance(0.3) ? 0.01 : 0;
    const std::int64_t jobs = clock_.Between(2, 6);
    for (std::int64_t i = 1; i <= jobs; ++i) {
      clock_.After(clock_.Between(0, options_.trouble / 2),
                   [this, i] { Submit(MakeJob(static_cast<std::uint32_t>(i))); });
    }
    Trouble();
    Look();
  }

  JobSubmission MakeJob(std::uint32_t number) {
    JobSubmission job;
    job.id = mapred::JobId(1, number);
    job.name = "job";
    job.user = clock_.Chance(0.5) ? "ann" : "bob";
    job.queue = clock_.Chance(0.5) ? "default" : "other";
    job.priority = static_cast<jobtracker::Priority>(clock_.Between(0, 4));
    jobtracker::JobSettings& settings = job.settings;
    settings.reduces = static_cast<std::uint32_t>(clock_.Between(0, 4));
    settings.has_output = !clock_.Chance(0.1);
    settings.maps_publish = clock_.Chance(0.2);
    settings.slow_start = clock_.random().NextDouble();
    settings.whole_enabled = clock_.Chance(0.3);
    settings.map_attempts_max = 6;
    settings.reduce_attempts_max = 6;
    if (clock_.Chance(0.2)) settings.map_failures_percent = 20;
    if (clock_.Chance(0.2)) settings.running_maps_max = 2;
    settings.map_memory = static_cast<std::uint64_t>(clock_.Between(0, 2'000));
    settings.reduce_memory = static_cast<std::uint64_t>(clock_.Between(0, 2'000));
    job.splits.resize(static_cast<std::size_t>(clock_.Between(0, 25)));
    for (jobtracker::SplitSummary& split : job.splits) {
      split.bytes = 1'000;
      for (std::int64_t i = clock_.Between(0, 2); i > 0; --i) {
        split.hosts.push_back("host" + std::to_string(clock_.Between(0, 7)));
      }
    }
    return job;
  }

  // As a client: until it was taken.
  void Submit(JobSubmission job) {
    if (!daemon_.up()) {
      clock_.After(500, [this, job = std::move(job)] { Submit(job); });
      return;
    }
    auto effects = daemon_.core().Submit(job, daemon_.Now());
    if (!effects.ok()) {
      if (effects.status().code() != Code::kAlreadyExists) fault_ = effects.status().ToString();
      return;
    }
    world_.jobs[job.id] = job;
    clock_.Trace("client", "hands in " + job.id);
    daemon_.Apply(*std::move(effects));
    // A power cut may take it before it was on the disk; the client tries again then.
    clock_.After(3'000, [this, job = std::move(job)] { Submit(job); });
  }

  void Trouble() {
    if (calm_) return;
    clock_.After(clock_.Between(200, 6'000), [this] {
      if (!calm_) Mischief();
      Trouble();
    });
  }

  TrackerModel& AnyTracker() {
    return *models_[static_cast<std::size_t>(clock_.Between(0, static_cast<std::int64_t>(models_.size()) - 1))];
  }

  void Mischief() {
    TrackerModel& tracker = AnyTracker();
    const std::string& name = tracker.info().name;
    const Millis lasts = clock_.Chance(0.5) ? clock_.Between(100, 5'000) : clock_.Between(5'000, 30'000);
    switch (clock_.Between(0, 8)) {
      case 0:
        if (!tracker.alive()) return;
        clock_.Trace(name, "killed");
        tracker.Kill();
        clock_.After(lasts, [&tracker] {
          if (!tracker.alive()) tracker.Start();
        });
        return;
      case 1:
        clock_.Trace(name, "cut off");
        tracker.set_cut(true);
        clock_.After(lasts, [&tracker] { tracker.set_cut(false); });
        return;
      case 2:
      case 3: {
        if (!daemon_.up()) return;
        const bool power = clock_.Chance(0.4);
        clock_.Trace("jobtracker", power ? "loses power" : "killed");
        daemon_.Crash(power);
        clock_.After(clock_.Between(100, 8'000), [this] { StartDaemon(); });
        return;
      }
      case 4:
        tracker.set_slowness(static_cast<int>(clock_.Between(1, 20)));
        return;
      case 5: KillSomething(); return;
      case 6:
        if (daemon_.up()) {
          std::set<std::string> hosts;
          if (clock_.Chance(0.5)) hosts.insert(tracker.info().host);
          clock_.Trace(name, hosts.empty() ? "no host is excluded" : "excluded");
          daemon_.Apply(daemon_.core().SetExcludedHosts(hosts, daemon_.Now()));
        }
        return;
      default: return;
    }
  }

  void StartDaemon() {
    if (daemon_.up()) return;
    if (std::string fault = daemon_.Start(); !fault.empty()) fault_ = std::move(fault);
    clock_.Trace("jobtracker", "started");
  }

  void KillSomething() {
    if (!daemon_.up() || world_.jobs.empty()) return;
    const auto pick = static_cast<std::size_t>(clock_.Between(0, static_cast<std::int64_t>(world_.jobs.size()) - 1));
    const std::string id = std::next(world_.jobs.begin(), static_cast<std::ptrdiff_t>(pick))->first;
    jobtracker::Core& core = daemon_.core();
    if (clock_.Chance(0.3)) {
      auto effects = core.SetPriority(id, static_cast<jobtracker::Priority>(clock_.Between(0, 4)), daemon_.Now());
      if (effects.ok()) daemon_.Apply(*std::move(effects));
    } else if (clock_.Chance(0.3)) {
      clock_.Trace("client", "kills " + id);
      auto effects = core.KillJob(id, "Asked for.", daemon_.Now());
      if (effects.ok()) daemon_.Apply(*std::move(effects));
    } else {
      const auto page = core.Tasks(id, std::nullopt, 0, 1'000, daemon_.Now());
      if (!page.ok()) return;
      for (const TaskView& task : page->tasks) {
        for (const auto& attempt : task.attempts) {
          if (IsOver(attempt.state) || !clock_.Chance(0.3)) continue;
          auto killed = core.KillAttempt(attempt.attempt, clock_.Chance(0.3), "Asked for.", daemon_.Now());
          if (killed.ok()) daemon_.Apply(std::move(killed->effects));
          return;
        }
      }
    }
  }

  void Calm() {
    calm_ = true;
    world_.lost = world_.failing = world_.stuck = world_.damaged = 0;
    for (const auto& model : models_) {
      model->set_cut(false);
      model->set_slowness(1);
      if (!model->alive()) model->Start();
    }
    StartDaemon();
    daemon_.Apply(daemon_.core().SetExcludedHosts({}, daemon_.Now()));
    clock_.Trace("cluster", "peace");
  }

  bool AllOver() {
    if (!daemon_.up()) return false;
    return daemon_.core().Jobs(false, daemon_.Now()).empty() && submitted_all();
  }
  bool submitted_all() const { return clock_.now() > options_.trouble + 5'000; }

  std::string Unfinished() {
    std::string text;
    for (const JobView& job : daemon_.core().Jobs(false, daemon_.Now())) {
      text += job.id + " " + std::string(JobStateName(job.state)) + " maps " + std::to_string(job.maps_done) + "/" +
              std::to_string(job.maps) + " reduces " + std::to_string(job.reduces_done) + "/" +
              std::to_string(job.reduces);
      for (const auto& waiting : job.waiting) text += "; " + std::to_string(waiting.tasks) + ": " + waiting.reason.Text();
      text += "\n";
    }
    return text;
  }

  std::string Slots() {
    std::string text;
    for (const auto& tracker : daemon_.core().Cluster(daemon_.Now()).trackers) {
      text += tracker.info.name + " maps " + std::to_string(tracker.running_maps) + "/" +
              std::to_string(tracker.info.map_slots) + " reduces " + std::to_string(tracker.running_reduces) + "/" +
              std::to_string(tracker.info.reduce_slots) + " memory " + std::to_string(tracker.used_memory) + "/" +
              std::to_string(tracker.info.memory) + " " + std::string(TrackerStateName(tracker.state)) + "\n";
    }
    return text;
  }

  // Looks at everything now and then.
  void Look() {
    clock_.After(clock_.Between(500, 4'000), [this] {
      if (daemon_.up() && fault().empty()) CheckNow();
      Look();
    });
  }

  void CheckNow() {
    const auto now = daemon_.Now();
    std::map<std::string, std::uint32_t> running;
    for (const JobView& job : daemon_.core().Jobs(true, now)) {
      const auto page = daemon_.core().Tasks(job.id, std::nullopt, 0, 100'000, now);
      std::uint32_t pending = 0;
      for (const TaskView& task : page->tasks) {
        CheckTask(job, task);
        pending += task.state == TaskState::kPending ? 1 : 0;
        for (const auto& attempt : task.attempts) {
          if (!IsOver(attempt.state)) ++running[attempt.tracker];
        }
      }
      std::uint32_t explained = 0;
      for (const auto& waiting : job.waiting) explained += waiting.tasks;
      if (explained < pending) fault_ = job.id + ": " + std::to_string(pending - explained) + " tasks wait without reason";
      CheckStarving(job);
    }
    for (const auto& tracker : daemon_.core().Cluster(now).trackers) {
      const std::uint32_t in_slots = tracker.running_maps + tracker.running_reduces;
      const std::uint32_t listed = running[tracker.info.name];
      if (in_slots > listed || in_slots + 4 < listed) {
        fault_ = tracker.info.name + " has " + std::to_string(in_slots) + " slots taken by " + std::to_string(listed);
      }
      const bool idle = tracker.running_maps < tracker.info.map_slots;
      if (tracker.state == jobtracker::TrackerState::kLive && idle && !tracker.idle_map) {
        fault_ = tracker.info.name + " is idle without reason";
      }
      if (tracker.state != jobtracker::TrackerState::kLive && !tracker.unused) {
        fault_ = tracker.info.name + " is not used without reason";
      }
    }
  }

  void CheckTask(const JobView& job, const TaskView& task) {
    if (task.state == TaskState::kPending && (!task.waiting || task.waiting->Text().empty())) {
      fault_ = task.id + " waits without reason";
    }
    if (task.state == TaskState::kRunning && !IsOver(job.state) &&
        std::none_of(task.attempts.begin(), task.attempts.end(), [](const auto& a) { return !IsOver(a.state); })) {
      fault_ = task.id + " is lost: it runs without an attempt";
    }
    std::uint32_t succeeded = 0;
    for (const auto& attempt : task.attempts) succeeded += attempt.state == AttemptState::kSucceeded ? 1 : 0;
    if (task.state == TaskState::kSucceeded && succeeded == 0) fault_ = task.id + " succeeded without an attempt";
    if (task.kind == TaskKind::kReduce && succeeded > 1) fault_ = task.id + " succeeded twice";
  }

  // In peace and under fair shares nobody goes without a slot for long that others have.
  void CheckStarving(const JobView& job) {
    if (core_options_.policy != Policy::kFair || !calm_) return;
    const bool wants = std::any_of(job.waiting.begin(), job.waiting.end(), [](const auto& waiting) {
      return waiting.reason.code == ReasonCode::kNoFreeSlot || waiting.reason.code == ReasonCode::kOtherJobsFirst ||
             waiting.reason.code == ReasonCode::kMemory;
    });
    Millis& since = starving_since_.try_emplace(job.id, clock_.now()).first->second;
    if (!wants || job.maps_running + job.reduces_running > 0) since = clock_.now();
    if (clock_.now() - since > kStarvation) fault_ = job.id + " starves:\n" + Unfinished() + Slots();
  }

  void CheckEnd() {
    const auto now = daemon_.Now();
    const std::vector<JobView> jobs = daemon_.core().Jobs(true, now);
    if (jobs.size() != world_.jobs.size()) fault_ = "a job was lost";
    for (const JobView& job : jobs) {
      const bool has_output = world_.jobs.at(job.id).settings.has_output;
      if (job.state != JobState::kSucceeded) {
        const bool told = job.failure.find("may have been published") != std::string::npos;
        if (output_.CommitsOf(job.id) > 0 && !job.whole && !told) fault_ = job.id + " did not succeed but was committed";
        if (job.failure.empty()) fault_ = job.id + " did not succeed, nobody says why";
        continue;
      }
      ++succeeded_;
      if (has_output && output_.CommitsOf(job.id) == 0) fault_ = job.id + " was not committed";
      const auto page = daemon_.core().Tasks(job.id, std::nullopt, 0, 100'000, now);
      for (const TaskView& task : page->tasks) CheckOutput(task);
    }
    for (const auto& model : models_) {
      if (model->running() > 0 || model->kept() > 0) {
        fault_ = model->info().name + " still has attempts or output of jobs that are over";
      }
    }
  }

  // The output of a task is the one of the attempt that counts.
  void CheckOutput(const TaskView& task) {
    const std::string published = output_.PublishedBy(task.id);
    if (task.state == TaskState::kFailed) return;
    std::string counts;
    for (const auto& attempt : task.attempts) {
      if (attempt.state == AttemptState::kSucceeded) counts = attempt.attempt.ToString();
    }
    if (task.kind != TaskKind::kMap && task.kind != TaskKind::kReduce && task.kind != TaskKind::kWhole) return;
    const jobtracker::JobSettings& settings = world_.jobs.at(mapred::ParseTaskId(task.id)->job_id).settings;
    const bool publishes =
        settings.has_output && (task.kind != TaskKind::kMap || settings.maps_publish || settings.reduces == 0);
    if (publishes && published != counts) fault_ = task.id + ": published by '" + published + "', counts: " + counts;
    if (!publishes && !published.empty()) fault_ = task.id + " published without need";
  }

  const JobtrackerRunOptions options_;
  Clock clock_;
  const CoreOptions core_options_;
  JobtrackerDaemon daemon_;
  JobtrackerOutput output_;
  TrackerWorld world_;
  std::vector<std::unique_ptr<TrackerModel>> models_;
  std::map<std::string, Millis> starving_since_;
  std::string fault_;
  bool calm_ = false;
  std::uint64_t succeeded_ = 0;
};

}  // namespace

JobtrackerRunOutcome RunJobtracker(const JobtrackerRunOptions& options) {
  Run run(options);
  return run.Go();
}

}  // namespace mrd::sim
