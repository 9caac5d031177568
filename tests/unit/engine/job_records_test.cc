// The records of a whole job: what threads put there comes out as a stable sort of everything, over all maps or for each.

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/job_records.h"
#include "engine/merger.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mrd::engine::testing {

namespace {

constexpr std::uint64_t kRoomy = 256 << 20;

struct Pair {
  std::string key;
  std::string value;
  std::uint32_t reduce = 0;
  bool operator==(const Pair&) const = default;
};
using Pairs = std::vector<Pair>;

// Random keys, few of them different, of which some share a long beginning and some are empty; values tell where they
// come from, and some are long.
Pairs MakePairs(int map, std::size_t count, int reduces) {
  std::mt19937 chance(static_cast<unsigned>(map));
  Pairs pairs;
  for (std::size_t i = 0; i < count; ++i) {
    std::string key = std::to_string(chance() % 500);
    if (chance() % 4 == 0) key = "a long beginning of the key " + key;
    if (chance() % 50 == 0) key.clear();
    if (chance() % 9 == 0) key += '\0';
    std::string value = std::to_string(map) + ":" + std::to_string(i);
    if (chance() % 300 == 0) value += std::string(chance() % 2000000 / 100, 'v');
    const auto reduce = static_cast<std::uint32_t>(std::hash<std::string>()(key) % static_cast<std::size_t>(reduces));
    pairs.push_back({std::move(key), std::move(value), reduce});
  }
  return pairs;
}

// What a stable sort gives reduce `reduce`.
Pairs Expected(const std::vector<Pairs>& maps, std::uint32_t reduce) {
  Pairs all;
  for (const Pairs& pairs : maps) {
    std::copy_if(pairs.begin(), pairs.end(), std::back_inserter(all), [&](const Pair& p) { return p.reduce == reduce; });
  }
  std::stable_sort(all.begin(), all.end(), [](const Pair& a, const Pair& b) { return a.key < b.key; });
  return all;
}

Pairs Merged(const std::vector<SpillFile>& spills, std::uint32_t reduce) {
  std::vector<SegmentCursor> cursors;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  for (const SpillFile& spill : spills) {
    cursors.emplace_back(spill, static_cast<int>(reduce), 1);
    records += spill.segments[reduce].records;
    bytes += spill.segments[reduce].bytes;
  }
  Merger merger(std::move(cursors), KeyOrder());
  Pairs out;
  while (merger.Next()) out.push_back({std::string(merger.key()), std::string(merger.value()), reduce});
  CHECK(merger.status().ok());
  CHECK(out.size() == records);
  CHECK(merger.bytes_read() == bytes);
  return out;
}

// Puts the pairs of map i in by thread i % threads, each map as a task.
bool Fill(JobRecords& records, const std::vector<Pairs>& maps, int threads) {
  std::atomic<bool> room{true};
  std::vector<std::thread> workers;
  for (int worker = 0; worker < threads; ++worker) {
    workers.emplace_back([&, worker] {
      JobRecords::Writer& writer = records.writer(worker);
      // From the last map to the first, so that they are not put in by number.
      for (int map = static_cast<int>(maps.size()) - 1; map >= 0; --map) {
        if (map % threads != worker) continue;
        writer.BeginTask(map);
        for (const Pair& pair : maps[static_cast<std::size_t>(map)]) {
          if (!writer.Add(pair.key, pair.value, pair.reduce)) room = false;
        }
        writer.EndTask();
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  return room;
}

std::string Text(std::size_t lines, unsigned seed) {
  std::mt19937 chance(seed);
  std::string text;
  for (std::size_t i = 0; i < lines; ++i) {
    text += std::to_string(chance() % 3000) + (chance() % 3 == 0 ? std::string(120, 'x') : std::string()) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("job records: a stable sort over all maps, with any number of threads", "[engine][records]") {
  for (const int reduces : {1, 3}) {
    std::vector<Pairs> maps;
    for (int map = 0; map < 9; ++map) maps.push_back(MakePairs(map, map == 4 ? 0 : 15000, reduces));
    for (const int threads : {1, 2, 4}) {
      for (const bool joint : {true, false}) {
        std::atomic<std::uint64_t> held{0};
        {
          auto records = std::make_shared<JobRecords>(kRoomy, reduces, threads, true, held);
          REQUIRE(Fill(*records, maps, threads));
          CHECK(held.load() <= kRoomy);
          auto spills = records->Order(records, joint, threads);
          REQUIRE(spills.ok());
          REQUIRE(spills->size() == (joint ? 1 : 8));
          records.reset();  // the spills keep it
          for (int reduce = 0; reduce < reduces; ++reduce) {
            const auto at = static_cast<std::uint32_t>(reduce);
            CHECK((Merged(*spills, at) == Expected(maps, at)));
            std::uint64_t outputs = 0;
            for (const SpillFile& spill : *spills) outputs += spill.segments[at].outputs;
            CHECK(outputs == 8);
          }
        }
        CHECK(held.load() == 0);
      }
    }
  }
}

TEST_CASE("job records: keys of one prefix, of every prefix, and none at all", "[engine][records]") {
  for (const int kind : {0, 1, 2}) {
    std::vector<Pairs> maps(3);
    std::mt19937_64 chance(7);
    for (std::size_t i = 0; kind != 2 && i < 120000; ++i) {
      std::string key(8, '\0');
      const std::uint64_t word = kind == 0 ? 0 : i == 0 ? 0 : i == 1 ? ~std::uint64_t{0} : chance();
      for (std::size_t byte = 0; byte < 8; ++byte) key[byte] = static_cast<char>(word >> (8 * byte));
      if (kind == 0) key += std::to_string(chance() % 1000);
      maps[i % 3].push_back({key, std::to_string(i), 0});
    }
    std::atomic<std::uint64_t> held{0};
    auto records = std::make_shared<JobRecords>(kRoomy, 1, 2, true, held);
    REQUIRE(Fill(*records, maps, 2));
    const auto spills = records->Order(records, true, 2);
    REQUIRE(spills.ok());
    CHECK(spills->size() == (kind == 2 ? 0 : 1));
    CHECK((Merged(*spills, 0) == Expected(maps, 0)));
  }
}

TEST_CASE("job records: what finds no room is refused, and what was taken before is there", "[engine][records]") {
  std::atomic<std::uint64_t> held{0};
  constexpr std::uint64_t kSmall = 4 << 20;
  auto records = std::make_shared<JobRecords>(kSmall, 1, 1, true, held);
  JobRecords::Writer& writer = records->writer(0);
  writer.BeginTask(1);
  Pairs kept;
  while (kept.size() < 1000000) {
    const Pair pair{std::to_string(kept.size()), "value", 0};
    if (!writer.Add(pair.key, pair.value, 0)) break;
    kept.push_back(pair);
  }
  CHECK(kept.size() < 1000000);
  CHECK(held.load() <= kSmall);
  CHECK_FALSE(writer.Add("large", std::string(kSmall, 'x'), 0));
  CHECK(writer.EndTask() > kept.size() * 7);
  auto spills = records->Order(records, false, 1);
  REQUIRE(spills.ok());
  CHECK((Merged(*spills, 0) == Expected({kept}, 0)));
}

TEST_CASE("job records: a job's bytes and counts are those of a job that writes its map output", "[engine][records]") {
  EngineFixture fixture;
  std::vector<std::string> inputs;
  for (unsigned i = 0; i < 5; ++i) {
    inputs.push_back(fixture.dir.Write("in" + std::to_string(i), Text(i == 3 ? 10 : 60000, i)));
  }
  fixture.Set("mapreduce.task.io.sort.mb", "4");
  fixture.Set("mapreduce.input.fileinputformat.split.maxsize", "2000000");
  fixture.Set("mapreduce.job.reduces", "3");
  for (const std::string job : {"lines", "total", "first"}) {
    std::map<std::string, std::string> expected;
    // None, room for some of it, room for all of it.
    for (const std::string memory : {"0", "6", "12", "400"}) {
      for (const std::string threads : {"1", "3"}) {
        INFO(job << " with " << memory << " MB and " << threads << " threads");
        fixture.Set("mr.shuffle.memory.mb", memory);
        fixture.Set("mapreduce.local.map.tasks.maximum", threads);
        const std::string output = fixture.dir.File(job + memory + "-" + threads);
        const JobResult result = fixture.Run(job, inputs, output);
        REQUIRE(result.status.ToString() == "OK");
        if (expected.empty()) expected = fixture.Parts(output);
        CHECK((fixture.Parts(output) == expected));
        CHECK(result.counters.Get(kTaskGroup, "REDUCE_INPUT_RECORDS") ==
              result.counters.Get(kTaskGroup, "MAP_OUTPUT_RECORDS"));
        const std::int64_t spilled = result.counters.Get(kTaskGroup, "SPILLED_RECORDS");
        if (memory == "0") CHECK(spilled >= result.counters.Get(kTaskGroup, "MAP_OUTPUT_RECORDS"));
        if (memory == "400") CHECK(spilled == 0);
        if (memory == "6") CHECK(spilled > 0);
        CHECK(fixture.Leftovers().empty());
      }
    }
  }
}

}  // namespace mrd::engine::testing
