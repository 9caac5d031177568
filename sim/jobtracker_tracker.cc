#include "sim/jobtracker_tracker.h"

#include <algorithm>
#include <utility>

namespace mrd::sim {

using jobtracker::AttemptName;
using jobtracker::AttemptReport;
using jobtracker::AttemptState;
using jobtracker::FailureKind;
using jobtracker::Phase;
using jobtracker::TaskKind;

namespace {

constexpr Millis kHeartbeat = 1'000;
constexpr Millis kCallTimeout = 2'000;
constexpr Millis kStanding = 4'000;
constexpr int kFetchTries = 4;

}  // namespace

void TrackerModel::Later(Millis delay, Act act) {
  world_.clock.After(delay, [this, life = life_, act = std::move(act)] {
    if (alive_ && life == life_) act();
  });
}

void TrackerModel::Start() {
  alive_ = true;
  ++life_;
  info_.start_ms = static_cast<std::uint64_t>(world_.clock.now()) + 1;
  kept_.clear();
  Register();
  Heartbeat();
}

void TrackerModel::Kill() {
  alive_ = false;
  registered_ = false;
  reporting_ = false;
  attempts_.clear();
  untold_.clear();
  untold_fetches_.clear();
  outputs_.clear();
}

AttemptReport TrackerModel::StatusOf(const Running& running) const {
  AttemptReport report;
  report.attempt = running.name;
  report.state = running.commit_pending ? AttemptState::kCommitPending : AttemptState::kRunning;
  report.phase = running.phase;
  report.progress = running.progress;
  return report;
}

void TrackerModel::Register() {
  registered_ = false;
  const std::uint64_t session = ++session_;
  Later(kCallTimeout, [this, session] {
    if (session == session_ && !registered_) Register();
  });
  if (!Reaches() || world_.clock.Chance(world_.lost)) return;
  Later(world_.clock.Between(1, 20), [this, session] {
    if (!Reaches() || session != session_) return;
    std::vector<AttemptReport> told;
    for (const auto& [name, running] : attempts_) told.push_back(StatusOf(running));
    for (const auto& [name, report] : untold_) told.push_back(report);
    std::vector<AttemptName> kept;
    for (const auto& [text, name] : kept_) kept.push_back(name);
    auto answer = world_.daemon.core().Register(info_, told, kept, world_.daemon.Now());
    std::vector<std::string> sent;
    for (const auto& [name, report] : untold_) sent.push_back(name);
    const bool lost = world_.clock.Chance(world_.lost);
    const std::uint64_t epoch = world_.daemon.epoch();
    auto effects = std::move(answer.effects);
    world_.daemon.Apply(std::move(effects), [this, session, epoch, lost, sent, answer = std::move(answer)] {
      if (lost) return;
      Later(world_.clock.Between(1, 20), [this, session, epoch, sent, answer] {
        if (session != session_ || cut_) return;
        registered_ = true;
        epoch_ = epoch;
        have_ = 0;
        for (const std::string& name : sent) untold_.erase(name);
        for (const AttemptName& name : answer.kill_attempts) {
          attempts_.erase(name.ToString());
          kept_.erase(name.ToString());
        }
        for (const std::string& job : answer.forget_jobs) Forget(job);
        Await();
        Report();
      });
    });
  });
}

void TrackerModel::Await() {
  const std::uint64_t session = session_;
  const auto again = [this, session] {
    if (registered_ && session == session_) Await();
  };
  auto answered = std::make_shared<bool>(false);
  Later(kStanding + kCallTimeout, [answered, again] {
    if (!*answered) again();
  });
  if (!Reaches() || world_.clock.Chance(world_.lost)) return;
  Later(world_.clock.Between(1, 20), [this, session, answered, again] {
    if (!Reaches() || session != session_ || !registered_) return;
    if (world_.daemon.epoch() != epoch_) {
      Register();
      return;
    }
    world_.daemon.Await(info_.name, have_, kStanding, [this, session, answered, again](jobtracker::TakenOrders taken) {
      if (cut_ || world_.clock.Chance(world_.lost)) return;
      Later(world_.clock.Between(1, 10), [this, session, answered, again, taken = std::move(taken)] {
        if (session != session_ || !registered_ || *answered || cut_) return;
        *answered = true;
        if (taken.must_register) {
          Register();
          return;
        }
        for (const jobtracker::Order& order : taken.orders) {
          if (order.sequence <= have_) continue;
          have_ = order.sequence;
          Follow(order);
        }
        again();
      });
    });
  });
}

void TrackerModel::Heartbeat() {
  Report();
  Later(kHeartbeat, [this] { Heartbeat(); });
}

void TrackerModel::Report() {
  if (reporting_) {
    report_again_ = true;
    return;
  }
  if (!registered_) return;
  reporting_ = true;
  report_again_ = false;
  const std::uint64_t session = session_;
  auto answered = std::make_shared<bool>(false);
  const auto done = [this, answered] {
    if (*answered) return;
    *answered = true;
    reporting_ = false;
    if (report_again_) Report();
  };
  Later(kCallTimeout, done);
  if (!Reaches() || world_.clock.Chance(world_.lost)) return;
  Later(world_.clock.Between(1, 10), [this, session, done] {
    if (!Reaches() || session != session_) return;
    if (world_.daemon.epoch() != epoch_) {
      done();
      Register();
      return;
    }
    jobtracker::TrackerReport report;
    report.tracker = info_.name;
    for (const auto& [name, ended] : untold_) report.attempts.push_back(ended);
    for (const auto& [name, running] : attempts_) report.attempts.push_back(StatusOf(running));
    report.fetch_failures = untold_fetches_;
    std::vector<std::string> sent;
    for (const auto& [name, ended] : untold_) sent.push_back(name);
    const std::size_t fetches = untold_fetches_.size();
    auto answer = world_.daemon.core().Report(report, world_.daemon.Now());
    const bool lost = world_.clock.Chance(world_.lost);
    world_.daemon.Apply(std::move(answer.effects),
                        [this, session, done, sent, fetches, lost, must_register = answer.must_register] {
      if (lost) return;
      Later(world_.clock.Between(1, 10), [this, session, done, sent, fetches, must_register] {
        if (session != session_ || cut_) return;
        if (must_register) {
          done();
          Register();
          return;
        }
        for (const std::string& name : sent) untold_.erase(name);
        untold_fetches_.erase(untold_fetches_.begin(),
                              untold_fetches_.begin() +
                                  static_cast<std::ptrdiff_t>(std::min(fetches, untold_fetches_.size())));
        done();
      });
    });
  });
}

void TrackerModel::Follow(const jobtracker::Order& order) {
  if (const auto* launch = std::get_if<jobtracker::LaunchOrder>(&order.body)) {
    Launch(*launch);
  } else if (const auto* kill = std::get_if<jobtracker::KillOrder>(&order.body)) {
    const std::string name = kill->attempt.ToString();
    if (attempts_.contains(name)) {
      Later(world_.clock.Between(1, 200), [this, name] {
        if (attempts_.contains(name)) End(name, AttemptState::kKilled);
      });
    }
  } else if (const auto* forget = std::get_if<jobtracker::ForgetOrder>(&order.body)) {
    Forget(forget->job);
  } else if (const auto* told = std::get_if<jobtracker::MapOutputsOrder>(&order.body)) {
    auto& known = outputs_[told->job];
    for (const jobtracker::MapOutput& output : told->outputs) {
      const auto found = known.find(output.map);
      if (!output.withdrawn) {
        known[output.map] = output;
      } else if (found != known.end() && found->second.attempt.attempt == output.attempt.attempt) {
        known.erase(found);
      }
    }
  } else if (const auto* commit = std::get_if<jobtracker::CommitOrder>(&order.body)) {
    const std::string name = commit->attempt.ToString();
    if (!commit->granted || !attempts_.contains(name)) return;
    // Now and then an attempt hangs long enough between leave and rename to become a ghost. It publishes even then.
    const Millis delay = world_.clock.Chance(0.05) ? world_.clock.Between(5'000, 30'000) : world_.clock.Between(1, 50);
    Later(delay, [this, name, grant = *commit] {
      const auto found = attempts_.find(name);
      if (found == attempts_.end()) return;
      const bool published = world_.output.Publish(grant);
      if (published && found->second.name.kind == 'w') world_.output.CommitJob(found->second.name.job_id);
      Later(world_.clock.Between(1, 20), [this, name, published] {
        if (!attempts_.contains(name)) return;
        if (published) {
          Finish(name);
        } else {
          End(name, AttemptState::kFailed, FailureKind::kOutput);
        }
      });
    });
  }
}

void TrackerModel::CheckSlots() {
  std::uint32_t maps = 0;
  std::uint32_t reduces = 0;
  for (const auto& [name, running] : attempts_) {
    if (running.name.kind == 'r') ++reduces;
    if (running.name.kind == 'm' || running.name.kind == 'w') ++maps;
  }
  if (maps > info_.map_slots || reduces > info_.reduce_slots) {
    world_.fault = info_.name + " runs " + std::to_string(maps) + " maps and " + std::to_string(reduces) + " reduces";
  }
}

void TrackerModel::Launch(const jobtracker::LaunchOrder& order) {
  const std::string name = order.attempt.ToString();
  if (attempts_.contains(name) || untold_.contains(name)) {
    world_.fault = name + " was launched twice";
    return;
  }
  ++world_.attempts;
  attempts_[name].name = order.attempt;
  CheckSlots();
  Later(world_.clock.Between(1, 10), [this, name] { Work(name); });
}

bool TrackerModel::Publishes(const Running& running) const {
  const jobtracker::JobSettings& settings = world_.jobs.at(running.name.job_id).settings;
  switch (static_cast<TaskKind>(running.name.kind)) {
    case TaskKind::kMap: return settings.has_output && (settings.maps_publish || settings.reduces == 0);
    case TaskKind::kReduce:
    case TaskKind::kWhole: return settings.has_output;
    default: return false;
  }
}

void TrackerModel::Work(const std::string& attempt) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end()) return;
  Running& running = found->second;
  const bool reduce = running.name.kind == 'r';
  if (reduce && running.phase < Phase::kSort) {
    running.phase = Phase::kShuffle;
    Fetch(attempt);
    return;
  }
  running.phase = reduce ? Phase::kReduce : Phase::kMap;
  running.progress = 0.5;
  Millis takes = world_.clock.Between(5, world_.task_ms) * slowness_;
  if (world_.clock.Chance(world_.stuck)) takes += 60'000;
  if (world_.clock.Chance(world_.failing)) {
    const auto kind = static_cast<FailureKind>(world_.clock.Between(0, 8));
    Later(takes / 2, [this, attempt, kind] {
      if (attempts_.contains(attempt)) End(attempt, AttemptState::kFailed, kind);
    });
    return;
  }
  Later(takes, [this, attempt] {
    const auto ended = attempts_.find(attempt);
    if (ended == attempts_.end()) return;
    ended->second.progress = 1;
    if (!Publishes(ended->second)) {
      Finish(attempt);
      return;
    }
    ended->second.commit_pending = true;
    ended->second.phase = Phase::kCommit;
    Report();
  });
}

