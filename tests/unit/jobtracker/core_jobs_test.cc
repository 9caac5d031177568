// The way of a job from its submission to its end.

#include <catch2/catch.hpp>

#include "tests/unit/jobtracker/core_rig.h"

namespace mrd::jobtracker::test {
namespace {

TEST_CASE("core: a job runs its maps, its reduces, its commit, and is over", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a");
  rig.Submit(rig.Job(1, 2, 1));
  const auto maps = rig.Launched("a");
  REQUIRE(maps.size() == 2);
  CHECK(maps[0].ToString() == "attempt_1700000000000_0001_m_000000_0");
  CHECK(rig.Status(1).state == JobState::kRunning);
  CHECK(rig.Status(1).waiting.at(0).reason.code == ReasonCode::kWaitsForMaps);

  rig.Succeed("a", maps[0]);
  const auto reduces = rig.Launched("a");
  REQUIRE(reduces.size() == 1);
  CHECK(reduces[0].kind == 'r');
  rig.Succeed("a", maps[1]);
  const auto outputs = Of<MapOutputsOrder>(rig.Take("a"));
  REQUIRE(outputs.size() == 1);
  CHECK(outputs[0].outputs.at(0).map == 1);
  CHECK(outputs[0].outputs.at(0).shuffle_port == 13562);

  rig.AskCommit("a", reduces[0]);
  const auto commits = Of<CommitOrder>(rig.Take("a"));
  REQUIRE(commits.size() == 1);
  CHECK(commits[0].granted);
  CHECK(commits[0].superseded.empty());
  rig.Succeed("a", reduces[0]);
  CHECK(rig.Status(1).state == JobState::kCommitting);
  const auto end = rig.Launched("a");
  REQUIRE(end.size() == 1);
  CHECK(end[0].kind == 'c');
  rig.Succeed("a", end[0]);
  CHECK(rig.Status(1).state == JobState::kSucceeded);
  CHECK(rig.Status(1).map_progress == 1.0);
  const auto forgets = Of<ForgetOrder>(rig.Take("a"));
  REQUIRE(forgets.size() == 1);
  CHECK(forgets[0].job == Rig::JobId(1));
}

TEST_CASE("core: a tiny job runs whole, in one attempt", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a");
  JobSubmission job = rig.Job(1, 3, 1);
  for (SplitSummary& split : job.splits) split = {1'000, {"a"}};
  rig.Submit(job);
  const auto launched = rig.Launched("a");
  REQUIRE(launched.size() == 1);
  CHECK(launched[0].kind == 'w');
  rig.AskCommit("a", launched[0]);
  CHECK(rig.Status(1).state == JobState::kCommitting);
  CHECK(Of<CommitOrder>(rig.Take("a")).size() == 1);
  rig.Succeed("a", launched[0]);
  CHECK(rig.Status(1).state == JobState::kSucceeded);
  CHECK(rig.Status(1).maps_done == 3);
}

TEST_CASE("core: after a restart a job goes on where it was", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a");
  rig.Submit(rig.Job(1, 3, 1));
  const auto maps = rig.Launched("a");
  rig.Succeed("a", maps[0]);
  const auto more = rig.Launched("a");
  REQUIRE(more.size() == 2);  // the reduce and the third map
  rig.Restart();
  CHECK(rig.Status(1).maps_done == 1);
  CHECK(rig.TaskOf(1, TaskKind::kMap, 1).waiting->code == ReasonCode::kWaitsForTracker);
  // The tracker comes back with all it had but the reduce.
  std::vector<AttemptReport> running(2);
  running[0].attempt = maps[1];
  running[1].attempt = Name(1, 'm', 2, 0);
  const std::vector<AttemptName> kept{maps[0]};
  Registration answer = rig.core->Register(rig.trackers["a"], running, kept, rig.now);
  CHECK(answer.kill_attempts.empty());
  CHECK(answer.forget_jobs.empty());
  rig.Keep(std::move(answer.effects));
  const auto launched = rig.Launched("a");
  REQUIRE(launched.size() == 1);
  CHECK(launched[0].ToString() == "attempt_1700000000000_0001_r_000000_1000");
  CHECK(rig.Status(1).maps_done == 1);
  rig.Succeed("a", maps[1]);
  rig.Succeed("a", Name(1, 'm', 2, 0));
  rig.AskCommit("a", launched[0]);
  rig.RunAll();
  CHECK(rig.Status(1).state == JobState::kSucceeded);
}

}  // namespace
}  // namespace mrd::jobtracker::test
