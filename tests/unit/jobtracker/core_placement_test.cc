// Which task goes where, and why others wait.

#include <catch2/catch.hpp>

#include "tests/unit/jobtracker/core_rig.h"

namespace mrd::jobtracker::test {
namespace {

ReasonCode WhyWaits(const Rig& rig, std::uint32_t job, TaskKind kind, std::uint32_t number) {
  const TaskView task = rig.TaskOf(job, kind, number);
  REQUIRE(task.waiting);
  CHECK_FALSE(task.waiting->Text().empty());
  return task.waiting->code;
}

TEST_CASE("placement: a map runs on a host of its split", "[jobtracker]") {
  Rig rig;
  for (const char* name : {"a", "b", "c"}) rig.AddTracker(name, 1, 1);
  JobSubmission job = rig.Job(1, 3, 0);
  job.splits[0].hosts = {"c"};
  job.splits[1].hosts = {"a", "x"};
  job.splits[2].hosts = {"b"};
  rig.Submit(job);
  CHECK(rig.Launched("a").at(0).number == 1);
  CHECK(rig.Launched("b").at(0).number == 2);
  CHECK(rig.Launched("c").at(0).number == 0);
  CHECK(rig.TaskOf(1, TaskKind::kMap, 1).attempts.at(0).locality == Locality::kNode);
}

TEST_CASE("placement: a map waits a while for its busy host, then takes its rack, then any", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 0, 0, "", "/r1");
  rig.AddTracker("b", 1, 0, 0, "", "/r2");
  JobSubmission job = rig.Job(1, 3, 0);
  for (SplitSummary& split : job.splits) split.hosts = {"a"};
  job.settings.locality_wait_ms = 400;
  rig.Submit(job);
  CHECK(rig.Launched("a").size() == 1);
  CHECK(rig.Launched("b").empty());
  CHECK(WhyWaits(rig, 1, TaskKind::kMap, 1) == ReasonCode::kWaitsForLocality);
  CHECK(rig.core->Cluster(rig.now).trackers.at(1).idle_map->code == ReasonCode::kWorkIsElsewhere);
  rig.AddTracker("c", 1, 0, 0, "", "/r1");
  rig.Pass(399);
  CHECK(rig.Launched("c").empty());
  rig.Pass(1);
  CHECK(rig.Launched("c").size() == 1);  // the same rack
  CHECK(rig.Launched("b").empty());
  rig.Pass(400);
  CHECK(rig.Launched("b").size() == 1);
  CHECK(rig.TaskOf(1, TaskKind::kMap, 1).attempts.at(0).locality == Locality::kRack);
  CHECK(rig.TaskOf(1, TaskKind::kMap, 2).attempts.at(0).locality == Locality::kOther);
}

TEST_CASE("placement: nothing is waited for where no host has a tracker, or it goes", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 0);
  rig.AddTracker("b", 1, 0);
  JobSubmission job = rig.Job(1, 2, 0);
  job.splits[0].hosts = {"elsewhere"};
  job.splits[1].hosts = {"elsewhere"};
  rig.Submit(job);
  CHECK(rig.Launched("a").size() + rig.Launched("b").size() == 2);
  JobSubmission second = rig.Job(2, 2, 0);
  for (SplitSummary& split : second.splits) split.hosts = {"a"};
  rig.Submit(second);
  CHECK(WhyWaits(rig, 2, TaskKind::kMap, 0) == ReasonCode::kNoFreeSlot);
  rig.Keep(rig.core->SetExcludedHosts({"a"}, rig.now));
  rig.Succeed("b", Name(1, 'm', 1, 0));
  rig.Succeed("b", Name(1, 'm', 0, 0));
  CHECK(rig.Launched("b").size() == 1);  // of the second job, at once
}

TEST_CASE("placement: memory that is asked for has to be there", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 4, 4, 3ull << 30);
  JobSubmission job = rig.Job(1, 3, 0);
  job.settings.map_memory = 1ull << 30;
  JobSubmission large = rig.Job(2, 1, 0);
  large.settings.map_memory = 2ull << 30;
  JobSubmission never = rig.Job(3, 1, 0);
  never.settings.map_memory = 9ull << 30;
  rig.Submit(job);
  rig.Submit(large);
  rig.Submit(never);
  CHECK(rig.Launched("a").size() == 3);
  CHECK(WhyWaits(rig, 2, TaskKind::kMap, 0) == ReasonCode::kMemory);
  CHECK(WhyWaits(rig, 3, TaskKind::kMap, 0) == ReasonCode::kMemoryNever);
  CHECK(rig.core->Cluster(rig.now).trackers.at(0).idle_map->code == ReasonCode::kWorkNeedsMemory);
  // The tracker is kept for the large one, so that small ones do not pass it by for ever.
  rig.Submit(rig.Job(4, 8, 0));
  JobSubmission small = rig.Job(5, 8, 0);
  small.settings.map_memory = 1ull << 30;
  rig.Submit(small);
  rig.Succeed("a", Name(1, 'm', 0, 0));
  rig.Succeed("a", Name(1, 'm', 1, 0));
  const auto next = rig.Launched("a");
  REQUIRE_FALSE(next.empty());
  CHECK(next.at(0).job_id == Rig::JobId(2));
}

