// Whole jobs through the LocalRunner, on plugins that are linked in.

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include "engine/manifest.h"
#include "tests/unit/engine/engine_fixture.h"

namespace mrd::engine::testing {

namespace {

constexpr std::string_view kFox =
    "the quick brown fox jumps over the lazy dog\nthe dog barks and the fox runs\na lazy afternoon the dog sleeps\n";

std::string Joined(const std::map<std::string, std::string>& parts) {
  std::string all;
  for (const auto& [name, content] : parts) all += content;
  return all;
}

std::int64_t TaskCounter(const JobResult& result, std::string_view name) {
  return result.counters.Get(kTaskGroup, name);
}

// Words drawn with a few frequent and many rare ones, some longer than a table slot holds.
std::string RandomText(std::size_t words, unsigned seed) {
  std::mt19937 chance(seed);
  std::string text;
  for (std::size_t i = 0; i < words; ++i) {
    const unsigned rank = static_cast<unsigned>(chance() % 1000) * static_cast<unsigned>(chance() % 1000) / 300;
    text += "w" + std::to_string(rank);
    if (rank % 50 == 0) text += "-a-word-that-is-longer-than-sixteen-bytes";
    text += i % 9 == 8 ? "\n" : " ";
  }
  return text;
}

}  // namespace

TEST_CASE("local runner: word count with the counters of the textbook", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("in/fox.txt", kFox);
  const std::string output = fixture.dir.File("out");
  for (const char* job : {"count", "count_plain", "count_chain"}) {
    CAPTURE(job);
    const JobResult result = fixture.Run(job, {input}, output);
    REQUIRE(result.status.ToString() == "OK");
    CHECK(Joined(fixture.Parts(output)) ==
          "a\t1\nafternoon\t1\nand\t1\nbarks\t1\nbrown\t1\ndog\t3\nfox\t2\njumps\t1\nlazy\t2\nover\t1\nquick\t1\n"
          "runs\t1\nsleeps\t1\nthe\t5\n");
    CHECK(TaskCounter(result, "MAP_INPUT_RECORDS") == 3);
    CHECK(TaskCounter(result, "MAP_OUTPUT_RECORDS") == 22);
    CHECK(TaskCounter(result, "REDUCE_INPUT_GROUPS") == 14);
    CHECK(TaskCounter(result, "REDUCE_OUTPUT_RECORDS") == 14);
    const bool combines = std::string_view(job) != "count_plain";
    CHECK(TaskCounter(result, "COMBINE_INPUT_RECORDS") == (combines ? 22 : 0));
    CHECK(TaskCounter(result, "COMBINE_OUTPUT_RECORDS") == (combines ? 14 : 0));
    CHECK(TaskCounter(result, "SPILLED_RECORDS") == (combines ? 14 : 22));
    CHECK(TaskCounter(result, "REDUCE_INPUT_RECORDS") == (combines ? 14 : 22));
    CHECK(result.ledger.ReplicationRate() == Approx(22.0 / 3));
    CHECK(fixture.Leftovers().empty());
    REQUIRE(RemoveTree(Env::Posix(), output).ok());
  }
}

TEST_CASE("local runner: one split per line gives the combiner's textbook counts", "[engine]") {
  EngineFixture fixture;
  std::vector<std::string> inputs;
  for (std::size_t begin = 0, i = 0; begin < kFox.size(); ++i) {
    const std::size_t end = kFox.find('\n', begin) + 1;
    inputs.push_back(fixture.dir.Write("line" + std::to_string(i), kFox.substr(begin, end - begin)));
    begin = end;
  }
  fixture.Set("mr.input.combine", "false");
  const JobResult result = fixture.Run("count", inputs, fixture.dir.File("out"));
  REQUIRE(result.status.ToString() == "OK");
  CHECK(result.maps == 3);
  CHECK(TaskCounter(result, "COMBINE_INPUT_RECORDS") == 22);
  CHECK(TaskCounter(result, "COMBINE_OUTPUT_RECORDS") == 20);
}

TEST_CASE("local runner: any memory, thread count and combiner give the same bytes", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", RandomText(300000, 5));
  fixture.Set("mapreduce.job.reduces", "3");
  fixture.Set("mapreduce.input.fileinputformat.split.maxsize", "400000");
  std::map<std::string, std::string> expected_count;
  std::map<std::string, std::string> expected_lines;
  int run = 0;
  for (const char* memory : {"64", "1", "2"}) {
    for (const char* threads : {"1", "2", "5"}) {
      fixture.Set("mapreduce.task.io.sort.mb", memory);
      fixture.Set("mapreduce.local.map.tasks.maximum", threads);
      fixture.Set("mapreduce.local.reduce.tasks.maximum", threads);
      for (const char* job : {"count", "count_plain", "count_chain", "lines"}) {
        CAPTURE(memory, threads, job);
        const std::string output = fixture.dir.File("out" + std::to_string(run++));
        const JobResult result = fixture.Run(job, {input}, output);
        REQUIRE(result.status.ToString() == "OK");
        auto& expected = std::string_view(job) == "lines" ? expected_lines : expected_count;
        const auto parts = fixture.Parts(output);
        REQUIRE(parts.size() == 3);
        if (expected.empty()) expected = parts;
        CHECK((parts == expected));
        REQUIRE(RemoveTree(Env::Posix(), output).ok());
      }
    }
  }
}

TEST_CASE("local runner: integers combined in a table of the job give the bytes of those that are not", "[engine]") {
  EngineFixture fixture;
  std::string text = RandomText(100000, 9);
  for (unsigned i = 0; i < 400000; ++i) text += std::to_string(i * 2654435761u % 150000) + (i % 8 == 0 ? "\n" : " ");
  const std::string input = fixture.dir.Write("text", text);
  fixture.Set("mapreduce.job.reduces", "3");
  fixture.Set("mapreduce.input.fileinputformat.split.maxsize", "500000");
  std::map<std::string, std::string> expected;
  for (const char* threads : {"1", "2", "5"}) {
    // No table; one that is full at once; one that is full in the middle; one with room.
    for (const char* memory : {"0", "2", "14", "1000"}) {
      CAPTURE(threads, memory);
      fixture.Set("mapreduce.local.map.tasks.maximum", threads);
      fixture.Set("mapreduce.local.reduce.tasks.maximum", threads);
      fixture.Set("mr.shuffle.memory.mb", memory);
      const std::string output = fixture.dir.File("out");
      const JobResult result = fixture.Run("count", {input}, output);
      REQUIRE(result.status.ToString() == "OK");
      const auto parts = fixture.Parts(output);
      REQUIRE(RemoveTree(Env::Posix(), output).ok());
      if (expected.empty()) expected = parts;
      CHECK((parts == expected));
      CHECK(TaskCounter(result, "COMBINE_INPUT_RECORDS") == 500000);
      const auto keys = TaskCounter(result, "REDUCE_INPUT_GROUPS");
      CHECK(TaskCounter(result, "COMBINE_OUTPUT_RECORDS") >= keys);
      if (std::string_view(memory) == "1000") {
        CHECK(TaskCounter(result, "COMBINE_OUTPUT_RECORDS") == keys);
        CHECK(TaskCounter(result, "REDUCE_INPUT_RECORDS") == keys);
        CHECK(TaskCounter(result, "SPILLED_RECORDS") == 0);
      } else {
        CHECK(TaskCounter(result, "SPILLED_RECORDS") > 0);
      }
      CHECK(fixture.Leftovers().empty());
    }
  }
}

TEST_CASE("local runner: map output waits in memory, in files or in both with the same bytes", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", RandomText(300000, 7));
  fixture.Set("mapreduce.job.reduces", "3");
  fixture.Set("mapreduce.input.fileinputformat.split.maxsize", "1000000");
  for (const char* job : {"count_plain", "lines", "reverse"}) {
    for (const char* threads : {"1", "2"}) {
      std::map<std::string, std::string> expected;
      Ledger files;
      // None of the maps, one of them, all of them.
      const char* const some = std::string_view(job) == "count_plain" ? "6" : "3";
      for (const char* memory : {"0", some, "1000"}) {
        CAPTURE(job, threads, memory);
        fixture.Set("mapreduce.local.map.tasks.maximum", threads);
        fixture.Set("mapreduce.local.reduce.tasks.maximum", threads);
        fixture.Set("mapreduce.task.io.sort.mb", "64");
        fixture.Set("mr.shuffle.memory.mb", memory);
        fixture.Set("mr.local.drop.cache.behind.reads", memory == some ? "true" : "false");
        const std::string output = fixture.dir.File("out");
        const JobResult result = fixture.Run(job, {input}, output);
        REQUIRE(result.status.ToString() == "OK");
        const auto parts = fixture.Parts(output);
        REQUIRE(RemoveTree(Env::Posix(), output).ok());
        if (expected.empty()) {
          expected = parts;
          files = result.ledger;
        }
        CHECK((parts == expected));
        CHECK(result.ledger.combine_bytes == files.combine_bytes);
        CHECK(result.ledger.shuffled_records == files.shuffled_records);
        if (memory == some) {
          CHECK(result.ledger.spill_bytes > 0);
          CHECK(result.ledger.spill_bytes < files.spill_bytes);
        }
        if (std::string_view(memory) == "1000") {
          CHECK(result.ledger.spill_bytes == 0);
          CHECK(TaskCounter(result, "SPILLED_RECORDS") == 0);
        }
      }
    }
  }
}

TEST_CASE("local runner: split size does not change what a job without order among values gives", "[engine]") {
  EngineFixture fixture;
  const std::string text = RandomText(2000, 11);
  const std::string input = fixture.dir.Write("text", text);
  std::string expected;
  for (const char* size : {"1000000", "7", "64", "1000", "4096"}) {
    CAPTURE(size);
    fixture.Set("mapreduce.input.fileinputformat.split.maxsize", size);
    const std::string output = fixture.dir.File(std::string("out") + size);
    const JobResult result = fixture.Run("count", {input}, output);
    REQUIRE(result.status.ToString() == "OK");
    CHECK(TaskCounter(result, "MAP_OUTPUT_RECORDS") == 2000);
    const std::string all = Joined(fixture.Parts(output));
    if (expected.empty()) expected = all;
    CHECK(all == expected);
  }
}

TEST_CASE("local runner: equal keys come in the order of the input", "[engine]") {
  EngineFixture fixture;
  std::string text;
  for (int i = 0; i < 5000; ++i) text += i % 3 == 0 ? "same\n" : "other\n";
  const std::string input = fixture.dir.Write("text", text);
  fixture.Set("mapreduce.input.fileinputformat.split.maxsize", "1000");
  const JobResult result = fixture.Run("lines", {input}, fixture.dir.File("out"));
  REQUIRE(result.status.ToString() == "OK");
  CHECK(result.maps > 20);
  std::int64_t last = -1;
  std::string last_key;
  const std::string all = Joined(fixture.Parts(fixture.dir.File("out")));
  std::size_t lines = 0;
  for (std::size_t at = 0; at < all.size(); ++lines) {
    const std::size_t tab = all.find('\t', at);
    const std::size_t end = all.find('\n', at);
    const std::string key = all.substr(at, tab - at);
    const std::int64_t offset = std::stoll(all.substr(tab + 1, end - tab - 1));
    if (key != last_key) last = -1;
    REQUIRE(offset > last);
    last = offset;
    last_key = key;
    at = end + 1;
  }
  CHECK(lines == 5000);
}

TEST_CASE("local runner: comparators order the output, and a nonsensical one does no harm", "[engine]") {
  EngineFixture fixture;
  std::string text;
  for (int i = 0; i < 40000; ++i) text += std::to_string(i * 7919 % 40000) + "\n";
  const std::string input = fixture.dir.Write("text", text);
  fixture.Set("mapreduce.task.io.sort.mb", "1");
  JobResult result = fixture.Run("reverse", {input}, fixture.dir.File("reverse"));
  REQUIRE(result.status.ToString() == "OK");
  CHECK(Joined(fixture.Parts(fixture.dir.File("reverse"))).substr(0, 5) == "9999\t");
  result = fixture.Run("confused", {input}, fixture.dir.File("confused"));
  REQUIRE(result.status.ToString() == "OK");
  CHECK(result.ledger.shuffled_records == 40000);
}

TEST_CASE("local runner: a total order puts the parts one after the other", "[engine]") {
  EngineFixture fixture;
  std::string text;
  std::mt19937 chance(3);
  for (int i = 0; i < 30000; ++i) text += std::to_string(chance() % 1000000) + "\n";
  const std::string input = fixture.dir.Write("text", text);
  fixture.Set("mapreduce.job.reduces", "5");
  fixture.Set("mapreduce.input.fileinputformat.split.maxsize", "20000");
  const JobResult result = fixture.Run("total", {input}, fixture.dir.File("out"));
  REQUIRE(result.status.ToString() == "OK");
  const auto parts = fixture.Parts(fixture.dir.File("out"));
  REQUIRE(parts.size() == 5);
  std::string last;
  for (const auto& [name, content] : parts) {
    CHECK(content.size() > text.size() / 20);
    for (std::size_t at = 0; at < content.size();) {
      const std::string key = content.substr(at, content.find('\t', at) - at);
      REQUIRE(last <= key);
      last = key;
      at = content.find('\n', at) + 1;
    }
  }
}

TEST_CASE("local runner: a key prefix groups and the rest sorts", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", "b2\na9\nb1\na1\na5\nc\n");
  fixture.Set("mapreduce.job.reduces", "2");
  const JobResult result = fixture.Run("first", {input}, fixture.dir.File("out"));
  REQUIRE(result.status.ToString() == "OK");
  const std::string all = Joined(fixture.Parts(fixture.dir.File("out")));
  CHECK(all.find("a\ta1;a5;a9;\n") != std::string::npos);
  CHECK(all.find("b\tb1;b2;\n") != std::string::npos);
  CHECK(all.find("c\tc;\n") != std::string::npos);
  CHECK(TaskCounter(result, "REDUCE_INPUT_GROUPS") == 3);
  CHECK(result.ledger.largest_group_records == 3);
}

TEST_CASE("local runner: a map-only job writes the mapper's pairs", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", "x\n\ny");
  const JobResult result = fixture.Run("copy", {input}, fixture.dir.File("out"));
  REQUIRE(result.status.ToString() == "OK");
  CHECK(fixture.Parts(fixture.dir.File("out")) == std::map<std::string, std::string>{{"part-m-00000", "x\t0\n\t2\ny\t3\n"}});
}

TEST_CASE("local runner: named outputs are created only where something was written", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", "a\nbb\nccc\n");
  const JobResult result = fixture.Run("named", {input}, fixture.dir.File("out"));
  REQUIRE(result.status.ToString() == "OK");
  CHECK(fixture.Parts(fixture.dir.File("out")) ==
        std::map<std::string, std::string>{{"even-m-00000", "bb\n"}, {"odd-m-00000", "a\nccc\n"}});
  CHECK(result.counters.Get("lengths", "odd") == 2);
}

TEST_CASE("local runner: a failing record is named and nothing is left", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", "good\nfine\nbad\nnever\n");
  const JobResult result = fixture.Run("fail_at", {input}, fixture.dir.File("out"));
  REQUIRE_FALSE(result.status.ok());
  const std::string& message = result.status.message();
  CHECK(message.find("did not like it") != std::string::npos);
  CHECK(message.find("text, offset 10, record \"bad\" (hex 62 61 64, 3 bytes)") != std::string::npos);
  CHECK(message.find("m_000000_0") != std::string::npos);
  CHECK_FALSE(Exists(Env::Posix(), fixture.dir.File("out")).value());
  CHECK(fixture.Leftovers().empty());
}

TEST_CASE("local runner: bad records are skipped, counted and kept where keys say so", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("in/a.txt", "one\nbad\ntwo\nbad\nthree\n");
  const std::string output = fixture.dir.File("out");
  fixture.Set("mapreduce.map.skip.maxrecords", "1");
  SECTION("within the attempts of a task") {
    const JobResult result = fixture.Run("fail_at", {input}, output);
    REQUIRE(result.status.ToString() == "OK");
    CHECK(TaskCounter(result, "MAP_INPUT_RECORDS") == 3);
    CHECK(TaskCounter(result, "MAP_SKIPPED_RECORDS") == 2);
    CHECK(result.counters.Get(kJobGroup, "NUM_FAILED_MAPS") == 3);  // twice at the first, then at the second
    const std::vector<FileInfo> kept = *Env::Posix().ListDir(output + "/_logs/skip");
    REQUIRE(kept.size() == 1);
    const std::string lines = *ReadWholeFile(Env::Posix(), output + "/_logs/skip/" + kept[0].name);
    CAPTURE(lines);
    CHECK(lines.find("{\"record\":1,") == 0);
    CHECK(lines.find("\"offset\":4,\"value\":\"bad\"}\n{\"record\":3,") != std::string::npos);
    CHECK(lines.ends_with("\"offset\":12,\"value\":\"bad\"}\n"));
  }
  SECTION("and kept nowhere if that is wanted") {
    fixture.Set("mapreduce.job.skip.outdir", "none");
    fixture.Set("mapreduce.task.skip.start.attempts", "1");
    const JobResult result = fixture.Run("fail_at", {input}, output);
    REQUIRE(result.status.ToString() == "OK");
    CHECK(result.counters.Get(kJobGroup, "NUM_FAILED_MAPS") == 2);
    CHECK_FALSE(*Exists(Env::Posix(), output + "/_logs"));
  }
  SECTION("or in a directory of their own") {
    fixture.Set("mapreduce.job.skip.outdir", fixture.dir.File("skipped"));
    REQUIRE(fixture.Run("fail_at", {input}, output).status.ToString() == "OK");
    CHECK(Env::Posix().ListDir(fixture.dir.File("skipped"))->size() == 1);
    CHECK_FALSE(*Exists(Env::Posix(), output + "/_logs"));
  }
  SECTION("but no more than attempts permit") {
    fixture.Set("mapreduce.map.maxattempts", "3");
    CHECK_FALSE(fixture.Run("fail_at", {input}, output).status.ok());
    CHECK(fixture.Leftovers().empty());
    CHECK_FALSE(*Exists(Env::Posix(), output));
  }
}

TEST_CASE("local runner: a reduce that is run again finds the map output that its first run had merged", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", "a\n");
  // One segment on disk, of more than what is given back at once.
  fixture.Set("mapreduce.task.io.sort.mb", "64");
  fixture.Set("mr.shuffle.memory.mb", "0");
  fixture.Set("mapreduce.reduce.skip.maxgroups", "1");
  fixture.Set("flood.count", "20000");
  fixture.Set("flood.bad", "9999a");  // the last of all
  const JobResult result = fixture.Run("flood_refused", {input}, fixture.dir.File("out"));
  REQUIRE(result.status.ToString() == "OK");
  CHECK(TaskCounter(result, "REDUCE_SKIPPED_GROUPS") == 1);
  CHECK(TaskCounter(result, "REDUCE_OUTPUT_RECORDS") == 19999);
}

TEST_CASE("local runner: emitting from another thread fails the job", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", "a\n");
  const JobResult result = fixture.Run("foreign", {input}, fixture.dir.File("out"));
  CHECK(result.status.message().find("from a thread of its own") != std::string::npos);
}

TEST_CASE("local runner: a record may emit far more than fits in memory", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", "a\n");
  fixture.Set("mapreduce.task.io.sort.mb", "1");
  fixture.Set("flood.count", "20000");
  const JobResult result = fixture.Run("flood", {input}, fixture.dir.File("out"));
  REQUIRE(result.status.ToString() == "OK");
  CHECK(result.ledger.shuffled_records == 20000);
  // More segments than one merge takes in a megabyte: some records were written twice.
  CHECK(TaskCounter(result, "SPILLED_RECORDS") > 20000);
}

TEST_CASE("local runner: what is wrong with the paths is said before any work", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("in/text", "a\n");
  const std::string there = fixture.dir.Write("there/file", "x");
  CHECK(fixture.Run("count", {fixture.dir.File("nosuch")}, fixture.dir.File("out")).status.message() ==
        "Input path does not exist: " + fixture.dir.File("nosuch"));
  CHECK(fixture.Run("count", {fixture.dir.File("no*such")}, fixture.dir.File("out")).status.message() ==
        "Input Pattern " + fixture.dir.File("no*such") + " matches 0 files");
  CHECK(fixture.Run("count", {input}, fixture.dir.File("there")).status.code() == Code::kAlreadyExists);
  CHECK(fixture.Run("count", {fixture.dir.File("in")}, fixture.dir.File("in/out")).status.message().find("lies inside") !=
        std::string::npos);
  CHECK(fixture.Run("count", {}, fixture.dir.File("out")).status.message().find("input path") != std::string::npos);
  CHECK_FALSE(Exists(Env::Posix(), fixture.dir.File("out")).value());
}

TEST_CASE("local runner: empty input gives an empty part for every reduce", "[engine]") {
  EngineFixture fixture;
  fixture.dir.Write("in/_ignored", "a b c\n");
  fixture.dir.Write("in/.hidden", "a b c\n");
  fixture.Set("mapreduce.job.reduces", "2");
  const JobResult result = fixture.Run("count", {fixture.dir.File("in")}, fixture.dir.File("out"));
  REQUIRE(result.status.ToString() == "OK");
  CHECK(fixture.Parts(fixture.dir.File("out")) ==
        std::map<std::string, std::string>{{"part-r-00000", ""}, {"part-r-00001", ""}});
}

TEST_CASE("local runner: the manifest names every part with its hash", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", kFox);
  const JobResult result = fixture.Run("count", {input}, fixture.dir.File("out"));
  REQUIRE(result.status.ToString() == "OK");
  const auto text = ReadWholeFile(Env::Posix(), fixture.dir.File("out/_SUCCESS"));
  REQUIRE(text.ok());
  const auto manifest = Manifest::Parse(*text);
  REQUIRE(manifest.ok());
  REQUIRE(manifest->parts.size() == 1);
  CHECK(manifest->parts[0].name == "part-r-00000");
  CHECK(manifest->parts[0].records == 14);
  CHECK(manifest->parts[0].bytes == fixture.Parts(fixture.dir.File("out"))["part-r-00000"].size());
  CHECK(manifest->parts[0].hash.size() == 32);
  CHECK(manifest->ledger.map_records == 22);
}

TEST_CASE("local runner: output left by a killed process is cleared, a locked one is not", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", kFox);
  fixture.dir.Write("out/_temporary/.lock", "");
  {
    const auto lock = Env::Posix().Lock(fixture.dir.File("out/_temporary/.lock"));
    REQUIRE(lock.ok());
    const JobResult refused = fixture.Run("count", {input}, fixture.dir.File("out"));
    CHECK(refused.status.message().find("another job is writing") != std::string::npos);
    CHECK(Exists(Env::Posix(), fixture.dir.File("out/_temporary/.lock")).value());
  }
  fixture.dir.Write("local/job_local1_0001/.lock", "");
  fixture.dir.Write("local/job_local1_0001/spill", "left over");
  // Killed while the parts were being moved into place.
  fixture.dir.Write("out/part-r-00000", "half a");
  CHECK(fixture.Run("count", {input}, fixture.dir.File("out")).status.ToString() == "OK");
  CHECK(fixture.Leftovers().empty());
  CHECK(fixture.Parts(fixture.dir.File("out"))["part-r-00000"].size() > 50);

  // With _SUCCESS the output is complete, whatever else lies there.
  fixture.dir.Write("out/_temporary/.lock", "");
  CHECK(fixture.Run("count", {input}, fixture.dir.File("out")).status.code() == Code::kAlreadyExists);
}

TEST_CASE("local runner: a set cancel flag ends the job and removes the output", "[engine]") {
  EngineFixture fixture;
  const std::string input = fixture.dir.Write("text", kFox);
  fixture.cancel.signal = 2;
  const JobResult result = fixture.Run("count", {input}, fixture.dir.File("out"));
  CHECK(result.status.code() == Code::kCancelled);
  CHECK_FALSE(Exists(Env::Posix(), fixture.dir.File("out")).value());
}

}  // namespace mrd::engine::testing
