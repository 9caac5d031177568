#include "jobtracker/service/tracker_convert.h"

#include <catch2/catch.hpp>
#include <limits>

namespace mrd::jobtracker {
namespace {

using namespace mapred::proto;  // NOLINT: the messages of this file

AttemptStatusProto Status(const char* attempt) {
  AttemptStatusProto status;
  status.set_attemptid(attempt);
  status.set_state(ATTEMPT_SUCCEEDED);
  return status;
}

TrackerProto Tracker() {
  TrackerProto tracker;
  tracker.set_name("tracker_a");
  tracker.set_host("");
  tracker.set_httpport(1);
  tracker.set_shuffleport(2);
  tracker.set_mapslots(3);
  tracker.set_reduceslots(4);
  tracker.set_memorybytes(5);
  tracker.set_startms(6);
  return tracker;
}

}  // namespace

TEST_CASE("tracker: a report of success brings its result", "[convert]") {
  AttemptStatusProto status = Status("attempt_1_0001_m_000003_2");
  status.set_progress(7.5);
  status.add_outputbytes(3);
  status.add_outputbytes(4);
  PartProto& part = *status.add_parts();
  part.set_name("part-m-00003");
  part.set_bytes(1);
  part.set_records(1);
  part.set_hash("h");
  const Result<AttemptReport> report = FromProto(status);
  REQUIRE(report.ok());
  CHECK(report.value().attempt.number == 3);
  CHECK(report.value().progress == 1);
  CHECK(report.value().result.output_bytes == 7);
  CHECK(report.value().result.parts.size() == 1);
}

TEST_CASE("tracker: whatever a peer sends is taken within bounds, or refused", "[convert]") {
  CHECK(FromProto(Status("attempt_x")).status().code() == Code::kInvalidArgument);
  CHECK(FromProto(Status("")).status().code() == Code::kInvalidArgument);
  for (const double progress : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
    AttemptStatusProto status = Status("attempt_1_0001_m_000003_2");
    status.set_progress(progress);
    CHECK(FromProto(status).value().progress == 0);
  }
  AttemptStatusProto failed = Status("attempt_1_0001_m_000003_2");
  failed.set_state(ATTEMPT_FAILED);
  failed.mutable_failure()->set_kind(FAILED_DISK);
  failed.mutable_failure()->set_message(std::string(1'000'000, 'x'));
  CHECK(FromProto(failed).value().failure == FailureKind::kDisk);
  CHECK(FromProto(failed).value().message.size() == 16u << 10);
  FetchFailureProto fetch;
  fetch.set_mapattemptid("attempt_1_0001_m_000003_2");
  fetch.set_reduceattemptid("no");
  fetch.set_reason("r");
  CHECK_FALSE(FromProto(fetch).ok());
}

TEST_CASE("tracker: its host is the peer's address unless it says another", "[convert]") {
  CHECK(FromProto(Tracker(), "10.0.0.9").value().host == "10.0.0.9");
  TrackerProto named = Tracker();
  named.set_host("node7");
  const Result<TrackerInfo> info = FromProto(named, "10.0.0.9");
  REQUIRE(info.ok());
  CHECK(info.value().host == "node7");
  CHECK(info.value().reduce_slots == 4);
  named.set_httpport(70'000);
  CHECK_FALSE(FromProto(named, "x").ok());
  TrackerProto greedy = Tracker();
  greedy.set_mapslots(1'000'000);
  CHECK_FALSE(FromProto(greedy, "x").ok());
  TrackerProto nameless = Tracker();
  nameless.set_name("");
  CHECK_FALSE(FromProto(nameless, "x").ok());
}

}  // namespace mrd::jobtracker