void TrackerModel::Fetch(const std::string& attempt) {
  const auto found = attempts_.find(attempt);
  if (found == attempts_.end()) return;
  Running& running = found->second;
  const std::size_t maps = world_.jobs.at(running.name.job_id).splits.size();
  bool failed = false;
  for (const auto& [map, output] : outputs_[running.name.job_id]) {
    if (running.fetched.contains(map)) continue;
    if (output.absent) {
      running.fetched.insert(map);
      continue;
    }
    const auto source = world_.trackers.find(output.tracker);
    const bool here = source != world_.trackers.end() && !cut_ && source->second->Has(output.attempt.ToString());
    const bool damaged = here && world_.clock.Chance(world_.damaged);
    if (here && !damaged) {
      running.fetched.insert(map);
      running.tries.erase(map);
      continue;
    }
    if (!damaged && ++running.tries[map] < kFetchTries) continue;
    running.tries[map] = 0;
    ++world_.reruns;
    untold_fetches_.push_back({output.attempt, running.name, "It is not there.", damaged});
    failed = true;
  }
  if (failed) Report();
  if (running.fetched.size() < maps) {
    Later(50, [this, attempt] { Fetch(attempt); });
    return;
  }
  running.phase = Phase::kSort;
  running.progress = 0.3;
  Report();
  Later(1, [this, attempt] { Work(attempt); });
}

