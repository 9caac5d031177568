#include "jobtracker/service/record_codec.h"

#include <catch2/catch.hpp>

#include "mapred/ids.h"

namespace mrd::jobtracker {
namespace {

const std::shared_ptr<const JobSubmission> kJob = [] {
  auto job = std::make_shared<JobSubmission>();
  job->id = "job_1_0001";
  return job;
}();

Result<std::shared_ptr<const JobSubmission>> Find(const std::string& job) {
  if (job != kJob->id) return Corruption("no " + job);
  return kJob;
}

AttemptName Reduce() { return *mapred::ParseAttemptId("attempt_1_0001_r_000002_1"); }

template <typename Body>
Body Back(Body body, const mapred::proto::AttemptStatusProto* detail = nullptr) {
  Record record;
  record.number = 7;
  record.body = std::move(body);
  Result<DecodedRecord> decoded = DecodeRecord(7, EncodeRecord(record, detail), Find);
  INFO(decoded.status().ToString());
  REQUIRE(decoded.ok());
  CHECK(decoded->record.number == 7);
  CHECK((decoded->detail != nullptr) == (detail != nullptr));
  REQUIRE(std::holds_alternative<Body>(decoded->record.body));
  return std::get<Body>(decoded->record.body);
}

}  // namespace

TEST_CASE("records: each kind comes back as it was", "[records]") {
  CHECK(Back(LifeBegan{3}).life == 3);
  JobSubmitted submitted;
  submitted.job = kJob;
  submitted.order = 5;
  submitted.life = 2;
  submitted.wall_ms = 1'700'000'000'000;
  submitted.whole = true;
  const JobSubmitted submitted_back = Back(submitted);
  CHECK(submitted_back.job == kJob);
  CHECK(submitted_back.order == 5);
  CHECK(submitted_back.life == 2);
  CHECK(submitted_back.wall_ms == 1'700'000'000'000);
  CHECK(submitted_back.whole);

  AttemptLaunched launched;
  launched.attempt = Reduce();
  launched.tracker = "tracker_a";
  launched.host = "a";
  launched.http_port = 50060;
  launched.shuffle_port = 60000;
  launched.locality = Locality::kRack;
  launched.speculative = true;
  launched.wall_ms = 4;
  const AttemptLaunched launched_back = Back(launched);
  CHECK(launched_back.attempt.ToString() == "attempt_1_0001_r_000002_1");
  CHECK(launched_back.tracker == "tracker_a");
  CHECK(launched_back.host == "a");
  CHECK(launched_back.http_port == 50060);
  CHECK(launched_back.shuffle_port == 60000);
  CHECK(launched_back.locality == Locality::kRack);
  CHECK(launched_back.speculative);
  CHECK(launched_back.wall_ms == 4);

  CHECK(Back(CommitGranted{Reduce(), 99}).token == 99);
  CHECK(Back(PrioritySet{"job_1_0001", Priority::kVeryLow}).priority == Priority::kVeryLow);
  CHECK(Back(OutputWithdrawn{Reduce(), "lost", 8}).reason == "lost");
  const JobEnding ending = Back(JobEnding{"job_1_0001", JobState::kKilled, "killed by ann"});
  CHECK(ending.state == JobState::kKilled);
  CHECK(ending.failure == "killed by ann");
}

TEST_CASE("records: the end of an attempt keeps its result, and what its tracker told", "[records]") {
  AttemptEnded ended;
  ended.attempt = Reduce();
  ended.state = AttemptState::kSucceeded;
  ended.wall_ms = 12;
  ended.result.counters.Add("g", "c", 5);
  ended.result.ledger.output_bytes = 77;
  ended.result.parts.push_back({.name = "part-r-00002", .bytes = 1, .records = 2, .hash = "ab"});
  ended.result.output_bytes = 9;
  mapred::proto::AttemptStatusProto detail;
  detail.set_attemptid("attempt_1_0001_r_000002_1");
  detail.set_state(mapred::proto::ATTEMPT_SUCCEEDED);
  detail.set_peakbytes(123);
  detail.add_outputbytes(4);
  const AttemptEnded back = Back(ended, &detail);
  CHECK(back.state == AttemptState::kSucceeded);
  CHECK(back.result.counters.Get("g", "c") == 5);
  CHECK(back.result.ledger.output_bytes == 77);
  REQUIRE(back.result.parts.size() == 1);
  CHECK(back.result.parts[0].name == "part-r-00002");
  CHECK(back.result.output_bytes == 9);
  const Result<DecodedRecord> decoded = DecodeRecord(1, EncodeRecord({1, false, ended}, &detail), Find);
  CHECK(decoded.value().detail->peakbytes() == 123);
  CHECK(decoded.value().detail->outputbytes_size() == 0);  // stands in the record

  AttemptEnded failed;
  failed.attempt = Reduce();
  failed.state = AttemptState::kFailed;
  failed.failure = FailureKind::kMemory;
  failed.message = "too much";
  const AttemptEnded failed_back = Back(failed);
  CHECK(failed_back.failure == FailureKind::kMemory);
  CHECK(failed_back.message == "too much");
}

TEST_CASE("records: the end of a job keeps its sums", "[records]") {
  JobEnded ended;
  ended.job = "job_1_0001";
  ended.state = JobState::kFailed;
  ended.failure = "why";
  ended.start_wall_ms = 1;
  ended.end_wall_ms = 2;
  ended.maps_done = 3;
  ended.reduces_done = 4;
  ended.attempts_failed = 5;
  ended.attempts_killed = 6;
  ended.counters.Add("g", "c", 7);
  ended.ledger.groups = 8;
  const JobEnded back = Back(ended);
  CHECK(back.state == JobState::kFailed);
  CHECK(back.failure == "why");
  CHECK(back.start_wall_ms == 1);
  CHECK(back.end_wall_ms == 2);
  CHECK(back.maps_done == 3);
  CHECK(back.reduces_done == 4);
  CHECK(back.attempts_failed == 5);
  CHECK(back.attempts_killed == 6);
  CHECK(back.counters.Get("g", "c") == 7);
  CHECK(back.ledger.groups == 8);
}

TEST_CASE("records: what is no record is told from one", "[records]") {
  for (const std::string& value : {std::string(), std::string("\xFF\xFF"), std::string("hello")}) {
    const Status status = DecodeRecord(12, value, Find).status();
    CHECK(status.code() == Code::kCorruption);
    CHECK(status.message().find("record 12") != std::string::npos);
  }
  JobSubmitted submitted;
  auto job = std::make_shared<JobSubmission>();
  job->id = "job_1_0002";
  submitted.job = job;
  CHECK(DecodeRecord(1, EncodeRecord({1, true, submitted}, nullptr), Find).status().code() == Code::kCorruption);
}

}  // namespace mrd::jobtracker
