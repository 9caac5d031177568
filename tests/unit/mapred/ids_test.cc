#include "mapred/ids.h"

#include <catch2/catch.hpp>

namespace mrd::mapred {

TEST_CASE("ids are taken apart and put together") {
  const auto name = ParseAttemptId("attempt_1709633520000_0007_r_000123_4");
  REQUIRE(name);
  CHECK(name->job_id == "job_1709633520000_0007");
  CHECK(name->kind == 'r');
  CHECK(name->number == 123);
  CHECK(name->attempt == 4);
  CHECK(name->TaskId() == "task_1709633520000_0007_r_000123");
  CHECK(name->ToString() == "attempt_1709633520000_0007_r_000123_4");
  CHECK(JobId(1709633520000u, 12345) == "job_1709633520000_12345");
  CHECK(ParseTaskId("task_1_0001_m_1000000")->number == 1000000);
}

TEST_CASE("what is no id is told apart") {
  for (const char* text : {"", "attempt_", "attempt_1_0001_m_000001", "attempt_1_0001_x_000001_0", "attempt_1_01_m_000001_0",
                           "task_1_0001_m_000001_0", "attempt_1_0001_m_99999999999_0", "attempt__0001_m_000001_0"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseAttemptId(text));
  }
  CHECK_FALSE(IsJobId("job_1_001"));
  CHECK_FALSE(IsJobId("job_x_0001"));
  CHECK_FALSE(IsJobId("job_0001"));
  CHECK(IsJobId("job_1_0001"));
}

}  // namespace mrd::mapred
