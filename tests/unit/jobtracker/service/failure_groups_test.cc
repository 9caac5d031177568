#include "jobtracker/service/failure_groups.h"

#include <catch2/catch.hpp>

namespace mrd::jobtracker {
namespace {

using namespace mapred::proto;  // NOLINT: the messages of this file

FailureProto Failure(FailureKindProto kind, std::string message) {
  FailureProto failure;
  failure.set_kind(kind);
  failure.set_message(std::move(message));
  return failure;
}

FailedAttempt Attempt(int task, int number, std::string host, FailureProto failure) {
  FailedAttempt attempt;
  attempt.task = "task_1_0001_m_00000" + std::to_string(task);
  attempt.attempt = "attempt_1_0001_m_00000" + std::to_string(task) + "_" + std::to_string(number);
  attempt.tracker = "tracker_" + host;
  attempt.host = std::move(host);
  attempt.split = "/in/a:0+100";
  attempt.at_ms = 10 * task + number;
  attempt.failure = std::move(failure);
  return attempt;
}

bool Says(const FailureGroupProto& group, const std::string& text) {
  for (const std::string& sentence : group.common()) {
    if (sentence.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("failures: numbers, addresses, paths and identifiers do not tell causes apart", "[failures]") {
  const auto signature = [](const char* message) { return FailureSignature(Failure(FAILED_USER, message)); };
  CHECK(signature("bad number in line 17 at 0x7ffde0") == "USER: bad number in line # at #");
  CHECK(signature("bad number in line 4711 at 0x1") == signature("bad number in line 17 at 0x7ffde0"));
  CHECK(signature("cannot open /a/b/c.txt") == signature("cannot open /other"));
  CHECK(signature("attempt_1_0001_m_000003_0 gave up") == "USER: ID gave up");
  CHECK(signature("first line\nsecond 1") == signature("first line\nthird"));
  CHECK(signature("one thing") != signature("another thing"));
  CHECK(FailureSignature(Failure(FAILED_CRASH, "x")) != signature("x"));
}

TEST_CASE("failures: the place in the user's code tells causes apart", "[failures]") {
  FailureProto one = Failure(FAILED_CRASH, "signal 11");
  one.add_backtrace("__restore_rt");
  one.add_backtrace("Parser::next (parser.cc:12)");
  FailureProto other = Failure(FAILED_CRASH, "signal 11");
  other.add_backtrace("Writer::flush (writer.cc:9)");
  CHECK(FailureSignature(one) != FailureSignature(other));
  CHECK(FailureSignature(one).find("Parser::next") != std::string::npos);
}

TEST_CASE("failures: errors of the user's code come first, then the more frequent", "[failures]") {
  std::vector<FailedAttempt> failures;
  for (int i = 0; i < 5; ++i) failures.push_back(Attempt(i, 0, "a", Failure(FAILED_TRACKER, "the tracker was lost")));
  for (int i = 0; i < 2; ++i) failures.push_back(Attempt(i, 1, "a", Failure(FAILED_USER, "rare")));
  for (int i = 0; i < 3; ++i) failures.push_back(Attempt(i, 2, "b", Failure(FAILED_USER, "often")));
  const std::vector<FailureGroupProto> groups = GroupFailures(failures, {.hosts = 2, .attempts = 20});
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].signature() == "USER: often");
  CHECK(groups[0].count() == 3);
  CHECK(groups[0].attemptid() == "attempt_1_0001_m_000000_2");
  CHECK(groups[0].attempts_size() == 3);
  CHECK(groups[1].signature() == "USER: rare");
  CHECK(groups[2].kind() == FAILED_TRACKER);
}

TEST_CASE("failures: what the attempts have in common is said, and nothing that is not", "[failures]") {
  SECTION("one task, one record, several hosts") {
    FailureProto failure = Failure(FAILED_USER, "bad");
    failure.set_file("/in/a");
    failure.set_offset(42);
    const auto groups =
        GroupFailures({Attempt(3, 0, "a", failure), Attempt(3, 1, "b", failure)}, {.hosts = 4, .attempts = 9});
    REQUIRE(groups.size() == 1);
    CHECK(Says(groups[0], "Both attempts were of one task, task_1_0001_m_000003, which reads /in/a:0+100"));
    CHECK(Says(groups[0], "same record: /in/a, offset 42"));
    CHECK(Says(groups[0], "2 hosts of 4"));
  }
  SECTION("one host of several") {
    const auto groups = GroupFailures({Attempt(1, 0, "a", Failure(FAILED_DISK, "full")),
                                       Attempt(2, 0, "a", Failure(FAILED_DISK, "full")),
                                       Attempt(3, 0, "a", Failure(FAILED_DISK, "full"))},
                                      {.hosts = 3, .attempts = 9});
    REQUIRE(groups.size() == 1);
    CHECK(Says(groups[0], "All 3 attempts ran on host a; the job used 3 hosts."));
    CHECK_FALSE(Says(groups[0], "one task"));
  }
  SECTION("the only host says nothing") {
    const auto groups = GroupFailures({Attempt(1, 0, "a", Failure(FAILED_USER, "x")),
                                       Attempt(2, 0, "a", Failure(FAILED_USER, "x"))},
                                      {.hosts = 1, .attempts = 2});
    CHECK_FALSE(Says(groups[0], "host"));
    CHECK(Says(groups[0], "Every attempt of the job failed in this way."));
  }
  SECTION("memory") {
    FailureProto failure = Failure(FAILED_MEMORY, "over the limit");
    failure.set_peakbytes(std::uint64_t{512} << 20);
    const auto groups = GroupFailures({Attempt(1, 0, "a", failure)}, {.hosts = 1, .attempts = 2});
    CHECK(Says(groups[0], "Peak memory was 512 MiB."));
  }
}

TEST_CASE("failures: lists are bounded", "[failures]") {
  std::vector<FailedAttempt> failures;
  for (int i = 0; i < 500; ++i) failures.push_back(Attempt(i % 10, i, "h" + std::to_string(i), Failure(FAILED_USER, "x")));
  const auto groups = GroupFailures(failures, {.hosts = 500, .attempts = 500});
  REQUIRE(groups.size() == 1);
  CHECK(groups[0].count() == 500);
  CHECK(groups[0].attempts_size() == 20);
  CHECK(groups[0].trackers_size() == 100);
  CHECK(FailureSignature(Failure(FAILED_USER, std::string(100'000, 'x'))).size() < 1'000);
}

}  // namespace mrd::jobtracker