void TrackerModel::Finish(const std::string& attempt) {
  const Running& running = attempts_.at(attempt);
  const std::string& job = running.name.job_id;
  if (running.name.kind == 'm' && world_.jobs.at(job).settings.reduces > 0) kept_.emplace(attempt, running.name);
  if (running.name.kind == 'c' && !world_.output.CommitJob(job)) {
    End(attempt, AttemptState::kFailed, FailureKind::kOutput);
    return;
  }
  if (running.name.kind == 'a') world_.output.AbortJob(job);
  End(attempt, AttemptState::kSucceeded);
}

void TrackerModel::End(const std::string& attempt, AttemptState state, FailureKind kind) {
  AttemptReport report;
  report.attempt = attempts_.at(attempt).name;
  report.state = state;
  report.failure = kind;
  report.message = state == AttemptState::kFailed ? "It failed." : "";
  if (state == AttemptState::kSucceeded) {
    report.result.counters.Add("Test", "ENDED", 1);
    report.result.ledger.input_records = 1;
  }
  attempts_.erase(attempt);
  untold_[attempt] = std::move(report);
  Report();
}

void TrackerModel::Forget(const std::string& job) {
  std::vector<std::string> running;
  for (const auto& [name, attempt] : attempts_) {
    if (attempt.name.job_id == job) running.push_back(name);
  }
  for (const std::string& name : running) End(name, AttemptState::kKilled);
  std::erase_if(kept_, [&](const auto& entry) { return entry.second.job_id == job; });
  outputs_.erase(job);
}

}  // namespace mrd::sim
