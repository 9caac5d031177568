// The table of a whole job: what threads pour into it comes out as one sorted sequence a reduce, each key once.

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <string>
#include <thread>

#include "engine/int64_op.h"
#include "engine/job_definition.h"
#include "engine/job_table.h"
#include "engine/merger.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mrd::engine::testing {

namespace {

constexpr std::size_t kWorkerBytes = 8 << 20;
constexpr std::uint64_t kRoomy = 1 << 30;

using Table = std::map<std::string, std::int64_t>;

// Short keys and long ones, some with NULs.
std::string KeyOf(unsigned number) {
  std::string key = std::to_string(number * 2654435761u);
  if (number % 7 == 0) key += "-a-key-that-no-slot-can-hold";
  if (number % 11 == 0) key.insert(key.begin(), '\0');
  return key;
}

// Checks nothing itself, since it runs on threads that may not.
bool Put(KeyTable& table, int builtin, const std::string& key, std::int64_t value) {
  bool fresh = false;
  KeyTable::Slot* const slot = table.Find(key.data(), key.size(), &fresh);
  if (slot == nullptr) return false;
  WithOp(builtin, [&]<int Op>() { CombineInto<Op>(slot, fresh, value); });
  return true;
}

void PutExpected(Table& table, int builtin, const std::string& key, std::int64_t value) {
  const auto [cell, fresh] = table.try_emplace(key, value);
  if (fresh) return;
  if (builtin == MR_BUILTIN_SUM_I64) cell->second += value;
  if (builtin == MR_BUILTIN_MIN_I64) cell->second = std::min(cell->second, value);
  if (builtin == MR_BUILTIN_MAX_I64) cell->second = std::max(cell->second, value);
}

// What the feed gives for all reduces; checks order, place and the segments' figures.
Table Read(const SpillFile& spill, const Partitioner& partitioner) {
  Table all;
  for (int reduce = 0; reduce < partitioner.reduces(); ++reduce) {
    const SegmentRange& range = spill.segments[static_cast<std::size_t>(reduce)];
    SegmentCursor cursor(spill, reduce, 1 << 16);
    std::string last;
    std::uint64_t records = 0;
    std::uint64_t misplaced = 0;
    while (cursor.Next()) {
      const std::string key(cursor.key());
      if (partitioner.Reduce(key, cursor.value()) != static_cast<std::uint32_t>(reduce)) ++misplaced;
      if (records != 0 && last >= key) ++misplaced;
      all[key] = DecodeInt64(cursor.value().data());
      last = key;
      ++records;
    }
    CHECK(misplaced == 0);
    CHECK(cursor.status().ok());
    CHECK(records == range.records);
    CHECK(cursor.bytes_read() == range.bytes);
  }
  return all;
}

}  // namespace

