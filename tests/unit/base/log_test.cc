#include "common/base/log.h"

#include <regex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace mrd {
namespace {

// Collects lines; the log calls it from one thread at a time.
struct Lines {
  std::vector<std::string> all;
  Log::Sink Sink() {
    return [this](std::string_view line) { all.emplace_back(line); };
  }
};

}  // namespace

TEST_CASE("log: a line has Hadoop's shape", "[log]") {
  Lines lines;
  Log log(LogLevel::kInfo, lines.Sink());
  Logger(log, "mapreduce.Job").Info(" map 0% reduce 0%");
  REQUIRE(lines.all.size() == 1);
  const std::regex shape(
      R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO mapreduce\.Job:  map 0% reduce 0%\n)");
  CHECK(std::regex_match(lines.all[0], shape));
}

TEST_CASE("log: messages below the level are dropped", "[log]") {
  Lines lines;
  Log log(LogLevel::kWarn, lines.Sink());
  const Logger logger(log, "x");
  logger.Info("a");
  logger.Warn("b");
  logger.Error("c");
  REQUIRE(lines.all.size() == 2);
  CHECK_THAT(lines.all[0], Catch::EndsWith(" WARN x: b\n"));
  CHECK_THAT(lines.all[1], Catch::EndsWith(" ERROR x: c\n"));
  Log off(LogLevel::kOff, lines.Sink());
  Logger(off, "x").Error("d");
  CHECK(lines.all.size() == 2);
}

TEST_CASE("log: braces and percent signs in a text are only text", "[log]") {
  Lines lines;
  Log log(LogLevel::kInfo, lines.Sink());
  Logger(log, "x").Info("{} %s {0}");
  CHECK_THAT(lines.all.at(0), Catch::EndsWith("{} %s {0}\n"));
}

TEST_CASE("log: level names are read in any case", "[log]") {
  CHECK(ParseLogLevel("INFO") == LogLevel::kInfo);
  CHECK(ParseLogLevel("warning") == LogLevel::kWarn);
  CHECK(ParseLogLevel("Debug") == LogLevel::kDebug);
  CHECK_FALSE(ParseLogLevel("loud").has_value());
}

TEST_CASE("log: lines of several threads arrive whole", "[log]") {
  Lines lines;
  Log log(LogLevel::kInfo, lines.Sink());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log] {
      for (int i = 0; i < 200; ++i) Logger(log, "t").Info("abcdefghij");
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(lines.all.size() == 800);
  for (const std::string& line : lines.all)
    REQUIRE_THAT(line, Catch::EndsWith(" INFO t: abcdefghij\n"));
}

}  // namespace mrd
