// What fails, is lost or is killed, and what follows.

#include <catch2/catch.hpp>

#include "tests/unit/jobtracker/core_rig.h"

namespace mrd::jobtracker::test {
namespace {

std::vector<EventStatus> EventsOf(const Rig& rig, std::uint32_t job) {
  std::vector<EventStatus> statuses;
  const auto events = rig.core->Events(Rig::JobId(job), 1, 1'000).value();
  for (const TaskEvent& event : events) statuses.push_back(event.status);
  return statuses;
}

TEST_CASE("faults: a task that fails too often fails its job, which is aborted", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 1);
  JobSubmission job = rig.Job(1, 1, 1);
  job.settings.map_attempts_max = 2;
  rig.Submit(job);
  for (std::uint32_t i = 0; i < 2; ++i) {
    const auto launched = rig.Launched("a");
    REQUIRE(launched.size() == 1);
    CHECK(launched[0].attempt == i);
    rig.Fail("a", launched[0]);
  }
  CHECK(EventsOf(rig, 1) == std::vector<EventStatus>{EventStatus::kFailed, EventStatus::kTipFailed});
  CHECK(rig.Status(1).state == JobState::kEnding);
  const auto launched = rig.Launched("a");
  REQUIRE(launched.size() == 1);
  CHECK(launched[0].kind == 'a');
  rig.Succeed("a", launched[0]);
  CHECK(rig.Status(1).state == JobState::kFailed);
  CHECK(rig.Status(1).failure.find("It broke.") != std::string::npos);
  CHECK(rig.Records<JobEnded>().at(0).state == JobState::kFailed);
}

TEST_CASE("faults: records that attempts failed at are left out by later ones, also after a restart", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 1);
  JobSubmission job = rig.Job(1, 1, 0);
  const auto fail = [&rig](const AttemptName& attempt, FailureKind kind, std::optional<std::uint64_t> record) {
    AttemptReport report;
    report.attempt = attempt;
    report.state = AttemptState::kFailed;
    report.failure = kind;
    report.message = "It broke.";
    report.bad_record = record;
    rig.Say("a", report);
  };
  const auto launched = [&rig] { return Of<LaunchOrder>(rig.Take("a")).at(0); };
  SECTION("when the job skips") {
    job.settings.skip_map_records = 1;
    job.settings.map_attempts_max = 6;
    rig.Submit(job);
    fail(launched().attempt, FailureKind::kUser, 7);
    LaunchOrder order = launched();
    CHECK(order.left_out.empty());
    fail(order.attempt, FailureKind::kTracker, std::nullopt);  // says nothing of the task
    order = launched();
    CHECK(order.left_out.empty());
    fail(order.attempt, FailureKind::kCrash, 7);
    order = launched();
    CHECK(order.left_out == std::vector<std::uint64_t>{7});
    rig.Restart();
    rig.AddTracker("a", 1, 1);
    order = launched();
    CHECK(order.left_out == std::vector<std::uint64_t>{7});
    fail(order.attempt, FailureKind::kTimeout, 3);
    order = launched();
    CHECK(order.left_out == std::vector<std::uint64_t>{3, 7});
    rig.AskCommit("a", order.attempt);
    rig.RunAll();
    CHECK(rig.Status(1).state == JobState::kSucceeded);
  }
  SECTION("and not when it does not") {
    rig.Submit(job);
    for (int i = 0; i < 3; ++i) {
      const LaunchOrder order = launched();
      CHECK(order.left_out.empty());
      fail(order.attempt, FailureKind::kUser, 7);
    }
    CHECK(launched().left_out.empty());
  }
}

TEST_CASE("faults: a job that skips bad records never runs whole", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 2, 1);
  JobSubmission job = rig.Job(1, 1, 0);
  job.splits[0].bytes = 1;
  rig.Submit(job);
  CHECK(rig.Launched("a").at(0).kind == 'w');
  job = rig.Job(2, 1, 0);
  job.splits[0].bytes = 1;
  job.settings.skip_map_records = 1;
  rig.Submit(job);
  CHECK(rig.Launched("a").at(0).kind == 'm');
}

TEST_CASE("faults: within the permitted share maps are given up, and reduces are told", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 2, 1);
  JobSubmission job = rig.Job(1, 2, 1);
  job.settings.map_attempts_max = 1;
  job.settings.map_failures_percent = 50;
  rig.Submit(job);
  rig.Launched("a");
  rig.Fail("a", Name(1, 'm', 0, 0));
  rig.Succeed("a", Name(1, 'm', 1, 0));
  const auto orders = rig.Take("a");
  bool absent = false;
  for (const MapOutputsOrder& order : Of<MapOutputsOrder>(orders)) {
    for (const MapOutput& output : order.outputs) absent = absent || (output.map == 0 && output.absent);
  }
  CHECK(absent);
  rig.AskCommit("a", Name(1, 'r', 0, 0));
  rig.RunAll();
  CHECK(rig.Status(1).state == JobState::kSucceeded);
}

