#include <catch2/catch.hpp>

#include "mapred/client/failure_text.h"

namespace mrd::mapred {
namespace {

using Catch::Contains;

TEST_CASE("failure text: each group with its record, back trace, stderr and what is in common", "[client]") {
  proto::GetJobResultResponseProto result;
  CHECK(FailureText(result).empty());
  proto::FailureGroupProto& group = *result.add_failures();
  group.set_kind(proto::FAILED_CRASH);
  group.set_count(3);
  group.set_attemptid("attempt_1_0001_m_000002_0");
  group.set_tracker("tracker_a:50060");
  group.add_trackers("tracker_a:50060");
  group.add_trackers("tracker_b:50060");
  group.add_common("all on host a");
  proto::FailureProto& first = *group.mutable_first();
  first.set_kind(proto::FAILED_CRASH);
  first.set_message("segmentation fault\nin the mapper");
  first.set_file("hdfs://h/in");
  first.set_offset(4711);
  first.set_record("\"be\" 62 65");
  first.add_backtrace("Tokenize::map at wordcount.cc:12");
  first.set_stderrtail("about to crash\n");
  const std::string text = FailureText(result);
  CHECK_THAT(text, Contains("1. the job's code crashed, 3 attempts, first attempt_1_0001_m_000002_0 on tracker_a:50060\n") &&
                       Contains("   segmentation fault\n   in the mapper\n") &&
                       Contains("   read: hdfs://h/in at byte 4711, record \"be\" 62 65\n") &&
                       Contains("     Tokenize::map at wordcount.cc:12\n") && Contains("     about to crash\n") &&
                       Contains("   in common: all on host a\n") && Contains("   on: tracker_a:50060 tracker_b:50060\n"));
}

}  // namespace
}  // namespace mrd::mapred