TEST_CASE("placement: priorities first, then age; limits hold", "[jobtracker]") {
  Rig rig;
  JobSubmission old = rig.Job(1, 4, 0);
  old.settings.running_maps_max = 1;
  rig.Submit(old);
  rig.Submit(rig.Job(2, 4, 0));
  JobSubmission urgent = rig.Job(3, 1, 0);
  urgent.priority = Priority::kHigh;
  rig.Submit(urgent);
  CHECK(WhyWaits(rig, 1, TaskKind::kMap, 0) == ReasonCode::kNoTracker);
  rig.AddTracker("a", 4, 1);
  std::vector<std::string> order;
  for (const AttemptName& name : rig.Launched("a")) order.push_back(name.job_id);
  CHECK(order == std::vector<std::string>{Rig::JobId(3), Rig::JobId(1), Rig::JobId(2), Rig::JobId(2)});
  CHECK(WhyWaits(rig, 1, TaskKind::kMap, 1) == ReasonCode::kTaskLimit);
  rig.Keep(rig.core->SetPriority(Rig::JobId(2), Priority::kLow, rig.now).value());
  CHECK(rig.Status(2).priority == Priority::kLow);
}

TEST_CASE("placement: reduces start when enough maps are done", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 2, 2);
  JobSubmission job = rig.Job(1, 4, 2);
  job.settings.slow_start = 0.5;
  rig.Submit(job);
  rig.Launched("a");
  rig.Succeed("a", Name(1, 'm', 0, 0));
  CHECK(WhyWaits(rig, 1, TaskKind::kReduce, 0) == ReasonCode::kWaitsForMaps);
  rig.Launched("a");
  rig.Succeed("a", Name(1, 'm', 1, 0));
  std::size_t reduces = 0;
  for (const AttemptName& name : rig.Launched("a")) reduces += name.kind == 'r' ? 1 : 0;
  CHECK(reduces == 2);
}

TEST_CASE("placement: queues and users have limits of running jobs", "[jobtracker]") {
  CoreOptions options;
  options.queues["default"].running_jobs_max = 2;
  options.queues["default"].user_jobs_max = 1;
  options.queues["default"].jobs_max = 3;
  options.queues["closed"].stopped = true;
  Rig rig(options);
  rig.AddTracker("a", 4, 4);
  rig.Submit(rig.Job(1, 1, 0));
  rig.Submit(rig.Job(2, 1, 0));
  JobSubmission other = rig.Job(3, 1, 0);
  other.user = "bob";
  rig.Submit(other);
  CHECK(rig.Status(1).state == JobState::kRunning);
  CHECK(WhyWaits(rig, 2, TaskKind::kMap, 0) == ReasonCode::kUserJobLimit);
  CHECK(rig.Status(3).state == JobState::kRunning);
  CHECK(rig.core->Submit(rig.Job(4, 1, 0), rig.now).status().code() == Code::kResourceExhausted);
  JobSubmission closed = rig.Job(5, 1, 0);
  closed.queue = "closed";
  CHECK(rig.core->Submit(closed, rig.now).status().code() == Code::kFailedPrecondition);
  closed.queue = "none";
  CHECK(rig.core->Submit(closed, rig.now).status().code() == Code::kInvalidArgument);
  CHECK(rig.core->Submit(rig.Job(1, 1, 0), rig.now).status().code() == Code::kAlreadyExists);
  rig.RunAll();
  CHECK(rig.Status(2).state == JobState::kSucceeded);
}

TEST_CASE("placement: an excluded tracker gets nothing new, ends what it has, and leaves", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 1);
  rig.Submit(rig.Job(1, 2, 0));
  rig.Launched("a");
  rig.Keep(rig.core->SetExcludedHosts({"a"}, rig.now));
  CHECK(Of<LeaveOrder>(rig.Take("a")).empty());
  CHECK(rig.core->Cluster(rig.now).trackers.at(0).state == TrackerState::kDecommissioned);
  CHECK(WhyWaits(rig, 1, TaskKind::kMap, 1) == ReasonCode::kNoUsableTracker);
  rig.AskCommit("a", Name(1, 'm', 0, 0));
  rig.Succeed("a", Name(1, 'm', 0, 0));
  const auto orders = rig.Take("a");
  CHECK(Of<LaunchOrder>(orders).empty());
  CHECK(Of<LeaveOrder>(orders).size() == 1);
}

}  // namespace
}  // namespace mrd::jobtracker::test