TEST_CASE("faults: what is not the task's fault counts a quarter", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 1);
  JobSubmission job = rig.Job(1, 1, 0);
  job.settings.map_attempts_max = 1;
  rig.Submit(job);
  for (int i = 0; i < 3; ++i) rig.Fail("a", rig.Launched("a").at(0), FailureKind::kTracker);
  CHECK(rig.Status(1).state == JobState::kRunning);
  rig.Fail("a", rig.Launched("a").at(0), FailureKind::kTracker);
  CHECK(rig.Status(1).state == JobState::kEnding);
}

TEST_CASE("faults: a failed task goes to another tracker, or waits for none that is better", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 1);
  rig.AddTracker("b", 1, 1);
  rig.Submit(rig.Job(1, 2, 0));
  const AttemptName first = rig.Launched("a").at(0);
  rig.Launched("b");
  rig.Fail("a", first);
  CHECK(rig.Launched("a").empty());
  CHECK(rig.TaskOf(1, TaskKind::kMap, first.number).waiting->code == ReasonCode::kAvoidsTrackers);
  rig.Keep(rig.core->SetExcludedHosts({"b"}, rig.now));  // No other is left.
  CHECK(rig.Launched("a").size() == 1);
}

TEST_CASE("faults: a jobtracker that stood still takes no tracker for lost before it could be heard", "[jobtracker]") {
  CoreOptions options;
  options.tracker_expiry_ms = 10'000;
  Rig rig(options);
  rig.AddTracker("a", 1, 1);
  rig.AddTracker("b", 1, 1);
  // The process was stopped, and the clock went on.
  rig.now.mono_ms += 60'000;
  rig.now.wall_ms += 60'000;
  rig.Keep(rig.core->Tick(rig.now));
  const auto state = [&](std::size_t tracker) { return rig.core->Cluster(rig.now).trackers.at(tracker).state; };
  CHECK(state(0) != TrackerState::kLost);
  rig.Pass(6'000);
  rig.Heartbeat("b");
  // What is silent from then on is lost as ever.
  rig.Pass(4'500);
  CHECK(state(0) == TrackerState::kLost);
  CHECK(state(1) != TrackerState::kLost);
}

TEST_CASE("faults: maps of a lost tracker run again while some reduce needs them", "[jobtracker]") {
  CoreOptions options;
  options.tracker_expiry_ms = 10'000;
  Rig rig(options);
  rig.AddTracker("a", 1, 0);
  rig.AddTracker("b", 0, 1);
  rig.Submit(rig.Job(1, 1, 1));
  rig.Succeed("a", rig.Launched("a").at(0));
  const AttemptName reduce = rig.Launched("b").at(0);
  SECTION("needed") {
    rig.Pass(6'000);
    rig.Heartbeat("b");
    rig.Pass(4'500);
    CHECK(rig.Status(1).maps_done == 0);
    CHECK(rig.core->Cluster(rig.now).trackers.at(0).state == TrackerState::kLost);
    const auto told = Of<MapOutputsOrder>(rig.Take("b"));
    REQUIRE_FALSE(told.empty());
    CHECK(told.back().outputs.back().withdrawn);
    CHECK(rig.core->TakeOrders("a", 0, 1'000).must_register);
    TrackerReport late;
    late.tracker = "a";
    CHECK(rig.core->Report(late, rig.now).must_register);
  }
  SECTION("not needed, until the reduce that had all of it fails") {
    rig.Progress("b", reduce, 0.5, Phase::kReduce);
    rig.Pass(6'000);
    rig.Heartbeat("b");
    rig.Pass(4'500);
    CHECK(rig.Status(1).maps_done == 1);
    rig.Fail("b", reduce);
    CHECK(rig.Status(1).maps_done == 0);
    rig.AddTracker("c", 1, 1);
    rig.RunAll();
    CHECK(rig.Status(1).state == JobState::kSucceeded);
  }
}

TEST_CASE("faults: damaged output is believed at once, missing output after several reports", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 4, 8);
  rig.Submit(rig.Job(1, 1, 8));
  rig.Succeed("a", rig.Launched("a").at(0));
  rig.Launched("a");
  TrackerReport report;
  report.tracker = "a";
  report.fetch_failures.push_back({Name(1, 'm', 0, 0), Name(1, 'r', 0, 0), "checksum", true});
  SECTION("damaged") {
    rig.Keep(rig.core->Report(report, rig.now).effects);
    CHECK(rig.Status(1).maps_done == 0);
  }
  SECTION("missing") {
    report.fetch_failures[0].damaged = false;
    for (std::uint32_t i = 0; i < 3; ++i) {
      CHECK(rig.Status(1).maps_done == 1);
      report.fetch_failures[0].reduce.number = i;
      rig.Keep(rig.core->Report(report, rig.now).effects);
      rig.Keep(rig.core->Report(report, rig.now).effects);  // The same once more counts once.
    }
    CHECK(rig.Status(1).maps_done == 0);
  }
  CHECK(EventsOf(rig, 1).back() == EventStatus::kObsolete);
  // A report about the attempt that is void does nothing.
  rig.Succeed("a", rig.Launched("a").at(0));
  rig.Keep(rig.core->Report(report, rig.now).effects);
  CHECK(rig.Status(1).maps_done == 1);
}

TEST_CASE("faults: a tracker that fails many jobs is left alone for a while", "[jobtracker]") {
  CoreOptions options;
  options.tracker_faults_max = 2;
  options.tracker_fault_window_ms = 60'000;
  Rig rig(options);
  for (const char* name : {"a", "b", "c"}) rig.AddTracker(name, 2, 1);
  for (std::uint32_t number = 1; number <= 2; ++number) {
    JobSubmission job = rig.Job(number, 6, 0);
    job.settings.tracker_failures_max = 2;
    rig.Submit(job);
    int failed = 0;
    while (failed < 2) {
      const auto launched = rig.Launched("a");
      REQUIRE_FALSE(launched.empty());
      for (const AttemptName& name : launched) {
        if (failed++ < 2) rig.Fail("a", name);
      }
    }
    rig.RunAll();
  }
  const TrackerView view = rig.core->Cluster(rig.now).trackers.at(0);
  CHECK(view.state == TrackerState::kBlacklisted);
  CHECK(view.unused->code == ReasonCode::kBlacklisted);
  for (int i = 0; i < 7; ++i) {
    rig.Pass(10'000);
    for (const char* name : {"a", "b", "c"}) rig.Heartbeat(name);
  }
  CHECK(rig.core->Cluster(rig.now).trackers.at(0).state == TrackerState::kLive);
}

TEST_CASE("faults: killing attempts and jobs", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 2, 1);
  rig.Submit(rig.Job(1, 2, 0));
  const auto maps = rig.Launched("a");
  Killed killed = rig.core->KillAttempt(maps[0], true, "Asked for.", rig.now).value();
  CHECK(killed.killed);
  rig.Keep(std::move(killed.effects));
  const auto kills = Of<KillOrder>(rig.Take("a"));
  REQUIRE(kills.size() == 1);
  CHECK(kills[0].as_failure);
  rig.Gone("a", maps[0]);
  CHECK(rig.Status(1).attempts_failed == 1);
  CHECK_FALSE(rig.core->KillAttempt(maps[0], false, "", rig.now).value().killed);
  CHECK(rig.core->KillAttempt(Name(1, 'm', 9, 0), false, "", rig.now).status().code() == Code::kNotFound);
  rig.Take("a");

  rig.Keep(rig.core->KillJob(Rig::JobId(1), "Asked for.", rig.now).value());
  CHECK(rig.Status(1).state == JobState::kEnding);
  CHECK(rig.Status(1).waiting.at(0).reason.code == ReasonCode::kAttemptsEnd);
  CHECK(Of<KillOrder>(rig.Take("a")).size() == 2);
  // One of them is never heard of again: the job ends all the same.
  rig.Gone("a", maps[1]);
  CHECK(rig.Launched("a").empty());
  rig.Pass(15'000);
  rig.RunAll();
  CHECK(rig.Status(1).state == JobState::kKilled);
  CHECK(rig.Status(1).failure == "Asked for.");
  CHECK(rig.core->KillJob(Rig::JobId(9), "", rig.now).status().code() == Code::kNotFound);
}

TEST_CASE("faults: an attempt that nobody wants is killed, its late success does not count", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 1);
  rig.Submit(rig.Job(1, 1, 1));
  rig.Launched("a");
  rig.Progress("a", Name(1, 'm', 0, 7), 0.5);
  CHECK(Of<KillOrder>(rig.Take("a")).size() == 1);
  rig.Progress("a", Name(1, 'm', 0, 7), 0.6);
  CHECK(Of<KillOrder>(rig.Take("a")).empty());  // once is enough
  rig.Succeed("a", Name(1, 'm', 0, 7));
  CHECK(rig.Status(1).maps_done == 0);
}

}  // namespace
}  // namespace mrd::jobtracker::test
