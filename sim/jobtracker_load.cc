#include "sim/jobtracker_load.h"

#include <map>
#include <queue>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "jobtracker/core/core.h"
#include "mapred/ids.h"

namespace mrd::sim {
namespace {

using jobtracker::AttemptReport;
using jobtracker::AttemptState;
using jobtracker::Phase;

constexpr std::int64_t kHeartbeat = 3'000;
constexpr std::uint32_t kHostsPerRack = 40;

struct Event {
  std::int64_t when = 0;
  std::uint64_t order = 0;
  std::uint32_t tracker = 0;
  AttemptReport report;
  bool heartbeat = false;
};
struct Later {
  bool operator()(const Event& a, const Event& b) const {
    return a.when != b.when ? a.when > b.when : a.order > b.order;
  }
};

struct ModelTracker {
  std::string name;
  std::uint64_t have = 0;
  std::map<std::string, jobtracker::AttemptName> running;
  std::map<std::string, std::uint32_t> outputs;               // by job: told
  std::vector<jobtracker::AttemptName> reduces;               // that wait for outputs
};

class Load {
 public:
  explicit Load(const JobtrackerLoadOptions& options) : options_(options), core_(CoreOptionsFor(options)) {}

  JobtrackerLoadOutcome Go() {
    const std::int64_t begin = mrd::Clock::System().MonotonicNanos();
    const std::int64_t cpu_begin = mrd::Clock::System().ProcessCpuMillis();
    Apply(Timed([&] { return core_.FinishRecovery(Now()); }));
    for (std::uint32_t i = 0; i < options_.trackers; ++i) AddTracker(i);
    for (std::uint32_t i = 1; i <= options_.jobs; ++i) {
      auto effects = Timed([&] { return core_.Submit(MakeJob(i), Now()); });
      MRD_CHECK(effects.ok());
      Apply(*std::move(effects));
    }
    while (running_jobs() > 0 && !events_.empty()) {
      // The core's timer comes before what happens later.
      if (wake_at_ <= events_.top().when) {
        now_ = std::max(now_, wake_at_);
        Apply(Timed([&] { return core_.Tick(Now()); }));
        continue;
      }
      Event event = events_.top();
      events_.pop();
      now_ = event.when;
      Happen(event);
    }
    outcome_.virtual_ms = now_;
    outcome_.succeeded = options_.jobs - running_jobs();
    const auto all_nanos = static_cast<double>(mrd::Clock::System().MonotonicNanos() - begin);
    outcome_.real_seconds = all_nanos / 1e9;
    outcome_.cpu_seconds = static_cast<double>(mrd::Clock::System().ProcessCpuMillis() - cpu_begin) / 1e3;
    // The clock tells real time only; what others took of the processor is shared out evenly.
    const double micros = outcome_.cpu_seconds * 1e6 / all_nanos / static_cast<double>(outcome_.attempts);
    outcome_.micros_per_decision = static_cast<double>(core_nanos_) * micros;
    outcome_.micros_of_orders = static_cast<double>(order_nanos_) * micros;
    return outcome_;
  }

 private:
  static jobtracker::CoreOptions CoreOptionsFor(const JobtrackerLoadOptions& options) {
    jobtracker::CoreOptions core;
    core.policy = options.fair ? jobtracker::Policy::kFair : jobtracker::Policy::kFifo;
    core.queues = {{"default", {}}, {"other", {}}};
    return core;
  }
  jobtracker::Instant Now() const { return {now_, now_}; }
  std::uint32_t running_jobs() const { return options_.jobs - over_; }

  template <typename Call>
  std::invoke_result_t<Call> Timed(Call call) {
    const std::int64_t begin = mrd::Clock::System().MonotonicNanos();
    auto result = call();
    constexpr bool kOrders = std::is_same_v<std::invoke_result_t<Call>, jobtracker::TakenOrders>;
    (kOrders ? order_nanos_ : core_nanos_) += mrd::Clock::System().MonotonicNanos() - begin;
    ++outcome_.calls;
    return result;
  }

  void AddTracker(std::uint32_t number) {
    jobtracker::TrackerInfo info;
    info.name = "tracker_" + std::to_string(number);
    info.host = "host" + std::to_string(number);
    info.rack = "/rack" + std::to_string(number / kHostsPerRack);
    info.map_slots = info.reduce_slots = options_.slots;
    trackers_.push_back({info.name, 0, {}, {}, {}});
    numbers_[info.name] = number;
    Apply(Timed([&] { return core_.Register(info, {}, {}, Now()); }).effects);
    Event heartbeat;
    heartbeat.when = static_cast<std::int64_t>(random_.Below(kHeartbeat));
    heartbeat.tracker = number;
    heartbeat.heartbeat = true;
    Push(std::move(heartbeat));
  }

