#include <catch2/catch.hpp>

#include "jobtracker/service/schedule_convert.h"

namespace mrd::jobtracker {
namespace {

namespace proto = mapred::proto;

Schedule Some() {
  Schedule schedule;
  schedule.terms.name = "nightly";
  schedule.terms.owner = "ann";
  schedule.terms.cron = "@daily";
  schedule.terms.zone = "Europe/Berlin";
  schedule.terms.overlap = Overlap::kKill;
  schedule.terms.missed = Missed::kAll;
  schedule.terms.missed_max = 7;
  schedule.terms.history_max = 30;
  schedule.enabled = false;
  schedule.created_ms = 1000;
  schedule.looked_at_ms = 2000;
  schedule.last_number = 9;
  ScheduleRun run;
  run.number = 3;
  run.due_ms = 1500;
  run.by_hand = true;
  run.state = RunState::kRefused;
  run.job = "job_1_0001";
  run.start_ms = 1600;
  run.end_ms = 1700;
  run.message = "why";
  schedule.runs.push_back(run);
  run = {};
  run.number = 9;
  run.state = RunState::kMissed;
  run.count = 4;
  schedule.runs.push_back(run);
  return schedule;
}

TEST_CASE("schedule convert: what is kept comes back", "[schedule]") {
  const proto::ScheduleStateProto kept = StateToProto(Some());
  const Schedule back = FromProto(kept).value();
  CHECK(StateToProto(back).SerializeAsString() == kept.SerializeAsString());
  CHECK(back.terms.overlap == Overlap::kKill);
  CHECK(back.terms.missed == Missed::kAll);
  CHECK(back.terms.missed_max == 7);
  CHECK(back.looked_at_ms == 2000);
  REQUIRE(back.runs.size() == 2);
  CHECK(back.runs[0].by_hand);
  CHECK(back.runs[0].job == "job_1_0001");
  CHECK(back.runs[1].state == RunState::kMissed);
  CHECK(back.runs[1].count == 4);
}

TEST_CASE("schedule convert: every word of a policy and a state has one meaning", "[schedule]") {
  for (const RunState state : {RunState::kQueued, RunState::kStarting, RunState::kRunning, RunState::kSucceeded, RunState::kFailed,
                               RunState::kKilled, RunState::kRefused, RunState::kSkipped, RunState::kMissed}) {
    CHECK(ParseRunState(WordOf(state)) == state);
  }
  CHECK_FALSE(ParseRunState("Running").has_value());
}

TEST_CASE("schedule convert: words and numbers that make no sense are refused", "[schedule]") {
  proto::ScheduleStateProto state = StateToProto(Some());
  SECTION("overlap") { state.mutable_terms()->set_overlap("maybe"); }
  SECTION("missed") { state.mutable_terms()->set_missed(""); }
  SECTION("state") { state.mutable_runs(0)->set_state("gone"); }
  SECTION("order of runs") { state.mutable_runs(0)->set_number(9); }
  SECTION("a run beyond the last") { state.mutable_runs(1)->set_number(10); }
  CHECK(FromProto(state).status().code() == Code::kInvalidArgument);
}

}  // namespace
}  // namespace mrd::jobtracker
