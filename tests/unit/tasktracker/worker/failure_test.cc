#include "tasktracker/worker/failure.h"

#include <csignal>

#include <catch2/catch.hpp>

#include "engine/failure_source.h"

namespace mrd::tasktracker {
namespace {

using namespace mapred::proto;

TEST_CASE("failure: file, offset and record are taken from the place, and leave the sentence", "[failure]") {
  const FailureProto failure = FailureOf(Internal(
      "the barrel is empty [map task 3, attempt_1_0001_m_000003_0, file hdfs://h/a, b.txt, offset 12, record \"x, file y\" "
      "(hex 78, 9 bytes)]"));
  CHECK(failure.kind() == FAILED_USER);
  CHECK(failure.message() == "the barrel is empty");
  CHECK(failure.file() == "hdfs://h/a, b.txt");
  CHECK(failure.offset() == 12);
  CHECK(failure.record() == "\"x, file y\" (hex 78, 9 bytes)");
}

TEST_CASE("failure: a reduce has a key and no file", "[failure]") {
  const FailureProto failure =
      FailureOf(Internal("no [reduce task 0, attempt_1_0001_r_000000_1, key \"k\" (hex 6b, 1 bytes)]"));
  CHECK(failure.message() == "no");
  CHECK_FALSE(failure.has_file());
  CHECK_FALSE(failure.has_offset());
  CHECK(failure.record() == "\"k\" (hex 6b, 1 bytes)");
}

TEST_CASE("failure: the source decides the kind", "[failure]") {
  CHECK(FailureOf(engine::From(engine::kFromInput, NotFound("x"))).kind() == FAILED_INPUT);
  CHECK(FailureOf(engine::From(engine::kFromOutput, IoError("x"))).kind() == FAILED_OUTPUT);
  CHECK(FailureOf(engine::From(engine::kFromLocalDisk, ResourceExhausted("x"))).kind() == FAILED_DISK);
  CHECK(FailureOf(engine::From(engine::kFromMapOutput, Corruption("x"))).kind() == FAILED_SHUFFLE);
  CHECK(FailureOf(engine::From(engine::kFromOutput, engine::From(engine::kFromInput, IoError("x")))).kind() == FAILED_INPUT);
  CHECK(FailureOf(ResourceExhausted("x")).kind() == FAILED_USER);
}

TEST_CASE("failure: a crash gives its headline, the place and one line for each frame", "[failure]") {
  const FailureProto failure = FailureOfCrash(
      "\nError: the plugin x.so crashed with SIGSEGV (invalid memory access) at address 0x8\n"
      "Where: map task 0, attempt_1_0001_m_000000_0, file /a, offset 5, record \"bad\" (hex 62 61 64, 3 bytes)\n"
      "Back trace:\n"
      "    #0 /p/x.so+0x12\n        write_to_nowhere() at x.cc:31\n        (inlined by) f() at x.cc:40\n"
      "    #1 /p/x.so+0x99 mr_plugin_entry\n");
  CHECK(failure.kind() == FAILED_CRASH);
  CHECK(failure.message() == "the plugin x.so crashed with SIGSEGV (invalid memory access) at address 0x8");
  CHECK(failure.file() == "/a");
  CHECK(failure.offset() == 5);
  REQUIRE(failure.backtrace_size() == 2);
  CHECK(failure.backtrace(0) == "#0 /p/x.so+0x12 write_to_nowhere() at x.cc:31 (inlined by) f() at x.cc:40");
  CHECK(failure.backtrace(1) == "#1 /p/x.so+0x99 mr_plugin_entry");
}

TEST_CASE("failure: words that were cut or are not ours still make a failure", "[failure]") {
  for (const char* words : {"", "\n", "Error: ", "Where: , record \"", "        lost", "    #", "Where: map, offset x"}) {
    CAPTURE(words);
    CHECK(FailureOfCrash(words).kind() == FAILED_CRASH);
  }
}

TEST_CASE("failure: an end without a word is told by its wait status", "[failure]") {
  CHECK(FailureOfSilence("attempt_x", SIGKILL).message().starts_with("attempt_x was ended by SIGKILL"));
  CHECK(FailureOfSilence("attempt_x", 3 << 8).message().find("status 3") != std::string::npos);
}

TEST_CASE("failure: text that is no UTF-8 becomes legible", "[failure]") {
  CHECK(Legible("plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80") == "plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80");
  CHECK(Legible("\xff") == "?");
  CHECK(Legible("a\xc3") == "a?");
  CHECK(Legible("\xc0\x80") == "??");
  CHECK(Legible("\xed\xa0\x80") == "???");
}

}  // namespace
}  // namespace mrd::tasktracker