  jobtracker::JobSubmission MakeJob(std::uint32_t number) {
    jobtracker::JobSubmission job;
    job.id = mapred::JobId(1, number);
    job.name = job.user = "load";
    job.queue = number % 2 == 0 ? "default" : "other";
    job.settings.reduces = options_.reduces;
    job.splits.resize(options_.maps);
    for (jobtracker::SplitSummary& split : job.splits) {
      split.bytes = 128 << 20;
      for (int i = 0; i < 3; ++i) split.hosts.push_back("host" + std::to_string(random_.Below(options_.trackers)));
    }
    return job;
  }

  void Push(Event event) {
    event.order = ++pushed_;
    events_.push(std::move(event));
  }

  void Apply(jobtracker::Effects effects) {
    wake_at_ = effects.wake_at_ms;
    for (const jobtracker::Record& record : effects.records) {
      if (std::holds_alternative<jobtracker::JobEnded>(record.body)) ++over_;
      if (const auto* launched = std::get_if<jobtracker::AttemptLaunched>(&record.body)) {
        if (launched->locality == jobtracker::Locality::kNode) ++outcome_.near;
      }
    }
    for (const std::string& name : effects.trackers) Take(trackers_[numbers_[name]], numbers_[name]);
  }

  void Take(ModelTracker& tracker, std::uint32_t number) {
    auto taken = Timed([&] { return core_.TakeOrders(tracker.name, tracker.have, ~0ull); });
    for (const jobtracker::Order& order : taken.orders) {
      tracker.have = order.sequence;
      if (const auto* launch = std::get_if<jobtracker::LaunchOrder>(&order.body)) {
        ++outcome_.attempts;
        tracker.running[launch->attempt.ToString()] = launch->attempt;
        if (launch->attempt.kind == 'r') {
          tracker.reduces.push_back(launch->attempt);
        } else {
          Say(number, launch->attempt, AttemptState::kSucceeded, 2'000 + random_.Below(6'000));
        }
      } else if (const auto* outputs = std::get_if<jobtracker::MapOutputsOrder>(&order.body)) {
        tracker.outputs[outputs->job] += static_cast<std::uint32_t>(outputs->outputs.size());
      } else if (const auto* commit = std::get_if<jobtracker::CommitOrder>(&order.body)) {
        Say(number, commit->attempt, AttemptState::kSucceeded, 20);
      } else if (const auto* kill = std::get_if<jobtracker::KillOrder>(&order.body)) {
        std::erase_if(tracker.reduces, [&](const auto& name) { return name.ToString() == kill->attempt.ToString(); });
        Say(number, kill->attempt, AttemptState::kKilled, 10);
      }
    }
    std::erase_if(tracker.reduces, [&](const jobtracker::AttemptName& name) {
      if (tracker.outputs[name.job_id] < options_.maps) return false;
      Say(number, name, AttemptState::kCommitPending, 3'000 + random_.Below(3'000));
      return true;
    });
  }

  void Say(std::uint32_t tracker, const jobtracker::AttemptName& attempt, AttemptState state, std::uint64_t delay) {
    Event event;
    event.when = now_ + static_cast<std::int64_t>(delay);
    event.tracker = tracker;
    event.report.attempt = attempt;
    event.report.state = state;
    event.report.phase = Phase::kReduce;
    if (state == AttemptState::kSucceeded) {
      for (const char* name : {"MAP_INPUT_RECORDS", "MAP_OUTPUT_RECORDS", "SPILLED_RECORDS", "CPU_MILLISECONDS"}) {
        event.report.result.counters.Add(engine::kTaskGroup, name, 1'000);
      }
      event.report.result.ledger.input_records = 1'000;
    }
    Push(std::move(event));
  }

  void Happen(const Event& event) {
    ModelTracker& tracker = trackers_[event.tracker];
    jobtracker::TrackerReport report;
    report.tracker = tracker.name;
    if (event.heartbeat) {
      for (const auto& [text, name] : tracker.running) {
        AttemptReport running;
        running.attempt = name;
        running.progress = 0.5;
        running.phase = name.kind == 'r' ? Phase::kShuffle : Phase::kMap;
        report.attempts.push_back(std::move(running));
      }
      Event next = event;
      next.when = now_ + kHeartbeat;
      Push(std::move(next));
    } else {
      const std::string name = event.report.attempt.ToString();
      if (!tracker.running.contains(name)) return;  // killed meanwhile
      if (IsOver(event.report.state)) tracker.running.erase(name);
      report.attempts.push_back(event.report);
    }
    Apply(Timed([&] { return core_.Report(report, Now()); }).effects);
  }

  const JobtrackerLoadOptions options_;
  jobtracker::Core core_;
  Random random_{1};
  std::int64_t now_ = 0;
  std::int64_t wake_at_ = 0;
  std::int64_t core_nanos_ = 0;
  std::int64_t order_nanos_ = 0;
  std::uint64_t pushed_ = 0;
  std::uint32_t over_ = 0;
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::vector<ModelTracker> trackers_;
  std::map<std::string, std::uint32_t> numbers_;
  JobtrackerLoadOutcome outcome_;
};

}  // namespace

JobtrackerLoadOutcome RunJobtrackerLoad(const JobtrackerLoadOptions& options) {
  Load load(options);
  return load.Go();
}

}  // namespace mrd::sim
