#include "common/net/runtime.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/net/deadline.h"
#include "common/net/event.h"

namespace mrd::net {
namespace {

using std::chrono::milliseconds;

std::int64_t NowMs() { return Clock::System().MonotonicNanos() / 1'000'000; }

TEST_CASE("runtime: Run returns what the coroutine returns", "[net]") {
  Runtime runtime("test", 2);
  const int answer = runtime.Run<int>(runtime.executor(), []() -> awaitable<int> { co_return 42; });
  CHECK(answer == 42);
  auto failing = []() -> awaitable<Status> { co_return NotFound("nothing here"); };
  const Status status = runtime.Run<Status>(runtime.executor(), failing);
  CHECK(status.code() == Code::kNotFound);
}

TEST_CASE("runtime: a strand lets one coroutine run at a time on many threads", "[net]") {
  Runtime runtime("test", 4);
  const boost::asio::any_io_executor strand = runtime.NewStrand();
  int counter = 0;  // unprotected on purpose
  Gate gate;
  constexpr int kCoroutines = 50;
  constexpr int kSteps = 200;
  for (int i = 0; i < kCoroutines; ++i) {
    REQUIRE(gate.Enter());
    runtime.Spawn(strand, [&]() -> awaitable<void> {
      for (int step = 0; step < kSteps; ++step) {
        ++counter;
        (void)co_await SleepFor(milliseconds(0));
      }
      gate.Leave();
    });
  }
  runtime.Run<void>(runtime.executor(), [&]() -> awaitable<void> { co_await gate.Close(); });
  CHECK(counter == kCoroutines * kSteps);
}

TEST_CASE("gate: refuses entries once closed", "[net]") {
  Runtime runtime("test", 1);
  Gate gate;
  REQUIRE(gate.Enter());
  std::atomic<bool> closed = false;
  runtime.Spawn(runtime.executor(), [&]() -> awaitable<void> {
    co_await gate.Close();
    closed = true;
  });
  // Entering is refused from the moment that Close() began, which is some time from now.
  while (gate.Enter()) gate.Leave();
  CHECK_FALSE(closed);
  gate.Leave();
  runtime.Run<void>(runtime.executor(), [&]() -> awaitable<void> { co_await gate.Close(); });
  CHECK_FALSE(gate.Enter());
}

TEST_CASE("event: wakes those who wait and lets later ones pass", "[net]") {
  Runtime runtime("test", 2);
  Event event;
  std::atomic<int> woken = 0;
  Gate gate;
  for (int i = 0; i < 10; ++i) {
    REQUIRE(gate.Enter());
    runtime.Spawn(runtime.NewStrand(), [&]() -> awaitable<void> {
      co_await event.Wait();
      ++woken;
      gate.Leave();
    });
  }
  CHECK(woken == 0);
  event.Set();
  runtime.Run<void>(runtime.executor(), [&]() -> awaitable<void> {
    co_await gate.Close();
    co_await event.Wait();
  });
  CHECK(woken == 10);
}

TEST_CASE("pool: blocking work runs elsewhere and its result comes back", "[net]") {
  BlockingPool pool("disk", 2);
  Runtime runtime("test", 1);
  const std::thread::id io_thread =
      runtime.Run<std::thread::id>(runtime.executor(), []() -> awaitable<std::thread::id> { co_return std::this_thread::get_id(); });
  std::thread::id work_thread;
  std::thread::id after_thread;
  auto body = [&]() -> awaitable<std::string> {
    auto work = [&] {
      work_thread = std::this_thread::get_id();
      return std::string(100, 'x');
    };
    std::string text = co_await pool.Run(work);
    after_thread = std::this_thread::get_id();
    co_return text;
  };
  CHECK(runtime.Run<std::string>(runtime.executor(), body) == std::string(100, 'x'));
  CHECK(work_thread != io_thread);
  CHECK(after_thread == io_thread);
}

TEST_CASE("pool: finishes what was begun before it goes", "[net]") {
  std::atomic<int> done = 0;
  {
    BlockingPool pool("disk", 3);
    for (int i = 0; i < 500; ++i) pool.Post([&] { ++done; });
  }
  CHECK(done == 500);
}

TEST_CASE("sleep: lasts as long as asked", "[net]") {
  Runtime runtime("test", 1);
  const std::int64_t began = NowMs();
  const Status status =
      runtime.Run<Status>(runtime.executor(), []() -> awaitable<Status> { co_return co_await SleepFor(milliseconds(30)); });
  CHECK(status.ok());
  CHECK(NowMs() - began >= 29);
}

TEST_CASE("deadline: a quick operation's result passes, a slow one is cancelled and named", "[net]") {
  Runtime runtime("test", 2);
  auto quick = []() -> awaitable<Result<int>> {
    (void)co_await SleepFor(milliseconds(1));
    co_return 7;
  };
  auto slow = []() -> awaitable<Result<int>> {
    (void)co_await SleepFor(std::chrono::hours(1));
    (void)co_await SleepFor(std::chrono::hours(1));
    co_return 8;
  };
  const Result<int> in_time = runtime.Run<Result<int>>(runtime.NewStrand(), [&]() -> awaitable<Result<int>> {
    co_return co_await WithDeadline<Result<int>>(milliseconds(60'000), "quick", quick);
  });
  REQUIRE(in_time.ok());
  CHECK(*in_time == 7);
  const Result<int> late = runtime.Run<Result<int>>(runtime.NewStrand(), [&]() -> awaitable<Result<int>> {
    co_return co_await WithDeadline<Result<int>>(milliseconds(20), "slow thing", slow);
  });
  REQUIRE_FALSE(late.ok());
  CHECK(late.status().code() == Code::kDeadlineExceeded);
  CHECK(late.status().message() == "slow thing: not done within 20 ms");
}

TEST_CASE("runtime: going down destroys coroutines that still wait", "[net]") {
  auto token = std::make_shared<int>(1);
  {
    Runtime runtime("test", 2);
    auto event = std::make_shared<Event>();
    runtime.Spawn(runtime.NewStrand(), [token]() -> awaitable<void> { (void)co_await SleepFor(std::chrono::hours(1)); });
    CHECK(token.use_count() > 1);
  }
  CHECK(token.use_count() == 1);
}

}  // namespace
}  // namespace mrd::net
