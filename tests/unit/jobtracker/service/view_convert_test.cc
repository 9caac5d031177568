#include "jobtracker/service/view_convert.h"

#include <catch2/catch.hpp>

namespace mrd::jobtracker {

using namespace mapred::proto;  // NOLINT: the messages of this file

namespace {

Reason Because(ReasonCode code) {
  Reason reason;
  reason.code = code;
  return reason;
}

}  // namespace

TEST_CASE("views: a job that publishes or ends still runs for its client, with a sentence", "[convert]") {
  JobView view;
  view.id = "job_1_0001";
  view.state = JobState::kCommitting;
  view.submit_ms = 5;
  view.waiting.push_back({Because(ReasonCode::kNoFreeSlot), 7});
  JobStatusProto status;
  ToProto(view, &status);
  CHECK(status.state() == JOB_RUNNING);
  CHECK(status.statustext().find("published") != std::string::npos);
  CHECK(status.priority() == "NORMAL");
  CHECK_FALSE(status.has_startms());
  REQUIRE(status.waiting_size() == 1);
  CHECK(status.waiting(0).code() == "NO_FREE_SLOT");
  CHECK(status.waiting(0).tasks() == 7);
  view.state = JobState::kKilled;
  JobStatusProto killed;
  ToProto(view, &killed);
  CHECK(killed.state() == JOB_KILLED);
  CHECK_FALSE(killed.has_statustext());
}

TEST_CASE("views: an attempt that failed says why", "[convert]") {
  AttemptView view;
  view.attempt = *mapred::ParseAttemptId("attempt_1_0001_m_000002_1");
  view.state = AttemptState::kFailed;
  view.failure = FailureKind::kMemory;
  view.message = "too much";
  view.host = "::1";
  view.http_port = 50060;
  AttemptReportProto report;
  ToProto(view, &report);
  CHECK(report.attemptid() == "attempt_1_0001_m_000002_1");
  CHECK(report.trackerurl() == "http://[::1]:50060");
  CHECK(report.status().failure().kind() == FAILED_MEMORY);
  CHECK(report.status().failure().message() == "too much");
  CHECK(report.IsInitialized());
}

TEST_CASE("views: a tracker says why it is not used and why slots stay free", "[convert]") {
  TrackerView view;
  view.info.name = "tracker_a";
  view.state = TrackerState::kLost;
  view.unused = Because(ReasonCode::kLost);
  view.idle_map = Because(ReasonCode::kNoWork);
  TrackerStatusProto status;
  ToProto(view, &status);
  CHECK(status.state() == "LOST");
  CHECK_FALSE(status.reason().empty());
  CHECK(status.idle().starts_with("Maps: "));
  CHECK(status.idle().find("Reduces: ") == std::string::npos);
  CHECK(status.IsInitialized());
}

}  // namespace mrd::jobtracker
