#include "common/rpc/retry_cache.h"

#include <catch2/catch.hpp>

namespace mrd::rpc {
namespace {

const std::string kClient(16, 'c');
using Verdict = RetryCache::Verdict;

}  // namespace

TEST_CASE("retry cache: a success is told again, a failure is carried out again", "[rpc]") {
  RetryCache cache({});
  std::string reply;
  CHECK(cache.Begin(kClient, 1, 0, &reply) == Verdict::kNew);
  cache.Finish(kClient, 1, 0, "done");
  CHECK(cache.Begin(kClient, 1, 5, &reply) == Verdict::kDone);
  CHECK(reply == "done");
  CHECK(cache.Begin(kClient, 2, 0, &reply) == Verdict::kNew);
  cache.Finish(kClient, 2, 0, std::nullopt);
  CHECK(cache.Begin(kClient, 2, 0, &reply) == Verdict::kNew);
  CHECK(cache.Begin(std::string(16, 'd'), 1, 0, &reply) == Verdict::kNew);
}

TEST_CASE("retry cache: a second attempt waits for the first", "[rpc]") {
  RetryCache cache({});
  std::string reply;
  REQUIRE(cache.Begin(kClient, 7, 0, &reply) == Verdict::kNew);
  CHECK(cache.Begin(kClient, 7, 0, &reply) == Verdict::kInProgress);
  int told = 0;
  cache.WhenFinished(kClient, 7, [&] { ++told; });
  CHECK(told == 0);
  cache.Finish(kClient, 7, 0, "x");
  CHECK(told == 1);
  cache.WhenFinished(kClient, 7, [&] { ++told; });
  CHECK(told == 2);
}

TEST_CASE("retry cache: calls that cannot be known again leave nothing behind", "[rpc]") {
  RetryCache cache({});
  std::string reply;
  for (int i = 0; i < 2; ++i) {
    CHECK(cache.Begin("", 1, 0, &reply) == Verdict::kNew);
    cache.Finish("", 1, 0, "x");
    CHECK(cache.Begin(kClient, -3, 0, &reply) == Verdict::kNew);
    cache.Finish(kClient, -3, 0, "x");
  }
  CHECK(cache.size() == 0);
}

TEST_CASE("retry cache: the oldest go after their time and beyond the bounds", "[rpc]") {
  RetryCache cache({.keep_ms = 100, .entries_max = 3, .reply_bytes_max = 10});
  std::string reply;
  cache.Remember(kClient, 1, 0, "a");
  cache.Remember(kClient, 2, 50, "b");
  CHECK(cache.Begin(kClient, 1, 101, &reply) == Verdict::kNew);
  cache.Finish(kClient, 1, 101, std::nullopt);
  CHECK(cache.Begin(kClient, 2, 101, &reply) == Verdict::kDone);
  for (int i = 10; i < 14; ++i) cache.Remember(kClient, i, 102, "c");
  CHECK(cache.size() == 3);
  cache.Remember(kClient, 20, 103, "0123456789");
  CHECK(cache.size() == 1);
  CHECK(cache.Begin(kClient, 20, 104, &reply) == Verdict::kDone);
}

}  // namespace mrd::rpc
