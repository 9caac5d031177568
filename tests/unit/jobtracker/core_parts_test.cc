// The small parts of the core by themselves.

#include <catch2/catch.hpp>

#include <set>

#include "jobtracker/core/job_sums.h"
#include "jobtracker/core/order_queue.h"
#include "jobtracker/core/pending_index.h"
#include "jobtracker/core/reasons.h"

namespace mrd::jobtracker::test {
namespace {

std::vector<std::uint64_t> Given(OrderQueue& queue, std::uint64_t durable, std::size_t limit = 100) {
  std::vector<std::uint64_t> sequences;
  queue.Take(durable, limit, [&](const OrderQueue::Entry& entry) { sequences.push_back(entry.sequence); });
  return sequences;
}

TEST_CASE("order queue: what is not durable holds back what follows", "[jobtracker]") {
  OrderQueue queue(100);
  queue.Push(5, ForgetOrder{"a"});
  queue.Push(9, ForgetOrder{"b"});
  queue.Push(5, ForgetOrder{"c"});
  CHECK(Given(queue, 4).empty());
  CHECK(Given(queue, 8) == std::vector<std::uint64_t>{101});
  CHECK(Given(queue, 9) == std::vector<std::uint64_t>{101, 102, 103});
  CHECK(Given(queue, 9, 2) == std::vector<std::uint64_t>{101, 102});
  queue.Acknowledge(57);  // of an earlier life
  queue.Acknowledge(1'000);  // of nobody
  CHECK(Given(queue, 9).size() == 3);
  queue.Acknowledge(102);
  CHECK(Given(queue, 9) == std::vector<std::uint64_t>{103});
}

TEST_CASE("order queue: until they are handed out outputs are joined, launches taken back", "[jobtracker]") {
  OrderQueue queue(0);
  queue.PushOutputs(1, "job", 0, 3, 4);
  queue.PushOutputs(2, "job", 3, 6, 4);
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  const auto see = [&](const OrderQueue::Entry& entry) {
    const auto& range = std::get<OutputRange>(entry.body);
    ranges.emplace_back(range.from, range.to);
  };
  queue.Take(~0ull, 100, see);
  CHECK(ranges == std::vector<std::pair<std::size_t, std::size_t>>{{0, 4}, {4, 6}});
  queue.PushOutputs(3, "job", 6, 7, 4);
  ranges.clear();
  queue.Take(~0ull, 100, see);
  CHECK(ranges.size() == 3);  // what was handed out stays as it was

  OrderQueue launches(0);
  LaunchOrder launch;
  launch.attempt = {"job_1_0001", 'm', 3, 0};
  launches.Push(1, launch);
  CHECK_FALSE(launches.Revoke({"job_1_0001", 'm', 3, 1}));
  CHECK(launches.Revoke(launch.attempt));
  CHECK(launches.empty());
  launches.Push(1, launch);
  Given(launches, ~0ull);
  CHECK_FALSE(launches.Revoke(launch.attempt));
}

TEST_CASE("job sums: a share is taken out to the last unit", "[jobtracker]") {
  JobSums sums;
  TaskResult map;
  map.counters.Add(engine::kTaskGroup, "MAP_INPUT_RECORDS", 10);
  map.counters.Add("Mine", "THINGS", 3);
  map.ledger.map_bytes = 100;
  const auto first = sums.AddShare(map);
  const auto second = sums.AddShare(map);
  TaskResult reduce;
  reduce.ledger.groups = 4;
  reduce.ledger.largest_group_records = 2;
  reduce.ledger.largest_group_key = "k";
  sums.Add(reduce);
  CHECK(sums.counters().Get("Mine", "THINGS") == 6);
  sums.Subtract(*first);
  CHECK(sums.counters().Get(engine::kTaskGroup, "MAP_INPUT_RECORDS") == 10);
  CHECK(sums.ledger().map_bytes == 100);
  CHECK(sums.ledger().groups == 4);
  CHECK(sums.ledger().largest_group_key == "k");
  sums.Subtract(*second);
  CHECK(sums.ledger().map_bytes == 0);
}

TEST_CASE("pending queue: passes over what does not wait, looks past what does not fit", "[jobtracker]") {
  LazyQueue queue;
  for (std::uint32_t i = 0; i < 5'000; ++i) queue.Push(i);
  std::set<std::uint32_t> waiting{3, 4'000, 4'001};
  const auto waits = [&](std::uint32_t task) { return waiting.contains(task); };
  CHECK(queue.Find(waits, [](std::uint32_t) { return true; }) == 3);
  CHECK(queue.Find(waits, [](std::uint32_t task) { return task != 3; }) == 4'000);
  CHECK(queue.Find(waits, [](std::uint32_t) { return false; }) == -1);
  waiting.erase(3);
  CHECK(queue.Find(waits, [](std::uint32_t) { return true; }) == 4'000);
  waiting.clear();
  CHECK(queue.Find(waits, [](std::uint32_t) { return true; }) == -1);
  waiting.insert(7);
  queue.Push(7);
  CHECK(queue.Find(waits, [](std::uint32_t) { return true; }) == 7);
}

TEST_CASE("reasons: each has a name of its own and a sentence", "[jobtracker]") {
  std::set<std::string> names;
  const int last = static_cast<int>(ReasonCode::kExcluded);
  for (int code = 0; code <= last; ++code) {
    const Reason reason{static_cast<ReasonCode>(code), "x", 1, 2, 3'000};
    CHECK(names.insert(std::string(reason.Name())).second);
    CHECK(reason.Text().size() > 10);
    CHECK(reason.Text().back() != ' ');
  }
  CHECK_FALSE(names.contains("UNKNOWN"));
}

}  // namespace
}  // namespace mrd::jobtracker::test