TEST_CASE("job table: tables of many threads become one sorted sequence for each reduce", "[engine][table]") {
  const EngineFixture fixture;
  const Result<std::unique_ptr<JobDefinition>> definition = JobDefinition::Make(fixture.Request("count", {}, "out"));
  REQUIRE(definition.ok());
  // The larger number of keys is sorted by several threads.
  for (const unsigned kinds : {0u, 1u, 5000u, 300000u}) {
    for (const int reduces : {1, 3}) {
      for (const int builtin : {MR_BUILTIN_SUM_I64, MR_BUILTIN_MIN_I64, MR_BUILTIN_MAX_I64}) {
        if (kinds > 5000 && builtin != MR_BUILTIN_SUM_I64) continue;
        CAPTURE(kinds, reduces, builtin);
        std::atomic<std::uint64_t> held{0};
        auto all = std::make_shared<JobTable>(builtin, kRoomy, held);
        const auto value_of = [](unsigned worker, unsigned i) {
          return static_cast<std::int64_t>(i * 7 % 100) - 50 * static_cast<std::int64_t>(worker);
        };
        std::vector<std::thread> workers;
        std::atomic<int> refused{0};
        for (unsigned worker = 0; worker < 4; ++worker) {
          workers.emplace_back([&, worker] {
            KeyTable mine(kWorkerBytes);
            for (unsigned i = 0; i < kinds; ++i) {
              if (i % 3 == worker) continue;  // no worker has all keys
              if (!Put(mine, builtin, KeyOf(i), value_of(worker, i))) ++refused;
              if (mine.used() >= 20000 && !all->Pour(mine)) ++refused;
            }
            if (!all->Pour(mine)) ++refused;
            if (mine.used() != 0) ++refused;
          });
        }
        for (std::thread& worker : workers) worker.join();
        CHECK(refused == 0);
        Table expected;
        for (unsigned worker = 0; worker < 4; ++worker) {
          for (unsigned i = 0; i < kinds; ++i) {
            if (i % 3 != worker) PutExpected(expected, builtin, KeyOf(i), value_of(worker, i));
          }
        }
        CHECK((held > 0) == (kinds > 0));
        const Partitioner partitioner(**definition, reduces);
        std::uint64_t payload = 0;
        Result<SpillFile> spill = all->Order(all, partitioner, 4, &payload);
        REQUIRE(spill.ok());
        CHECK((Read(*spill, partitioner) == expected));
        std::uint64_t expected_payload = 0;
        for (const auto& [key, value] : expected) expected_payload += key.size() + 8;
        CHECK(payload == expected_payload);
        all.reset();
        spill = Internal("gone");
        CHECK(held == 0);
      }
    }
  }
}

TEST_CASE("job table: what finds no room stays with its owner and nothing is counted twice", "[engine][table]") {
  const EngineFixture fixture;
  const Result<std::unique_ptr<JobDefinition>> definition = JobDefinition::Make(fixture.Request("count", {}, "out"));
  REQUIRE(definition.ok());
  const Partitioner partitioner(**definition, 2);
  // The first has no room for anything, the second for some.
  for (const std::uint64_t capacity : {std::uint64_t{1} << 20, std::uint64_t{8} << 20}) {
    CAPTURE(capacity);
    std::atomic<std::uint64_t> held{0};
    auto all = std::make_shared<JobTable>(MR_BUILTIN_SUM_I64, capacity, held);
    CHECK(all->full() == (capacity == 1 << 20));
    Table expected;
    Table left;
    KeyTable mine(kWorkerBytes);
    unsigned rounds = 0;
    for (bool poured = true; poured; ++rounds) {
      REQUIRE(rounds < 100);
      for (unsigned i = 0; i < 20000; ++i) {
        const std::string key = KeyOf(rounds * 19000 + i);  // some come again
        REQUIRE(Put(mine, MR_BUILTIN_SUM_I64, key, 1));
        PutExpected(expected, MR_BUILTIN_SUM_I64, key, 1);
      }
      poured = all->Pour(mine);
    }
    CHECK(all->full());
    CHECK(held <= 2 * capacity);
    CHECK((rounds > 1) == (capacity > 1 << 20));
    std::size_t seen = 0;
    for (std::size_t at = 0; at < mine.slots(); ++at) {
      if (mine.slot(at).high == 0) continue;
      char scratch[KeyTable::kScratch];
      left[std::string(mine.KeyOf(mine.slot(at), scratch))] = static_cast<std::int64_t>(mine.slot(at).value);
      ++seen;
    }
    CHECK(seen == mine.used());
    CHECK(!left.empty());
    mine.Clear();
    CHECK_FALSE(all->Pour(mine));  // full once, full for good
    std::uint64_t payload = 0;
    Result<SpillFile> spill = all->Order(all, partitioner, 1, &payload);
    REQUIRE(spill.ok());
    Table together = Read(*spill, partitioner);
    for (const auto& [key, value] : left) together[key] += value;
    CHECK((together == expected));
  }
}

}  // namespace mrd::engine::testing
