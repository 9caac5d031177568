// Fair pools: shares, order, preemption; and second attempts of slow tasks.

#include <catch2/catch.hpp>

#include "jobtracker/core/job_order.h"
#include "tests/unit/jobtracker/core_rig.h"

namespace mrd::jobtracker::test {
namespace {

std::vector<double> Shares(std::vector<PoolDemand> pools, double slots) { return FairShares(pools, slots); }

TEST_CASE("shares: by weight, up to the demand, minima first", "[jobtracker]") {
  CHECK(Shares({}, 10).empty());
  CHECK(Shares({{1, 0, 100}, {1, 0, 100}}, 10) == std::vector<double>{5, 5});
  CHECK(Shares({{3, 0, 100}, {1, 0, 100}}, 8) == std::vector<double>{6, 2});
  CHECK(Shares({{1, 0, 2}, {1, 0, 100}}, 10) == std::vector<double>{2, 8});
  CHECK(Shares({{1, 8, 100}, {1, 0, 100}}, 10) == std::vector<double>{8, 2});
  CHECK(Shares({{1, 8, 3}, {1, 0, 100}}, 10) == std::vector<double>{3, 7});
  CHECK(Shares({{1, 20, 100}, {1, 20, 100}}, 10) == std::vector<double>{5, 5});
  CHECK(Shares({{1, 0, 2}, {1, 0, 3}}, 10) == std::vector<double>{2, 3});
}

CoreOptions FairOptions() {
  CoreOptions options;
  options.policy = Policy::kFair;
  options.queues["other"] = {};
  options.min_share_timeout_ms = 2'000;
  options.fair_share_timeout_ms = 5'000;
  options.tracker_expiry_ms = 1'000'000;
  return options;
}

std::size_t KillsOf(Rig& rig, const std::string& tracker) {
  const auto kills = Of<KillOrder>(rig.Take(tracker));
  for (const KillOrder& kill : kills) rig.Gone(tracker, kill.attempt);
  return kills.size();
}

TEST_CASE("shares: free slots go to the pool that has less", "[jobtracker]") {
  Rig rig(FairOptions());
  rig.Submit(rig.Job(1, 20, 0));
  JobSubmission other = rig.Job(2, 20, 0);
  other.queue = "other";
  rig.Submit(other);
  rig.AddTracker("a", 6, 1);
  std::size_t of_first = 0;
  for (const AttemptName& name : rig.Launched("a")) of_first += name.job_id == Rig::JobId(1) ? 1 : 0;
  CHECK(of_first == 3);
}

TEST_CASE("shares: a pool that is kept below its share gets it by killing the newest", "[jobtracker]") {
  CoreOptions options = FairOptions();
  SECTION("half of the fair share") {
    Rig rig(options);
    rig.AddTracker("a", 6, 1);
    rig.Submit(rig.Job(1, 20, 0));
    rig.Launched("a");
    JobSubmission other = rig.Job(2, 20, 0);
    other.queue = "other";
    rig.Submit(other);
    rig.Pass(4'000);
    CHECK(KillsOf(rig, "a") == 0);
    rig.Pass(3'000);
    const auto kills = Of<KillOrder>(rig.Take("a"));
    REQUIRE(kills.size() == 3);
    CHECK(kills[0].attempt.number == 5);  // the newest first
    for (const KillOrder& kill : kills) rig.Gone("a", kill.attempt);
    CHECK(rig.Status(2).maps_running == 3);
    rig.Pass(20'000);
    CHECK(KillsOf(rig, "a") == 0);
  }
  SECTION("the minimum, sooner") {
    options.queues["other"].min_maps = 2;
    Rig rig(options);
    rig.AddTracker("a", 6, 1);
    rig.Submit(rig.Job(1, 20, 0));
    rig.Launched("a");
    JobSubmission other = rig.Job(2, 20, 0);
    other.queue = "other";
    rig.Submit(other);
    rig.Pass(4'000);
    CHECK(KillsOf(rig, "a") == 2);
    CHECK(rig.Status(2).maps_running == 2);
  }
}

TEST_CASE("speculation: a task far slower than the others gets a second attempt, elsewhere", "[jobtracker]") {
  CoreOptions options;
  options.speculation_min_ms = 3'000;
  options.tracker_expiry_ms = 1'000'000;
  Rig rig(options);
  rig.AddTracker("a", 4, 1);
  rig.AddTracker("b", 4, 1);
  JobSubmission job = rig.Job(1, 8, 0);
  job.settings.has_output = false;
  bool wanted = true;
  SECTION("by default") {}
  SECTION("unless the job does not want it") {
    job.settings.map_speculative = false;
    wanted = false;
  }
  rig.Submit(job);
  const auto on_a = rig.Launched("a");
  const auto on_b = rig.Launched("b");
  rig.Pass(2'000);
  for (const AttemptName& name : on_b) rig.Succeed("b", name);
  for (std::size_t i = 1; i < on_a.size(); ++i) rig.Succeed("a", on_a[i]);
  rig.Progress("a", on_a[0], 0.05);
  rig.Pass(4'000);
  const auto second = rig.Launched("b");
  REQUIRE(second.size() == (wanted ? 1 : 0));
  CHECK(rig.Launched("a").empty());
  if (!wanted) return;
  CHECK(second[0].number == on_a[0].number);
  CHECK(second[0].attempt == 1);
  CHECK(rig.TaskOf(1, TaskKind::kMap, second[0].number).attempts.at(1).speculative);
  rig.Succeed("b", second[0]);
  CHECK(rig.Status(1).state == JobState::kSucceeded);
}

}  // namespace
}  // namespace mrd::jobtracker::test
