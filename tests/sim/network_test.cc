#include "sim/network.h"

#include <catch2/catch.hpp>

namespace mrd::sim::test {
namespace {

struct Pair {
  explicit Pair(std::uint64_t seed) : clock(seed), tasks(clock), network(clock, tasks) {
    route.from = network.Add("a");
    route.to = network.Add("b");
    route.timeout = 1'000;
  }
  void RunUntil(Millis time) {
    while (clock.Step(time)) {
    }
  }
  // Calls once; counts how often the other side was reached.
  Task<void> CallOnce(Result<int>* reply, int* served) {
    Handler<int> handler = [served]() -> Task<Result<int>> { return Answer(served); };
    *reply = co_await Call<int>(network, route, handler);
  }
  static Task<Result<int>> Answer(int* served) {
    ++*served;
    co_return 7;
  }

  Clock clock;
  Tasks tasks;
  Network network;
  Route route;
};

TEST_CASE("simulated network: a call is answered after some time", "[sim]") {
  Pair pair(1);
  Result<int> reply = Status(Code::kInternal, "none");
  int served = 0;
  pair.tasks.Spawn(pair.CallOnce(&reply, &served));
  CHECK(served == 0);
  pair.RunUntil(100);
  REQUIRE(reply.ok());
  CHECK(*reply == 7);
  CHECK(served == 1);
}

TEST_CASE("simulated network: nothing gets through a cut, nor to a process that is down", "[sim]") {
  for (const bool cut : {true, false}) {
    Pair pair(2);
    if (cut) pair.network.Cut(pair.route.to, pair.route.from);
    if (!cut) pair.network.SetUp(pair.route.to, false);
    Result<int> reply = 0;
    int served = 0;
    pair.tasks.Spawn(pair.CallOnce(&reply, &served));
    pair.RunUntil(2'000);
    CHECK(served == 0);
    CHECK(reply.status().code() == Code::kDeadlineExceeded);
  }
}

TEST_CASE("simulated network: an answer to a life that ended does not reach the next one", "[sim]") {
  Pair pair(3);
  Result<int> reply = Status(Code::kInternal, "none");
  int served = 0;
  pair.tasks.Spawn(pair.CallOnce(&reply, &served));
  pair.clock.After(0, [&] {
    pair.network.SetUp(pair.route.from, false);
    pair.network.SetUp(pair.route.from, true);
  });
  pair.RunUntil(2'000);
  CHECK(reply.status().code() == Code::kDeadlineExceeded);
}

TEST_CASE("simulated network: calls can be doubled, streams cannot", "[sim]") {
  for (const bool stream : {false, true}) {
    Pair pair(4);
    pair.network.faults().duplicate = 1;
    pair.route.stream = stream;
    Result<int> reply = Status(Code::kInternal, "none");
    int served = 0;
    pair.tasks.Spawn(pair.CallOnce(&reply, &served));
    pair.RunUntil(2'000);
    CHECK(reply.ok());
    CHECK(served == (stream ? 1 : 2));
  }
}

}  // namespace
}  // namespace mrd::sim::test
