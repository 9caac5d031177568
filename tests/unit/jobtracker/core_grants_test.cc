// Leave to publish: one attempt at a time, in the journal first.

#include <catch2/catch.hpp>

#include "tests/unit/jobtracker/core_rig.h"

namespace mrd::jobtracker::test {
namespace {

// A reduce runs on "a", a second attempt of it on "b".
struct TwoAttempts {
  TwoAttempts() : rig(Options()) {
    rig.AddTracker("a", 1, 1);
    rig.AddTracker("b", 1, 1);
    JobSubmission job = rig.Job(1, 0, 2);
    rig.Submit(job);
    first = rig.Launched("a").at(0);
    other = rig.Launched("b").at(0);
    for (int i = 0; i < 4; ++i) Beat(1'000);
    rig.AskCommit("b", other);
    rig.Succeed("b", other);
    for (int i = 0; i < 30 && second.job_id.empty(); ++i) {
      Beat(1'000);
      for (const AttemptName& name : rig.Launched("b")) second = name;
    }
  }
  static CoreOptions Options() {
    CoreOptions options;
    options.speculation_min_ms = 2'000;
    options.tracker_expiry_ms = 10'000;
    return options;
  }
  void Beat(std::int64_t ms) {
    rig.Pass(ms);
    rig.Heartbeat("b");
    rig.Progress("a", first, 0.01, Phase::kReduce);
  }
  Rig rig;
  AttemptName first;
  AttemptName other;
  AttemptName second;
};

TEST_CASE("grants: the second attempt waits, and gets leave when the first one fails", "[jobtracker]") {
  TwoAttempts two;
  Rig& rig = two.rig;
  REQUIRE(two.second.number == two.first.number);
  rig.Take("a");
  rig.AskCommit("a", two.first);
  rig.AskCommit("b", two.second);
  const auto granted = Of<CommitOrder>(rig.Take("a"));
  REQUIRE(granted.size() == 1);
  CHECK(Of<CommitOrder>(rig.Take("b")).empty());
  SECTION("the first one succeeds") {
    rig.Succeed("a", two.first);
    CHECK(Of<KillOrder>(rig.Take("b")).size() == 1);
    rig.Succeed("b", two.second);  // too late
    CHECK(rig.Status(1).attempts_killed == 1);
  }
  SECTION("the first one fails") {
    rig.Fail("a", two.first, FailureKind::kOutput);
    const auto next = Of<CommitOrder>(rig.Take("b"));
    REQUIRE(next.size() == 1);
    CHECK(next[0].token > granted[0].token);
    REQUIRE(next[0].superseded.size() == 1);
    CHECK(next[0].superseded[0].ToString() == two.first.ToString());
  }
  SECTION("the first one's tracker is silent: nothing before it is lost") {
    for (int i = 0; i < 9; ++i) {
      rig.Pass(1'000);
      rig.Heartbeat("b");
    }
    CHECK(Of<CommitOrder>(rig.Take("b")).empty());
    for (int i = 0; i < 2; ++i) {
      rig.Pass(1'000);
      rig.Heartbeat("b");
    }
    CHECK(Of<CommitOrder>(rig.Take("b")).size() == 1);
    CHECK(rig.Records<CommitGranted>().size() == 3);  // with that of the other reduce
  }
}

TEST_CASE("grants: no order leaves before its record is on the disk", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 1);
  rig.durable = 1;  // the start
  rig.Submit(rig.Job(1, 1, 0));
  CHECK(rig.Launched("a").empty());
  const std::uint64_t submitted = rig.records.at(1).number;
  CHECK(rig.records.at(1).sync);
  rig.durable = submitted;
  const auto launched = rig.Launched("a");
  REQUIRE(launched.size() == 1);
  rig.AskCommit("a", launched[0]);
  CHECK(Of<CommitOrder>(rig.Take("a")).empty());
  rig.durable = rig.records.back().number;
  CHECK(Of<CommitOrder>(rig.Take("a")).size() == 1);
}

TEST_CASE("grants: orders are given again until they are acknowledged", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 1);
  rig.Submit(rig.Job(1, 1, 0));
  const TakenOrders once = rig.core->TakeOrders("a", 0, ~0ull);
  const TakenOrders again = rig.core->TakeOrders("a", 0, ~0ull);
  REQUIRE(once.orders.size() == 1);
  REQUIRE(again.orders.size() == 1);
  CHECK(once.orders[0].sequence == again.orders[0].sequence);
  CHECK(std::get<LaunchOrder>(again.orders[0].body).spec_whole);
  CHECK(rig.core->TakeOrders("a", once.orders[0].sequence, ~0ull).orders.empty());
  CHECK(rig.core->TakeOrders("nobody", 0, ~0ull).must_register);
}

TEST_CASE("grants: after a restart the attempt that had leave still has it, and hears of it again", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 1);
  rig.Submit(rig.Job(1, 0, 1));
  const AttemptName reduce = rig.Launched("a").at(0);
  rig.AskCommit("a", reduce);
  const std::uint64_t token = Of<CommitOrder>(rig.Take("a")).at(0).token;
  rig.Restart();
  std::vector<AttemptReport> running(1);
  running[0].attempt = reduce;
  running[0].state = AttemptState::kCommitPending;
  rig.Keep(rig.core->Register(rig.trackers["a"], running, {}, rig.now).effects);
  const auto commits = Of<CommitOrder>(rig.Take("a"));
  REQUIRE(commits.size() == 1);
  CHECK(commits[0].token == token);
  CHECK(rig.Records<CommitGranted>().size() == 1);
  rig.Succeed("a", reduce);
  rig.RunAll();
  CHECK(rig.Status(1).state == JobState::kSucceeded);
}

TEST_CASE("grants: a job that is killed while it commits ends as the commit ends", "[jobtracker]") {
  Rig rig;
  rig.AddTracker("a", 1, 1);
  rig.Submit(rig.Job(1, 1, 0));
  rig.AskCommit("a", rig.Launched("a").at(0));
  rig.Succeed("a", Name(1, 'm', 0, 0));
  AttemptName commit;
  for (const AttemptName& name : rig.Launched("a")) commit = name;
  REQUIRE(commit.kind == 'c');
  rig.Keep(rig.core->KillJob(Rig::JobId(1), "Asked for.", rig.now).value());
  CHECK(rig.Status(1).state == JobState::kCommitting);
  SECTION("done before") {
    rig.Succeed("a", commit);
    CHECK(rig.Status(1).state == JobState::kSucceeded);
  }
  SECTION("killed in time") {
    rig.Gone("a", commit);
    rig.RunAll();
    CHECK(rig.Status(1).state == JobState::kKilled);
  }
}

}  // namespace
}  // namespace mrd::jobtracker::test
